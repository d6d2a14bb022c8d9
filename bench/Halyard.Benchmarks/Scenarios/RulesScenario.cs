using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Halyard.Benchmarks.Naive;
using Halyard.Benchmarks.Suite;
using Halyard.DataModel.Json.Reading;
using Halyard.Evaluation;

namespace Halyard.Benchmarks.Scenarios;

/// <summary>Flags whose rules are many, or dear: expressions, lists of segments, parts of texts, and hashes.</summary>
internal sealed class RulesScenario : IScenario
{
    private const string ContextText =
        """{"kind":"user","key":"user-00000","email":"user-00000@example.com","country":"us","plan":"pro","age":75}""";

    private static readonly string[] Patterns = ["^admin-[0-9]+@", "@(corp|internal)\\.example\\.org$", "qa[0-9]*\\.test"];

    public string Name => "rules";

    public string Title => "Rules that are many, or dear";

    public async IAsyncEnumerable<Figure> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var text = Data();
        var data = ModelReader.ReadDataSet(Encoding.UTF8.GetBytes(text));
        var (client, _) = await BenchClient.StartAsync(data);
        await using var disposed = client;
        var naive = NaiveClient.With(text);
        BenchClient.ExpectSameAnswers(client, naive);
        var (context, naiveContext) = (Context.FromJson(ContextText), new NaiveContext(ContextText));
        var email = "user-00000@example.com";
        Regex[] expressions = [.. Patterns.Select(static pattern => new Regex(pattern, RegexOptions.CultureInvariant))];
        string[] parts = [.. Enumerable.Range(0, 50).Select(Part)];
        string[] names = [.. Enumerable.Range(0, 20).Select(static i => $"segment-{i}")];
        var segments = data.Segments.ToDictionary(static segment => segment.Key, StringComparer.Ordinal);

        (string Key, string Work, double Goal, string Reference, Action<int> Loop)[] shapes =
        [
            ("regex", "3 regular expressions, none matches", 150, "Regex, the three", n => Matches(expressions, email, n)),
            ("contains", "contains, 50 values, none matches", 100, "string.Contains, the fifty", n => Contains(parts, email, n)),
            ("segments", "20 segments of 20 keys, none matches", 250, "Dictionary look-ups, twenty", n => Find(segments, names, n)),
            ("rules-50", "50 rules, none matches", 400, "string comparisons, fifty", n => Compare(parts, email, 50, n)),
            ("rules-500", "500 rules, none matches", 4_000, "string comparisons, five hundred", n => Compare(parts, email, 500, n)),
            ("rollout", "rollout", 180, "SHA1.HashData", n => Hash("rollout.salt.user-00000", n)),
        ];
        foreach (var (key, work, goal, reference, loop) in shapes)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var timings = Measure.InTurn(
                Measure.Rounds(15), (reference, loop), ("Halyard", n => Read(client, key, context, n)), ("naive", n => Read(naive, key, naiveContext, n)));
            foreach (var (subject, timing) in timings)
            {
                yield return new(work, subject, timing.MedianNanoseconds, "ns")
                {
                    AllocatedBytes = timing.AllocatedBytes,
                    Reference = subject == reference ? null : reference,
                    Goal = subject == "Halyard" ? goal : null,
                    GoalAllocatedBytes = subject == "Halyard" ? 0 : null,
                };
            }
        }

        foreach (var (subject, timing) in Measure.InTurn(
            Measure.Rounds(15), ("SHA1.HashData", n => Hash("rollout.salt.user-00000", n)), ("Halyard", n => HashPrefix("rollout.salt.user-00000", n))))
        {
            yield return new("hash of a bucket", subject, timing.MedianNanoseconds, "ns")
            {
                AllocatedBytes = timing.AllocatedBytes,
                Reference = subject == "Halyard" ? "SHA1.HashData" : null,
                Goal = subject == "Halyard" ? 169 : null,
                GoalAllocatedBytes = subject == "Halyard" ? 0 : null,
            };
        }

        foreach (var (subject, timing) in Measure.InTurn(Measure.Rounds(15), ("HMACSHA256.HashData", n => Hmac("sdk-key", "user-00000", n)), ("Halyard", n => SecureHash(client, context, n))))
        {
            yield return new("secure mode hash", subject, timing.MedianNanoseconds, "ns")
            {
                AllocatedBytes = timing.AllocatedBytes,
                Reference = subject == "Halyard" ? "HMACSHA256.HashData" : null,
                Goal = subject == "Halyard" ? 1_000 : null,
                GoalAllocatedBytes = subject == "Halyard" ? 152 : null,
            };
        }
    }

    private static string Part(int number) => $"part-{number * 7}.example";

    private static string Data()
    {
        var patterns = string.Join(',', Patterns.Select(static pattern => $"\"{pattern.Replace("\\", "\\\\", StringComparison.Ordinal)}\""));
        var parts = string.Join(',', Enumerable.Range(0, 50).Select(static i => $"\"{Part(i)}\""));
        var names = string.Join(',', Enumerable.Range(0, 20).Select(static i => $"\"segment-{i}\""));
        string[] flags =
        [
            Flag("regex", [Clause("email", "matches", patterns)]),
            Flag("contains", [Clause("email", "contains", parts)]),
            Flag("segments", [Clause("", "segmentMatch", names)]),
            Flag("rules-50", [.. Enumerable.Range(0, 50).Select(static i => Clause("email", "in", $"\"{Part(i)}\""))]),
            Flag("rules-500", [.. Enumerable.Range(0, 500).Select(static i => Clause("email", "in", $"\"{Part(i)}\""))]),
            """
            "rollout":{"key":"rollout","version":1,"on":true,"rules":[],"prerequisites":[],"targets":[],"contextTargets":[],"salt":"salt","offVariation":1,"variations":[true,false],
            "fallthrough":{"rollout":{"kind":"rollout","contextKind":"user","variations":[{"variation":0,"weight":99000},{"variation":1,"weight":1000}]}}}
            """,
        ];
        var segments = string.Join(',', Enumerable.Range(0, 20).Select(static i =>
            $$"""
            "segment-{{i}}":{"key":"segment-{{i}}","version":1,"included":[{{string.Join(',', Enumerable.Range(0, 20).Select(k => $"\"user-{i}-{k}\""))}}],"excluded":[],"includedContexts":[],"excludedContexts":[],"rules":[],"salt":"s"}
            """));
        return $$$"""{"flags":{{{{string.Join(',', flags)}}}},"segments":{{{{segments}}}}}""";
    }

    private static string Flag(string key, string[] clauses)
    {
        var rules = string.Join(',', clauses.Select(static (clause, i) =>
            string.Create(CultureInfo.InvariantCulture, $$"""{"id":"rule-{{i}}","variation":1,"clauses":[{{clause}}],"trackEvents":false}""")));
        return $$$"""
            "{{{key}}}":{"key":"{{{key}}}","version":1,"on":true,"rules":[{{{rules}}}],"prerequisites":[],"targets":[],"contextTargets":[],"salt":"salt","offVariation":1,"variations":[true,false],"fallthrough":{"variation":0}}
            """;
    }

    private static string Clause(string attribute, string op, string values) =>
        $$"""{"contextKind":"user","attribute":"{{attribute}}","op":"{{op}}","values":[{{values}}],"negate":false}""";

    private static int Read(Client client, string key, Context context, int times)
    {
        var on = 0;
        for (var i = 0; i < times; i++)
        {
            on += client.BoolVariation(key, context, false) ? 1 : 0;
        }

        return on;
    }

    private static int Read(NaiveClient client, string key, NaiveContext context, int times)
    {
        var on = 0;
        for (var i = 0; i < times; i++)
        {
            on += client.BoolVariation(key, context, false) ? 1 : 0;
        }

        return on;
    }

    private static int Matches(Regex[] expressions, string text, int times)
    {
        var found = 0;
        for (var i = 0; i < times; i++)
        {
            foreach (var expression in expressions)
            {
                found += expression.IsMatch(text) ? 1 : 0;
            }
        }

        return found;
    }

    private static int Contains(string[] parts, string text, int times)
    {
        var found = 0;
        for (var i = 0; i < times; i++)
        {
            foreach (var part in parts)
            {
                found += text.Contains(part, StringComparison.Ordinal) ? 1 : 0;
            }
        }

        return found;
    }

    private static int Compare(string[] parts, string text, int comparisons, int times)
    {
        var found = 0;
        for (var i = 0; i < times; i++)
        {
            for (var at = 0; at < comparisons; at++)
            {
                found += string.Equals(parts[at % parts.Length], text) ? 1 : 0;
            }
        }

        return found;
    }

    private static int Find<T>(Dictionary<string, T> dictionary, string[] names, int times)
    {
        var found = 0;
        for (var i = 0; i < times; i++)
        {
            foreach (var name in names)
            {
                found += dictionary.ContainsKey(name) ? 1 : 0;
            }
        }

        return found;
    }

    private static int Hash(string text, int times)
    {
        Span<byte> bytes = stackalloc byte[64];
        Span<byte> digest = stackalloc byte[SHA1.HashSizeInBytes];
        var sum = 0;
        for (var i = 0; i < times; i++)
        {
            var length = Encoding.UTF8.GetBytes(text, bytes);
#pragma warning disable CA5350 // The hash of buckets is defined to be this one.
            SHA1.HashData(bytes[..length], digest);
#pragma warning restore CA5350
            sum += digest[0];
        }

        return sum;
    }

    private static ulong HashPrefix(string text, int times)
    {
        Span<byte> bytes = stackalloc byte[64];
        var sum = 0ul;
        for (var i = 0; i < times; i++)
        {
            var length = Encoding.UTF8.GetBytes(text, bytes);
            sum += Sha1Prefix.First60Bits(bytes[..length]);
        }

        return sum;
    }

    private static int Hmac(string key, string text, int times)
    {
        var secret = Encoding.UTF8.GetBytes(key);
        Span<byte> digest = stackalloc byte[HMACSHA256.HashSizeInBytes];
        Span<byte> bytes = stackalloc byte[64];
        var sum = 0;
        for (var i = 0; i < times; i++)
        {
            var length = Encoding.UTF8.GetBytes(text, bytes);
            HMACSHA256.HashData(secret, bytes[..length], digest);
            sum += digest[0];
        }

        return sum;
    }

    private static int SecureHash(Client client, Context context, int times)
    {
        var length = 0;
        for (var i = 0; i < times; i++)
        {
            length += client.SecureModeHash(context).Length;
        }

        return length;
    }
}
