using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using Halyard.Benchmarks.Suite;

namespace Halyard.Benchmarks.Scenarios;

/// <summary>
/// The development server as a relay: 10,000 flags of which each of 10, 1,000 and 6,000 streams is sent all, and then each change. How
/// long that takes, and how much memory the server's process has.
/// </summary>
internal sealed class RelayScenario : IScenario
{
    public const int Flags = 10_000;

    private const int Changes = 9;

    // Connections that begin at once; each is served as soon as it is there.
    private const int Connecting = 64;

    public string Name => "relay";

    public string Title => "halyard serve, many streams";

    public async IAsyncEnumerable<Figure> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        int[] sizes = Measure.Quick ? [10, 100, 300] : [10, 1_000, 6_000];
        foreach (var clients in sizes)
        {
            using var server = SelfProcess.Start(["relay-server"], standardInput: true);
            var readers = new List<RelayReader>();
            try
            {
                var port = int.Parse(await AnswerAsync(server, null, cancellationToken), CultureInfo.InvariantCulture);
                var began = Stopwatch.GetTimestamp();
                using var room = new SemaphoreSlim(Connecting);
                var starts = Enumerable.Range(0, clients).Select(async _ =>
                {
                    await room.WaitAsync(cancellationToken);
                    try
                    {
                        var reader = await RelayReader.ConnectAsync(port, cancellationToken);
                        lock (readers)
                        {
                            readers.Add(reader);
                        }
                    }
                    finally
                    {
                        room.Release();
                    }
                }).ToList();
                await Task.WhenAll(starts);
                var filled = Stopwatch.GetElapsedTime(began).TotalSeconds;
                var peak = double.Parse(await AnswerAsync(server, "peak", cancellationToken), CultureInfo.InvariantCulture);
                var times = new List<double>();
                for (var i = 0; i < Changes; i++)
                {
                    var heard = readers.Select(reader => reader.NextChangeAsync()).ToList();
                    var sent = Stopwatch.GetTimestamp();
                    await AnswerAsync(server, "change", cancellationToken);
                    await Task.WhenAll(heard).WaitAsync(TimeSpan.FromSeconds(60), cancellationToken);
                    times.Add(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
                }

                var work = string.Create(CultureInfo.InvariantCulture, $"{clients:#,0} streams");
                var isGoal = clients == 6_000;
                yield return new(work + ", all have all flags", "Halyard", filled, "s");
                yield return new(work + ", memory at most", "Halyard", peak / 1e6, "MB") { Goal = isGoal ? 500 : null };
                yield return new(work + ", a change at all, median", "Halyard", Measure.Median(times), "ms");
                yield return new(work + ", a change at all, longest", "Halyard", times.Max(), "ms") { Goal = isGoal ? 1_000 : null };
            }
            finally
            {
                readers.ForEach(static reader => reader.Dispose());
                server.StandardInput.Close();
                await server.WaitForExitAsync(CancellationToken.None);
            }
        }
    }

    private static async Task<string> AnswerAsync(Process server, string? question, CancellationToken cancellationToken)
    {
        if (question is not null)
        {
            await server.StandardInput.WriteLineAsync(question.AsMemory(), cancellationToken);
        }

        return await server.StandardOutput.ReadLineAsync(cancellationToken) ?? throw new InvalidOperationException("The server has ended.");
    }
}
