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

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    public string Name => "bursts";

    public string Title => "Bursts of 2,000 updates of one flag each, per update (goal: also under 10 KB)";

    public async IAsyncEnumerable<Figure> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var flags in new[] { 100, 1_000, 10_000, 100_000 })
        {
            cancellationToken.ThrowIfCancellationRequested();
            var data = Payload.DataSetOf(flags);
            string[] keys = [.. data.Flags.Take(10_000).Chunk(Math.Max(1, Math.Min(flags, 10_000) / Burst)).Select(static chunk => chunk[0].Key).Take(Burst)];
            var (direct, destination) = await BenchClient.StartAsync(data);
            await using var disposed = direct;
            var (older, olderClient) = await LoopbackStream.StartAsync(ProtocolVersion.V1, WirePayload.Of(ProtocolVersion.V1, flags));
            using var olderDisposed = older;
            await using var olderClientDisposed = olderClient;
            var (newer, newerClient) = await LoopbackStream.StartAsync(ProtocolVersion.V2, WirePayload.Of(ProtocolVersion.V2, flags));
            using var newerDisposed = newer;
            await using var newerClientDisposed = newerClient;
            var naive = NaiveClient.With(flags).Store;

            var changeSets = new ChangeSets(destination);
            var puts = Array.ConvertAll(keys, Updates.Put);
            var items = Array.ConvertAll(keys, Updates.Item);
            var patchChunks = Array.ConvertAll(keys, static key => Updates.Chunk(ProtocolVersion.V1, key));
            var putChunks = Array.ConvertAll(keys, static key => Updates.Chunk(ProtocolVersion.V2, key));
            var version = VersionedText.First;
            var timings = await Measure.InTurnAsync(
                4,
                Measure.Rounds(9),
                ("Halyard, FDv2, protocol alone", Run(i => changeSets.Put(puts[i % puts.Length], ++version))),
                ("Halyard, FDv2, loopback stream", () => StreamAsync(newer, newerClient, putChunks)),
                ("Halyard, FDv1, loopback stream", () => StreamAsync(older, olderClient, patchChunks)),
                ("naive, parsed and stored alone", Run(i => naive.UpsertFlag(keys[i % keys.Length], items[i % items.Length].At(++version)))));
            foreach (var (subject, timing) in timings)
            {
                yield return new(FormattableString.Invariant($"{flags:#,0} flags"), subject, timing.MedianMicroseconds / Burst, "µs")
                {
                    AllocatedBytes = timing.AllocatedBytes / Burst,
                    Reference = subject.StartsWith("naive", StringComparison.Ordinal) ? null : "naive, parsed and stored alone",
                    Goal = subject.StartsWith("Halyard", StringComparison.Ordinal) ? Goal : null,
                };
            }

            async Task StreamAsync(LoopbackStream stream, Client client, VersionedText[] chunks)
            {
                var first = version + 1;
                var bytes = VersionedText.Concat(Enumerable.Range(0, Burst).Select(i => chunks[i % chunks.Length]), first);
                version += Burst;
                var sending = Task.Run(() => stream.Send(bytes), cancellationToken);
                Await(client, keys[(Burst - 1) % keys.Length], version);
                await sending;
                if (Enumerable.Range(Math.Max(0, Burst - keys.Length), Math.Min(Burst, keys.Length)).Any(i => VersionOf(client, keys[i % keys.Length]) != first + i))
                {
                    throw new InvalidOperationException("An update was lost.");
                }
            }
        }
    }

    private static Func<Task> Run(Action<int> update) => () =>
    {
        for (var i = 0; i < Burst; i++)
        {
            update(i);
        }

        return Task.CompletedTask;
    };

    private static void Await(Client client, string key, long version)
    {
        var started = DateTime.UtcNow;
        var spin = new SpinWait();
        while (VersionOf(client, key) != version)
        {
            // Never a sleep: a millisecond would be a tenth of what is measured.
            spin.SpinOnce(sleep1Threshold: -1);
            if (spin.Count % 1_000 == 0 && DateTime.UtcNow - started > Limit)
            {
                throw new TimeoutException("The burst has not arrived.");
            }
        }
    }

    private static long VersionOf(Client client, string key) => client.System.Snapshot.Flags.Find(key)!.Version;
}
