using System.Text;
using System.Text.Json.Nodes;
using Halyard.DataComponents;
using Halyard.DataModel.Json.Reading;
using Halyard.DataSystems.Sources.Fdv2;
using Halyard.DataSystems.Sources.Streaming;
using Halyard.Model;
using Halyard.Tests.Sources;
using Microsoft.Extensions.Logging.Abstractions;

namespace Halyard.Tests.DataModel;

/// <summary>
/// A flag and a segment in which one member at a time has another value, through the readers of data sets, streams, polls, stores
/// and snapshots: the item beside it is always
/// there, and all readers agree on whether the item can be understood.
/// </summary>
public sealed class OneBadMemberTests : IDisposable
{
    private const string Flag = """
        {"key":"a","version":3,"on":true,"deleted":false,"salt":"s","offVariation":0,"trackEvents":true,"trackEventsFallthrough":false,
        "debugEventsUntilDate":1700000000000,"excludeFromSummaries":false,"samplingRatio":2,"migration":{"checkRatio":3},
        "clientSideAvailability":{"usingEnvironmentId":true,"usingMobileKey":false},"clientSide":true,
        "variations":["x",1,{"a":[null]}],"fallthrough":{"rollout":{"kind":"experiment","contextKind":"user","seed":7,"bucketBy":"key",
        "variations":[{"variation":1,"weight":60000,"untracked":true},{"variation":2,"weight":40000}]}},
        "targets":[{"values":["u"],"variation":1}],"contextTargets":[{"contextKind":"org","values":["o"],"variation":2}],
        "prerequisites":[{"key":"p","variation":1}],
        "rules":[{"id":"r","variation":1,"trackEvents":true,"clauses":[{"attribute":"n","op":"in","values":["v",2],"negate":true,"contextKind":"user"}]}]}
        """;

    private const string Segment = """
        {"key":"a","version":3,"deleted":false,"salt":"s","included":["u"],"excluded":["e"],"unbounded":true,"generation":4,"unboundedContextKind":"org",
        "includedContexts":[{"contextKind":"org","values":["o"]}],"excludedContexts":[{"contextKind":"org","values":["q"]}],
        "rules":[{"id":"r","weight":30000,"bucketBy":"key","rolloutContextKind":"org","clauses":[{"attribute":"n","op":"matches","values":["^v"]}]}]}
        """;

    private static readonly string[] Values =
    [
        "null", "true", "false", "0", "-1", "1.5", "1e400", "9223372036854775808", "4294967296", "\"\"", "\"x\"", "\"\\ud800\"", "\"\\u0000\"",
        "[]", "[null]", "[1]", "[[]]", "[{}]", "{}", "{\"\":null}", "{\"key\":1}", "[\"x\",\"x\"]", "1700000000000.9",
        new string('[', 990) + new string(']', 990), new string('[', 1100) + new string(']', 1100),
    ];

    private readonly TempDirectory _directory = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData((int)DataKind.Flag)]
    [InlineData((int)DataKind.Segment)]
    public async Task One_bad_member_never_costs_the_item_beside_it_and_all_readers_agree(int kind)
    {
        var differences = new List<string>();
        foreach (var (place, text) in Mutations(kind == (int)DataKind.Flag ? Flag : Segment))
        {
            var outcomes = await OutcomesAsync((DataKind)kind, text);
            if (outcomes.Select(static outcome => outcome.Outcome).Distinct().Count() > 1)
            {
                differences.Add($"{place}: {string.Join(", ", outcomes)}");
            }
        }

        Assert.Empty(differences);
    }

    private static IEnumerable<(string Place, string Text)> Mutations(string text)
    {
        foreach (var path in Paths(JsonNode.Parse(text)!, []).ToList())
        {
            foreach (var value in Values)
            {
                var root = JsonNode.Parse(text)!;
                var parent = path[..^1].Aggregate(root, static (node, step) => step is int i ? node[i]! : node[(string)step]!);
                var mark = JsonValue.Create("@@@");
                if (path[^1] is int index)
                {
                    parent[index] = mark;
                }
                else
                {
                    parent[(string)path[^1]] = mark;
                }

                var shown = value.Length > 40 ? value.Length + " deep" : value;
                yield return ($"{string.Join('.', path)} = {shown}", root.ToJsonString().Replace("\"@@@\"", value, StringComparison.Ordinal));
            }
        }
    }

    private static IEnumerable<object[]> Paths(JsonNode node, object[] path)
    {
        if (path.Length > 0)
        {
            yield return path;
        }

        var children = node switch
        {
            JsonObject all => all.Select(static pair => ((object)pair.Key, pair.Value)),
            JsonArray all => all.Select(static (value, i) => ((object)i, value)),
            _ => [],
        };
        foreach (var (step, child) in children.ToList())
        {
            if (child is null)
            {
                yield return [.. path, step];
                continue;
            }

            foreach (var deeper in Paths(child, [.. path, step]))
            {
                yield return deeper;
            }
        }
    }

    private async Task<List<(string Reader, string Outcome)>> OutcomesAsync(DataKind kind, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var good = kind == DataKind.Flag ? """{"key":"z","version":1,"variations":[]}""" : """{"key":"z","version":1}""";
        var both = "{\"a\":" + text + ",\"z\":" + good + "}";
        var data = kind == DataKind.Flag ? "{\"flags\":" + both + "}" : "{\"flags\":{},\"segments\":" + both + "}";
        var of = kind == DataKind.Flag ? "flag" : "segment";
        var put = "{\"path\":\"/\",\"data\":" + data + "}";
        var body = "{\"events\":[{\"event\":\"put-object\",\"data\":{\"kind\":\"" + of + "\",\"key\":\"a\",\"object\":" + text
            + "}},{\"event\":\"put-object\",\"data\":{\"kind\":\"" + of + "\",\"key\":\"z\",\"object\":" + good + "}}]}";
        var polled = new List<ItemDescriptor>();
        List<(string, string)> outcomes =
        [
            ("set", Of(kind, () => ModelReader.ReadDataSet(Encoding.UTF8.GetBytes(data)))),
            ("put", Of(kind, () => WholeEventReader.Parse("put"u8, Encoding.UTF8.GetBytes(put)).DataSet!)),
            ("patch", Of(kind, () => WholeEventReader.Parse("patch"u8, Encoding.UTF8.GetBytes("{\"path\":\"/" + of + "s/a\",\"data\":" + text + "}")).Item!)),
            ("put-object", Of(kind, () => PayloadEventReader.Parse(
                "put-object"u8, Encoding.UTF8.GetBytes("{\"kind\":\"" + of + "\",\"object\":" + text + ",\"key\":\"a\"}")).Item!)),
            ("body", Of(kind, () =>
            {
                PayloadBody.Read(Encoding.UTF8.GetBytes(body), (in PayloadEvent what) =>
                {
                    polled.Add(what.Item!);
                    return null;
                });
                return new DataSet(polled.OfType<ItemDescriptor<Flag>>().ToList(), polled.OfType<ItemDescriptor<Segment>>().ToList())
                {
                    Malformed = polled.OfType<MalformedItem>().ToList(),
                };
            })),
        ];
        await using var store = new JsonDeserializer(new Store(kind, bytes, Encoding.UTF8.GetBytes(good)), NullLogger.Instance);
        var one = await store.GetAsync(kind, "a", Token);
        outcomes.Add(("item of a store", one.Item is { } item ? Of(kind, () => item) : "malformed"));
        var all = await store.AllAsync(kind, Token);
        outcomes.Add(("store", Of(kind, () => new DataSet(
            all.Items.OfType<ItemDescriptor<Flag>>().ToList(), all.Items.OfType<ItemDescriptor<Segment>>().ToList()))));

        // A snapshot gives back what it was given.
        var memory = new MemoryStore();
        memory.Init(ModelReader.ReadDataSet(Encoding.UTF8.GetBytes(data)));
        var file = new SnapshotFile(Path.Combine(_directory.Path, "snapshot"), "key");
        file.Write(memory.Snapshot, DateTimeOffset.UnixEpoch, null);
        outcomes.Add(("snapshot", Of(kind, () => file.Read()!.Data)));
        return outcomes;
    }

    private static string Of(DataKind kind, Func<ItemDescriptor> read)
    {
        try
        {
            return read() is var item && item is MalformedItem ? "malformed" : Text(item);
        }
        catch (Exception e)
        {
            return $"threw {e.GetType().Name} {e.Message}";
        }
    }

    private static string Of(DataKind kind, Func<DataSet> read)
    {
        try
        {
            var set = read();
            var items = kind == DataKind.Flag ? set.Flags.AsEnumerable<ItemDescriptor>() : set.Segments;
            return !items.Any(static item => item.Key == "z") ? "lost"
                : items.FirstOrDefault(static item => item.Key == "a") is { } item ? Text(item) : "malformed";
        }
        catch (Exception e)
        {
            return $"threw {e.GetType().Name} {e.Message}";
        }
    }

    private static string Text(ItemDescriptor item) => item.IsTombstone ? "deleted " + item.Version : Encoding.UTF8.GetString(item.ToUtf8Json());

    private sealed class Store(DataKind kind, byte[] bad, byte[] good) : ISerializedDataReader
    {
        public string Identity => "text";

        public ValueTask<SerializedItemDescriptor?> GetAsync(DataKind of, string key, CancellationToken cancellationToken) =>
            new(new SerializedItemDescriptor(0, false, key == "a" ? bad : good));

        public ValueTask<IReadOnlyDictionary<string, SerializedItemDescriptor>> AllAsync(DataKind of, CancellationToken cancellationToken) =>
            new(of == kind ? new Dictionary<string, SerializedItemDescriptor> { ["a"] = new(0, false, bad), ["z"] = new(0, false, good) } : []);

        public ValueTask<bool> InitializedAsync(CancellationToken cancellationToken) => new(true);

        public ValueTask DisposeAsync() => default;
    }
}
