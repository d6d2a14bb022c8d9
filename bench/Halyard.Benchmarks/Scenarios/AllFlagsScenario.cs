using System.Runtime.CompilerServices;
using Halyard.Benchmarks.Naive;
using Halyard.Benchmarks.Suite;

namespace Halyard.Benchmarks.Scenarios;

/// <summary>The values of all flags for one context.</summary>
internal sealed class AllFlagsScenario : IScenario
{
    public string Name => "allflags";

    public string Title => "All-flags state";

    public async IAsyncEnumerable<Figure> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (context, naiveContext) = (Payload.FirstContext, new NaiveContext(Payload.ContextTexts[0]));
        foreach (var flags in new[] { 1_000, 10_000 })
        {
            var (client, _) = await BenchClient.StartAsync(Payload.DataSetOf(flags));
            await using var disposed = client;
            var naive = NaiveClient.With(flags);
            BenchClient.ExpectSameAnswers(client, naive);
            if (client.AllFlagsState(context).Values.Count != flags || naive.AllFlags(naiveContext).Count != flags)
            {
                throw new InvalidOperationException($"Not all of {flags} flags are in the state.");
            }

            var timings = Measure.InTurn(
                Measure.Rounds(9),
                ("Halyard", n => Repeat(n, () => client.AllFlagsState(context))),
                ("Halyard, with reasons", n => Repeat(n, () => client.AllFlagsState(context, AllFlagsOptions.WithReasons))),
                ("Halyard, as a dictionary of values", n => Repeat(n, () => client.AllFlagsState(context).Values)),
                ("naive", n => Repeat(n, () => naive.AllFlags(naiveContext))));
            foreach (var (subject, timing) in timings)
            {
                yield return new(FormattableString.Invariant($"all {flags:#,0} flags"), subject, timing.MedianMicroseconds, "µs")
                {
                    AllocatedBytes = timing.AllocatedBytes,
                    Reference = subject == "naive" ? null : "naive",
                    GoalRatio = subject == "Halyard" && flags == 1_000 ? 0.1 : null,
                    GoalAllocatedBytes = subject == "Halyard" && flags == 1_000 ? timings["naive"].AllocatedBytes / 10 : null,
                };
            }

            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private static void Repeat(int times, Func<object> work)
    {
        for (var i = 0; i < times; i++)
        {
            work();
        }
    }
}
