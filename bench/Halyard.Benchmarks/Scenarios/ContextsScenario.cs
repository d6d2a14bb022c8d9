using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Halyard.Benchmarks.Naive;
using Halyard.Benchmarks.Suite;

namespace Halyard.Benchmarks.Scenarios;

/// <summary>Contexts made by a program, read from JSON and written as JSON: what every request pays before the first flag.</summary>
internal sealed class ContextsScenario : IScenario
{
    private const string Bare = "Dictionary of the same";
    private const string Reader = "Utf8JsonReader";
    private const string Writer = "Utf8JsonWriter";

    private static readonly string[] Names = [.. Enumerable.Range(0, 20).Select(static i => "attribute-" + i.ToString(CultureInfo.InvariantCulture))];

    public string Name => "contexts";

    public string Title => "Contexts";

    public async IAsyncEnumerable<Figure> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        var key = "user-00000";
        foreach (var figure in Rows("of a key alone", 12, 40, ("object of two texts", n => Pairs(key, n)), n => Keys(key, n)))
        {
            yield return figure;
        }

        foreach (var figure in Rows("of a kind and a key", null, null, ("object of two texts", n => Pairs(key, n)), n => KindsAndKeys(key, n)))
        {
            yield return figure;
        }

        foreach (var figure in Rows("of 5 attributes", 110, 450, (Bare, n => Dictionaries(key, 5, n)), n => FiveAttributes(key, n)))
        {
            yield return figure;
        }

        foreach (var figure in Rows("of 20 attributes, one of them private", 420, 1500, (Bare, n => Dictionaries(key, 20, n)), n => TwentyAttributes(key, n)))
        {
            yield return figure;
        }

        cancellationToken.ThrowIfCancellationRequested();
        Context[] members = [.. Enumerable.Range(0, 5).Select(static i => Context.New($"kind-{i}", "key"))];
        foreach (var figure in Rows("multi-context of 5 made members", null, null, ("array of the same", n => Arrays(members, n)), n => Multis(members, n)))
        {
            yield return figure;
        }

        var single = Encoding.UTF8.GetBytes(Payload.ContextTexts[0]);
        var multi = Encoding.UTF8.GetBytes(Payload.ContextTexts.First(static text => text.Contains("\"multi\"", StringComparison.Ordinal)));
        foreach (var figure in Rows("from JSON, single", 800, null, (Reader, n => Tokens(single, n)), n => Reads(single, n), n => NaiveReads(single, n)))
        {
            yield return figure;
        }

        foreach (var figure in Rows("from JSON, multi", 1600, null, (Reader, n => Tokens(multi, n)), n => Reads(multi, n), n => NaiveReads(multi, n)))
        {
            yield return figure;
        }

        cancellationToken.ThrowIfCancellationRequested();
        var context = Context.FromJson(single);
        var text = 22 + (2 * context.ToJson().Length);
        foreach (var figure in Rows("to JSON", 400, text + 7, (Writer, n => Writes(context, n)), n => Texts(context, n)))
        {
            yield return figure;
        }
    }

    private static IEnumerable<Figure> Rows(
        string work, double? goal, double? goalBytes, (string Name, Action<int> Loop) reference, Action<int> halyard, Action<int>? naive = null)
    {
        (string, Action<int>)[] subjects = naive is null ? [reference, ("Halyard", halyard)] : [reference, ("Halyard", halyard), ("naive", naive)];
        foreach (var (subject, timing) in Measure.InTurn(Measure.Rounds(15), subjects))
        {
            yield return new(work, subject, timing.MedianNanoseconds, "ns")
            {
                AllocatedBytes = timing.AllocatedBytes,
                Reference = subject == reference.Name ? null : reference.Name,
                Goal = subject == "Halyard" ? goal : null,
                GoalAllocatedBytes = subject == "Halyard" ? goalBytes : null,
            };
        }
    }

    private static object? Pairs(string key, int times)
    {
        object? last = null;
        for (var i = 0; i < times; i++)
        {
            last = new Pair("user", key);
        }

        return last;
    }

    private static Context? Keys(string key, int times)
    {
        Context? last = null;
        for (var i = 0; i < times; i++)
        {
            last = Context.New(key);
        }

        return last;
    }

    private static Context? KindsAndKeys(string key, int times)
    {
        Context? last = null;
        for (var i = 0; i < times; i++)
        {
            last = Context.New("organisation", key);
        }

        return last;
    }

    private static Dictionary<string, Value>? Dictionaries(string key, int attributes, int times)
    {
        Dictionary<string, Value>? last = null;
        for (var i = 0; i < times; i++)
        {
            last = new(attributes + 1, StringComparer.Ordinal) { ["key"] = key };
            foreach (var name in Names.AsSpan(0, attributes))
            {
                last[name] = key;
            }
        }

        return last;
    }

    private static Context? FiveAttributes(string key, int times)
    {
        Context? last = null;
        for (var i = 0; i < times; i++)
        {
            last = Context.Builder(key)
                .Set("email", "user-00000@example.com").Set("country", "us").Set("plan", "pro").Set("age", 75).Set("beta", true)
                .Build();
        }

        return last;
    }

    private static Context? TwentyAttributes(string key, int times)
    {
        Context? last = null;
        for (var i = 0; i < times; i++)
        {
            var builder = Context.Builder(key);
            foreach (var name in Names)
            {
                builder.Set(name, "some value");
            }

            last = builder.Private("attribute-3").Build();
        }

        return last;
    }

    private static Context[]? Arrays(Context[] members, int times)
    {
        Context[]? last = null;
        for (var i = 0; i < times; i++)
        {
            last = [.. members];
        }

        return last;
    }

    private static Context? Multis(Context[] members, int times)
    {
        Context? last = null;
        for (var i = 0; i < times; i++)
        {
            last = Context.Multi(members);
        }

        return last;
    }

    private static int Tokens(byte[] json, int times)
    {
        var tokens = 0;
        for (var i = 0; i < times; i++)
        {
            var reader = new Utf8JsonReader(json);
            while (reader.Read())
            {
                tokens++;
            }
        }

        return tokens;
    }

    private static Context? Reads(byte[] json, int times)
    {
        Context? last = null;
        for (var i = 0; i < times; i++)
        {
            last = Context.FromJson(json);
        }

        return last;
    }

    private static NaiveContext? NaiveReads(byte[] json, int times)
    {
        NaiveContext? last = null;
        for (var i = 0; i < times; i++)
        {
            last = new(Encoding.UTF8.GetString(json));
        }

        return last;
    }

    // The same text by the platform's writer, its buffers kept: the least that a text by way of UTF-8 takes.
    private static string? Writes(Context context, int times)
    {
        string? last = null;
        var buffer = new ArrayBufferWriter<byte>(4096);
        using var writer = new Utf8JsonWriter(buffer);
        for (var i = 0; i < times; i++)
        {
            buffer.ResetWrittenCount();
            writer.Reset();
            writer.WriteStartObject();
            writer.WriteString("kind"u8, context.Kind);
            writer.WriteString("key"u8, context.Key);
            writer.WriteString("name"u8, context.Name);
            foreach (ref readonly var attribute in context.CustomAttributes)
            {
                writer.WritePropertyName(attribute.Key);
                attribute.Value.WriteTo(writer);
            }

            writer.WriteEndObject();
            writer.Flush();
            last = Encoding.UTF8.GetString(buffer.WrittenSpan);
        }

        return last;
    }

    private static string? Texts(Context context, int times)
    {
        string? last = null;
        for (var i = 0; i < times; i++)
        {
            last = context.ToJson();
        }

        return last;
    }

    private sealed record Pair(string Kind, string Key);
}
