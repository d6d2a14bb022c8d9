using System.Runtime.CompilerServices;
using System.Text;
using Halyard.Benchmarks.Naive;
using Halyard.Benchmarks.Suite;
using Halyard.DataModel.Json.Reading;
using Halyard.Model;

namespace Halyard.Benchmarks.Scenarios;

/// <summary>One read by the public client, by the shape of the flag, beside what it cannot go below: finding the flag by its key.</summary>
internal sealed class EvaluationScenario : IScenario
{
    private const string LookUp = "Dictionary look-up";

    private static readonly (string Key, string Work, double? Goal)[] Shapes =
    [
        ("bench-off", "off", null),
        ("bench-fallthrough", "fallthrough", 60),
        ("bench-target", "target among 100 keys", null),
        ("bench-rules10", "10 rules of 3 clauses, the last matches", 700),
        ("bench-rollout", "rollout", 300),
        ("bench-segment", "segment by list", null),
        ("bench-segment-rule", "segment by rule", null),
        ("bench-prereq", "3 levels of prerequisites", null),
    ];

    public string Name => "evaluation";

    public string Title => "Evaluation, 1,000 flags in the store";

    public async IAsyncEnumerable<Figure> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var data = ModelReader.ReadDataSet(Payload.Small);
        var (client, _) = await BenchClient.StartAsync(data);
        await using var disposed = client;
        var naive = NaiveClient.With(Encoding.UTF8.GetString(Payload.Small));
        BenchClient.ExpectSameAnswers(client, naive);
        var dictionary = data.Flags.ToDictionary(static flag => flag.Key, StringComparer.Ordinal);
        var (context, naiveContext) = (Payload.FirstContext, new NaiveContext(Payload.ContextTexts[0]));

        foreach (var (key, work, goal) in Shapes)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var timings = Measure.InTurn(
                Measure.Rounds(15),
                (LookUp, n => Find(dictionary, key, n)),
                ("Halyard", n => Read(client, key, context, n)),
                ("Halyard, with the reason", n => ReadDetail(client, key, context, n)),
                ("naive", n => Read(naive, key, naiveContext, n)));
            foreach (var (subject, timing) in timings)
            {
                yield return new(work, subject, timing.MedianNanoseconds, "ns")
                {
                    AllocatedBytes = timing.AllocatedBytes,
                    Reference = subject == LookUp ? null : LookUp,
                    Goal = subject == "Halyard" ? goal : null,
                    GoalAllocatedBytes = subject.StartsWith("Halyard", StringComparison.Ordinal) ? 0 : null,
                };
            }
        }
    }

    private static int Find(Dictionary<string, ItemDescriptor<Flag>> dictionary, string key, int times)
    {
        var found = 0;
        for (var i = 0; i < times; i++)
        {
            found += dictionary.TryGetValue(key, out var flag) && flag.Item is not null ? 1 : 0;
        }

        return found;
    }

    private static int Read(Client client, string key, Context context, int times)
    {
        var on = 0;
        for (var i = 0; i < times; i++)
        {
            on += client.BoolVariation(key, context, false) ? 1 : 0;
        }

        return on;
    }

    private static int ReadDetail(Client client, string key, Context context, int times)
    {
        var on = 0;
        for (var i = 0; i < times; i++)
        {
            on += client.BoolVariationDetail(key, context, false).Reason.Kind == EvaluationReasonKind.Off ? 1 : 0;
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
}
