using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Halyard.Benchmarks.Naive;
using Halyard.Benchmarks.Suite;
using Halyard.DataModel.Json.Reading;
using Halyard.Model;

namespace Halyard.Benchmarks.Scenarios;

/// <summary>Values and states as JSON text, and what is made of all flags for a front end.</summary>
internal sealed class JsonScenario : IScenario
{
    private const string Writer = "Utf8JsonWriter";

    // For the references: the platform's writer with the same rules and its buffer kept.
    private static readonly JsonWriterOptions Plain = JsonText.Plain with { SkipValidation = true };
    private static readonly ArrayBufferWriter<byte> Buffer = new(1 << 20);

    public string Name => "json";

    public string Title => "JSON text of values and states";

    public async IAsyncEnumerable<Figure> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var data = ModelReader.ReadDataSet(Payload.Small);
        var (client, _) = await BenchClient.StartAsync(new DataSet([.. data.Flags, ItemDescriptor<Flag>.Of("json-20k", 1, LargeFlag())], data.Segments));
        await using var disposed = client;
        var context = Payload.FirstContext;
        var value = client.JsonVariation("json-20k", context, Value.Null);
        var text = value.ToString();
        foreach (var figure in Rows("a value of 20 KB to text", "µs", 5, TextBytes(text), (Writer, n => Repeat(n, () => Write(value))), n => Repeat(n, value.ToString)))
        {
            yield return figure;
        }

        var copy = JsonText.Parse(Encoding.UTF8.GetBytes(text));
        foreach (var figure in Rows("a value of 20 KB made of parts to text", "µs", null, TextBytes(text), (Writer, n => Repeat(n, () => Write(copy))), n => Repeat(n, () => Value.Array(copy).ToString())))
        {
            yield return figure;
        }

        cancellationToken.ThrowIfCancellationRequested();
        var (all, _) = await BenchClient.StartAsync(data);
        await using var disposedToo = all;
        var naive = NaiveClient.With(Encoding.UTF8.GetString(Payload.Small));
        BenchClient.ExpectSameAnswers(all, naive);
        var naiveContext = new NaiveContext(Payload.ContextTexts[0]);
        foreach (var figure in Rows("state of all 1,000 flags", "µs", 250, 40_100, ("naive", n => Repeat(n, () => naive.AllFlags(naiveContext))), n => Repeat(n, () => all.AllFlagsState(context))))
        {
            yield return figure;
        }

        foreach (var figure in Rows(
            "state of 1,000 flags, none for front ends", "µs", 5, 4_000,
            ("list of the same", n => Repeat(n, () => Visible(data))), n => Repeat(n, () => all.AllFlagsState(context, AllFlagsOptions.ClientSideOnly))))
        {
            yield return figure;
        }

        cancellationToken.ThrowIfCancellationRequested();
        var state = all.AllFlagsState(context, AllFlagsOptions.WithReasons);
        var bootstrap = all.AllFlagsState(context);
        foreach (var figure in Rows("state of all 1,000 flags to text", "µs", 250, TextBytes(bootstrap.ToJson()), (Writer, n => Repeat(n, () => Write(bootstrap))), n => Repeat(n, bootstrap.ToJson)))
        {
            yield return figure;
        }

        foreach (var figure in Rows("... with reasons", "µs", null, TextBytes(state.ToJson()), (Writer, n => Repeat(n, () => Write(state))), n => Repeat(n, state.ToJson)))
        {
            yield return figure;
        }

        string[] keys = [.. data.Flags.Select(static flag => flag.Key)];
        var dictionary = keys.ToDictionary(static key => key, key => state.GetReason(key), StringComparer.Ordinal);
        foreach (var figure in Rows("all 1,000 reasons of a state, by key", "µs", 15, 0, ("Dictionary", n => Sum(dictionary, keys, n)), n => Sum(state, keys, n)))
        {
            yield return figure;
        }
    }

    private static IEnumerable<Figure> Rows(
        string work, string unit, double? goal, double? goalBytes, (string Name, Action<int> Loop) reference, Action<int> halyard)
    {
        foreach (var (subject, timing) in Measure.InTurn(Measure.Rounds(15), reference, ("Halyard", halyard)))
        {
            yield return new(work, subject, timing.MedianMicroseconds, unit)
            {
                AllocatedBytes = timing.AllocatedBytes,
                Reference = subject == reference.Name ? null : reference.Name,
                Goal = subject == "Halyard" ? goal : null,
                GoalAllocatedBytes = subject == "Halyard" ? goalBytes : null,
            };
        }
    }

    // What a string of that text takes.
    private static double TextBytes(string text) => (22 + (2 * text.Length) + 7) / 8 * 8;

    private static Flag LargeFlag()
    {
        var json = new StringBuilder("{\"key\":\"json-20k\",\"version\":1,\"on\":false,\"offVariation\":0,\"variations\":[{\"title\":\"Items\",\"items\":[");
        for (var i = 0; json.Length < 20_000; i++)
        {
            json.Append(CultureInfo.InvariantCulture, $"{(i == 0 ? "" : ",")}{{\"id\":{i},\"name\":\"Item number {i}\",\"price\":{i}.25,\"enabled\":{(i % 2 == 0 ? "true" : "false")},\"tags\":[\"a-{i % 7}\",\"b-{i % 5}\"],\"size\":{{\"width\":{i * 10},\"height\":{i * 20}}}}}");
        }

        json.Append("]}]}");
        return ((ItemDescriptor<Flag>)ItemDescriptor.FromJson(DataKind.Flag, "json-20k", Encoding.UTF8.GetBytes(json.ToString()))).Item!;
    }

    private static string Write(Value value)
    {
        Buffer.ResetWrittenCount();
        using (var writer = new Utf8JsonWriter(Buffer, Plain))
        {
            value.WriteTo(writer);
        }

        return Encoding.UTF8.GetString(Buffer.WrittenSpan);
    }

    private static string Write(AllFlagsState state)
    {
        Buffer.ResetWrittenCount();
        using (var writer = new Utf8JsonWriter(Buffer))
        {
            state.WriteTo(writer);
        }

        return Encoding.UTF8.GetString(Buffer.WrittenSpan);
    }

    private static List<Flag> Visible(DataSet data)
    {
        var flags = new List<Flag>();
        foreach (var flag in data.Flags)
        {
            if (flag.Item is { ClientSide: true } visible)
            {
                flags.Add(visible);
            }
        }

        return flags;
    }

    private static int Sum(Dictionary<string, EvaluationReason?> reasons, string[] keys, int times)
    {
        var sum = 0;
        for (var i = 0; i < times; i++)
        {
            foreach (var key in keys)
            {
                sum += (int)reasons[key]!.Value.Kind;
            }
        }

        return sum;
    }

    private static int Sum(AllFlagsState state, string[] keys, int times)
    {
        var sum = 0;
        for (var i = 0; i < times; i++)
        {
            foreach (var key in keys)
            {
                sum += (int)state.GetReason(key)!.Value.Kind;
            }
        }

        return sum;
    }

    private static void Repeat(int times, Func<object> work)
    {
        for (var i = 0; i < times; i++)
        {
            work();
        }
    }
}
