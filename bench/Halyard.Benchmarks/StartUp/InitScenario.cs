using System.Runtime.CompilerServices;
using Halyard.Benchmarks.Suite;

namespace Halyard.Benchmarks.StartUp;

/// <summary>Initialisation over a loopback stream, in a process that has done it before.</summary>
internal sealed class InitScenario : IScenario
{
    public string Name => "init";

    public string Title => "Initialisation over a loopback stream, warm";

    public async IAsyncEnumerable<Figure> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var flags in new[] { 1_000, 10_000 })
        {
            await using var server = await StreamServerProcess.StartAsync(flags, cancellationToken);
            var payload = Payload.Of(flags);
            var timings = await Measure.InTurnKeepingAsync(
                Measure.Quick ? 5 : 20,
                Measure.Rounds(15),
                (Subjects.Reader, () => Task.FromResult<object?>(Subjects.Tokens(payload) > 0 ? null : payload)),
                (Subjects.Transfer, async () => await Subjects.TransferAsync(server.Address) > 0 ? null : payload),
                (Subjects.Older, async () => await Subjects.ClientAsync(server.Address, ProtocolVersion.Fdv1, flags)),
                (Subjects.Newer, async () => await Subjects.ClientAsync(server.Address, ProtocolVersion.Fdv2, flags)),
                (Subjects.Naive, async () => await Subjects.NaiveAsync(server.Address)));

            var work = $"initialise {flags:#,0} flags";
            foreach (var subject in new[] { Subjects.Reader, Subjects.Transfer, Subjects.Naive, Subjects.Older, Subjects.Newer })
            {
                yield return new(work, subject, timings[subject].MedianMilliseconds, "ms")
                {
                    AllocatedBytes = timings[subject].AllocatedBytes,
                    Reference = subject == Subjects.Reader ? null : Subjects.Reader,
                    GoalRatio = flags == 10_000 && subject is Subjects.Older or Subjects.Newer ? 2.5 : null,
                };
            }

            foreach (var subject in new[] { Subjects.Reader, Subjects.Transfer, Subjects.Naive, Subjects.Older, Subjects.Newer })
            {
                yield return new($"{work}: processor time of all threads", subject, timings[subject].ProcessorMilliseconds, "ms")
                {
                    Reference = subject == Subjects.Reader ? null : Subjects.Reader,
                };
            }

            foreach (var (what, goal, bytes) in new (string, double, Func<Timing, double>)[]
            {
                ("allocated", 34, static timing => timing.AllocatedBytes),
                ("retained", 25, static timing => timing.RetainedBytes!.Value),
            })
            {
                foreach (var subject in new[] { Subjects.Naive, Subjects.Older, Subjects.Newer })
                {
                    yield return new($"{work}: {what}", subject, bytes(timings[subject]) / 1e6, "MB")
                    {
                        Reference = subject == Subjects.Naive ? null : Subjects.Naive,
                        Goal = flags == 10_000 && subject != Subjects.Naive ? goal : null,
                    };
                }
            }
        }
    }
}
