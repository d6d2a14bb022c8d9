using System.Diagnostics;
using System.Runtime.CompilerServices;
using Halyard.Benchmarks.Naive;
using Halyard.Benchmarks.Suite;

namespace Halyard.Benchmarks.Scenarios;

/// <summary>
/// Bursts of 2,000 changes of one flag each: until all are visible, by the protocol's path alone and over a real
/// loopback stream. The bytes are those of all threads.
/// </summary>
internal sealed class BurstsScenario : IScenario
{
    private const int Burst = 2_000;
    private const double Goal = 20;
    private const string Naive = "naive, parsed and stored alone";

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    public string Name => "bursts";

    public string Title => "Bursts of 2,000 updates of one flag each, per update";

    public async IAsyncEnumerable<Figure> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var warmUps = Measure.Quick ? 20 : 60;
        foreach (var flags in new[] { 100, 1_000, 10_000, 100_000 })
        {
            cancellationToken.ThrowIfCancellationRequested();
            var data = Payload.DataSetOf(flags);
            string[] keys = [.. data.Flags.Take(10_000).Chunk(Math.Max(1, Math.Min(flags, 10_000) / Burst)).Select(static chunk => chunk[0].Key).Take(Burst)];
            var (direct, destination) = await BenchClient.StartAsync(data);
            await using var disposed = direct;
            var (older, olderClient) = await LoopbackStream.StartAsync(ProtocolVersion.Fdv1, WirePayload.Of(ProtocolVersion.Fdv1, flags));
            using var olderDisposed = older;
            await using var olderClientDisposed = olderClient;
            var (newer, newerClient) = await LoopbackStream.StartAsync(ProtocolVersion.Fdv2, WirePayload.Of(ProtocolVersion.Fdv2, flags));
            using var newerDisposed = newer;
            await using var newerClientDisposed = newerClient;
            var naive = NaiveClient.With(flags).Store;

            var changeSets = new ChangeSets(destination);
            var puts = Array.ConvertAll(keys, Updates.Put);
            var items = Array.ConvertAll(keys, Updates.Item);
            var patchChunks = Array.ConvertAll(keys, static key => Updates.Chunk(ProtocolVersion.Fdv1, key));
            var putChunks = Array.ConvertAll(keys, static key => Updates.Chunk(ProtocolVersion.Fdv2, key));
            var version = VersionedText.First;
            Subject[] subjects =
            [
                Direct("Halyard, FDv2, protocol alone", i => changeSets.Put(puts[i % puts.Length], ++version)),
                Streamed("Halyard, FDv2, loopback stream", newer, newerClient, putChunks),
                Streamed("Halyard, FDv1, loopback stream", older, olderClient, patchChunks),
                Direct(Naive, i => naive.UpsertFlag(keys[i % keys.Length], items[i % items.Length].At(++version))),
            ];
            var isFirst = flags == 100;
            foreach (var (subject, first, microseconds, bytes) in await RoundsAsync(subjects, warmUps))
            {
                if (isFirst)
                {
                    // Why a size that is measured first, without a warm-up, seems slow.
                    yield return new("100 flags, the first burst of the process", subject, first / Burst, "µs");
                }

                yield return new(FormattableString.Invariant($"{flags:#,0} flags"), subject, microseconds / Burst, "µs")
                {
                    AllocatedBytes = bytes / Burst,
                    Reference = subject == Naive ? null : Naive,
                    Goal = subject == Naive ? null : Goal,
                    GoalAllocatedBytes = subject == Naive ? null : 10_000,
                };
            }

            // The compiler's work is done with the first size.
            warmUps = 4;

            Subject Streamed(string name, LoopbackStream stream, Client client, VersionedText[] chunks)
            {
                // Written before the clock starts, into memory that serves every round.
                var bytes = new byte[Enumerable.Range(0, Burst).Sum(i => chunks[i % chunks.Length].Length)];
                return new(name, Write, SendAsync);

                void Write() => version = VersionedText.Fill(bytes, chunks, Burst, version + 1);

                async Task SendAsync()
                {
                    var sending = Task.Run(() => stream.Send(bytes), cancellationToken);
                    Await(client, keys[(Burst - 1) % keys.Length], version);
                    await sending;
                    for (var i = Burst - keys.Length; i < Burst; i++)
                    {
                        if (VersionOf(client, keys[i % keys.Length]) != version - Burst + 1 + i)
                        {
                            throw new InvalidOperationException("An update was lost.");
                        }
                    }
                }
            }
        }
    }

    private static Subject Direct(string name, Action<int> update) => new(name, static () => { }, () =>
    {
        for (var i = 0; i < Burst; i++)
        {
            update(i);
        }

        return Task.CompletedTask;
    });

    /// <summary>The first burst, and the medians of rounds in turn: what a burst took, and what all threads allocated.</summary>
    private static async Task<List<(string Name, double First, double Microseconds, double Bytes)>> RoundsAsync(Subject[] subjects, int warmUps)
    {
        var (took, allocated) = (subjects.Select(static _ => new List<double>()).ToArray(), subjects.Select(static _ => new List<double>()).ToArray());
        var first = new double[subjects.Length];
        for (var round = -warmUps; round < Measure.Rounds(15); round++)
        {
            for (var i = 0; i < subjects.Length; i++)
            {
                subjects[i].Prepare();
                GC.Collect();
                var bytes = GC.GetTotalAllocatedBytes(precise: true);
                var started = Stopwatch.GetTimestamp();
                await subjects[i].Run();
                var microseconds = Stopwatch.GetElapsedTime(started).TotalMicroseconds;
                bytes = GC.GetTotalAllocatedBytes(precise: true) - bytes;
                if (round == -warmUps)
                {
                    first[i] = microseconds;
                }

                if (round >= 0)
                {
                    took[i].Add(microseconds);
                    allocated[i].Add(bytes);
                }
            }
        }

        return [.. subjects.Select((subject, i) => (subject.Name, first[i], Measure.Median(took[i]), Measure.Median(allocated[i])))];
    }

    private static void Await(Client client, string key, long version)
    {
        var started = Stopwatch.GetTimestamp();
        var spin = new SpinWait();
        while (VersionOf(client, key) != version)
        {
            // Never a sleep: a millisecond would be a tenth of what is measured.
            spin.SpinOnce(sleep1Threshold: -1);
            if (spin.Count % 1_000 == 0 && Stopwatch.GetElapsedTime(started) > Limit)
            {
                throw new TimeoutException("The burst has not arrived.");
            }
        }
    }

    private static long VersionOf(Client client, string key) => client.System.Snapshot.Flags.Find(key)!.Version;

    /// <summary>Who is measured.</summary>
    /// <param name="Name">The name.</param>
    /// <param name="Prepare">Comes before the clock starts.</param>
    /// <param name="Run">The burst, to its end.</param>
    private sealed record Subject(string Name, Action Prepare, Func<Task> Run);
}
