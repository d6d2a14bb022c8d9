using System.Runtime.CompilerServices;
using Halyard.Benchmarks.Suite;

namespace Halyard.Benchmarks.StartUp;

/// <summary>The first start in a fresh process: nothing is compiled yet. Linux only: it reads <c>/proc</c>.</summary>
internal sealed class ColdStartScenario : IScenario
{
    public string Name => "coldstart";

    public string Title => "First start in a fresh process, 10,000 flags over a loopback stream";

    public async IAsyncEnumerable<Figure> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var server = await StreamServerProcess.StartAsync(10_000, cancellationToken);
        string[] subjects = [ColdStart.Empty, Subjects.Naive, Subjects.Older, Subjects.Newer];
        var samples = subjects.ToDictionary(static subject => subject, static _ => new List<ColdStart>());

        // The first turn brings the files into the system's cache.
        for (var round = -1; round < Measure.Rounds(9); round++)
        {
            foreach (var subject in subjects)
            {
                var sample = await ColdStart.MeasureAsync(subject, server.Address, cancellationToken);
                if (round >= 0)
                {
                    samples[subject].Add(sample);
                }
            }
        }

        foreach (var (work, unit, value) in new (string, string, Func<ColdStart, double>)[]
        {
            ("from the start of the process to the first value", "ms", static start => start.FromProcess),
            ("from the call to the first value", "ms", static start => start.FromCall),
            ("peak resident memory", "MB", static start => start.PeakMegabytes),
        })
        {
            foreach (var subject in subjects)
            {
                yield return new(work, subject, Measure.Median(samples[subject].Select(value)), unit)
                {
                    Reference = subject is Subjects.Older or Subjects.Newer ? Subjects.Naive : null,
                };
            }
        }
    }
}
