using System.Text;
using System.Text.Json.Nodes;
using Halyard.DataComponents.Trie;
using Halyard.DataModel.Json.Reading;
using Halyard.Evaluation;
using Halyard.Model;

namespace Halyard.Tests.Evaluation;

/// <summary>
/// One case of a file in Cases. Flags and segments are written without what every one of them has; those of the file
/// are there in every case. What is expected reads as the variation's index or "-", and the reason.
/// </summary>
internal sealed class EvaluationCase
{
    private const string FlagDefaults =
        """{"version":1,"on":true,"variations":["a","b","c"],"fallthrough":{"variation":0},"offVariation":1,"salt":"salt"}""";

    private const string SegmentDefaults = """{"version":1,"salt":"salt"}""";

    private readonly JsonObject _case;
    private readonly JsonObject _file;

    private EvaluationCase(JsonObject @case, JsonObject file)
    {
        _case = @case;
        _file = file;
    }

    public string Name => (string)_case["name"]!;

    public string Expected => (string)_case["expect"]!;

    public Context Context => Context.FromJson((_case["context"] ?? _file["context"])!.ToJsonString());

    public IBigSegmentSource? Memberships => (_case["memberships"] ?? _file["memberships"]) is JsonObject memberships ? new Memberships(memberships) : null;

    public static IEnumerable<EvaluationCase> In(string file)
    {
        var root = JsonNode.Parse(File.ReadAllText(PathOf(file)))!.AsObject();
        return root["cases"]!.AsArray().Select(@case => new EvaluationCase(@case!.AsObject(), root));
    }

    public static string PathOf(string file) => Path.Combine(AppContext.BaseDirectory, "Evaluation", "Cases", file + ".json");

    public static TheoryData<string> NamesIn(string file)
    {
        var names = In(file).Select(@case => @case.Name).ToArray();
        Assert.Equal(names.Length, names.Distinct().Count());
        return [.. names];
    }

    public DataSnapshot Snapshot()
    {
        var data = new JsonObject
        {
            ["flags"] = Items("flags", FlagDefaults),
            ["segments"] = Items("segments", SegmentDefaults),
        };
        if (_case["flag"] is { } flag)
        {
            data["flags"]!["flag"] = WithDefaults("flag", flag, FlagDefaults);
        }

        return Testing.SnapshotOf(data.ToJsonString());
    }

    private JsonObject Items(string name, string defaults)
    {
        var items = new JsonObject();
        foreach (var source in new[] { _file, _case })
        {
            foreach (var (key, item) in source[name]?.AsObject() ?? [])
            {
                items[key] = WithDefaults(key, item!, defaults);
            }
        }

        return items;
    }

    private static JsonObject WithDefaults(string key, JsonNode item, string defaults)
    {
        var whole = JsonNode.Parse(defaults)!.AsObject();
        whole["key"] = key;
        foreach (var (name, value) in item.AsObject())
        {
            whole[name] = value?.DeepClone();
        }

        return whole;
    }
}

/// <summary>A source of memberships as a case writes it: context key to status, included and excluded references.</summary>
internal sealed class Memberships(JsonObject byKey) : IBigSegmentSource
{
    public List<string> Asked { get; } = [];

    public bool TryGet(string contextKey, out BigSegmentsStatus status, out IBigSegmentMembership? membership)
    {
        Asked.Add(contextKey);
        if (byKey[contextKey] is not { } entry)
        {
            (status, membership) = (BigSegmentsStatus.None, null);
            return false;
        }

        status = Enum.Parse<BigSegmentsStatus>((string)entry["status"]!);
        membership = entry["in"] is null && entry["out"] is null ? null : new Membership(References(entry["in"]), References(entry["out"]));
        return true;
    }

    private static string[] References(JsonNode? list) => [.. (list?.AsArray() ?? []).Select(item => (string)item!)];

    private sealed class Membership(string[] included, string[] excluded) : IBigSegmentMembership
    {
        public bool? Contains(string segmentReference) =>
            included.Contains(segmentReference) ? true : excluded.Contains(segmentReference) ? false : null;
    }
}

internal static class Testing
{
    public static DataSnapshot SnapshotOf(string json) => SnapshotOf(Encoding.UTF8.GetBytes(json));

    public static DataSnapshot SnapshotOf(ReadOnlySpan<byte> json)
    {
        var data = ModelReader.ReadDataSet(json);
        return DataSnapshot.Empty with
        {
            Flags = ItemMap<ItemDescriptor<Flag>>.Empty.WithAll(data.Flags),
            Segments = ItemMap<ItemDescriptor<Segment>>.Empty.WithAll(data.Segments),
            Initialized = true,
        };
    }

    /// <summary>The index or "-", then the reason as on the wire with its details in brackets, then the marks.</summary>
    public static string Describe(in EvaluationResult result)
    {
        var reason = result.Reason;
        var kind = reason.Kind switch
        {
            EvaluationReasonKind.Off => "OFF",
            EvaluationReasonKind.Fallthrough => "FALLTHROUGH",
            EvaluationReasonKind.TargetMatch => "TARGET_MATCH",
            EvaluationReasonKind.RuleMatch when reason.RuleId is null => $"RULE_MATCH({reason.RuleIndex})",
            EvaluationReasonKind.RuleMatch => $"RULE_MATCH({reason.RuleIndex},{reason.RuleId})",
            EvaluationReasonKind.PrerequisiteFailed => $"PREREQUISITE_FAILED({reason.PrerequisiteKey})",
            _ => $"ERROR({reason.ErrorKind})",
        };
        var index = result.VariationIndex == EvaluationResult.None ? "-" : result.VariationIndex.ToString();
        var experiment = reason.InExperiment ? " in-experiment" : "";
        var status = reason.BigSegmentsStatus == BigSegmentsStatus.None ? "" : " " + reason.BigSegmentsStatus;
        return $"{index} {kind}{experiment}{status}";
    }

    public static string Evaluate(Flag flag, Context context)
    {
        var scope = new EvaluationScope(DataSnapshot.Empty);
        return Describe(Evaluator.Evaluate(flag, context, ref scope));
    }
}
