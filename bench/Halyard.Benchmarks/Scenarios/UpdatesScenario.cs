using System.Runtime.CompilerServices;
using Halyard.Benchmarks.Naive;
using Halyard.Benchmarks.Suite;
using Halyard.DataSystems.Sources.Streaming;
using Halyard.Model;

namespace Halyard.Benchmarks.Scenarios;

/// <summary>Single patches from their bytes to the value that readers see, by the number of flags in the store.</summary>
internal sealed class UpdatesScenario : IScenario
{
    private const double Goal = 350_000;
    private const int Patched = 100;

    public string Name => "updates";

    public string Title => "Updates: parse and apply one patch of 1.2 KB";

    public async IAsyncEnumerable<Figure> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var flags in new[] { 100, 1_000, 10_000, 100_000 })
        {
            cancellationToken.ThrowIfCancellationRequested();
            var data = Payload.DataSetOf(flags);
            string[] keys = [.. data.Flags.Chunk(flags / Patched).Select(static chunk => chunk[0].Key)];
            var (client, destination) = await BenchClient.StartAsync(data);
            await using var disposed = client;
            var (listened, listenedDestination) = await BenchClient.StartAsync(data);
            await using var listenedDisposed = listened;
            listened.FlagChanges.Changed += static _ => { };
            var naive = NaiveClient.With(flags).Store;
            var naiveListened = NaiveClient.With(flags).Store;
            naiveListened.Changed += static (_, _) => { };

            var patches = Array.ConvertAll(keys, Updates.Patch);
            var items = Array.ConvertAll(keys, Updates.Item);
            var version = VersionedText.First;
            var timings = Measure.InTurn(
                Measure.Rounds(9),
                ("Halyard", n => Upsert(destination, n)),
                ("Halyard, a listener", n => Upsert(listenedDestination, n)),
                ("naive", n => UpsertNaively(naive, n)),
                ("naive, a listener", n => UpsertNaively(naiveListened, n)));
            Upsert(destination, Patched);
            if (keys.Any(key => client.System.Snapshot.Flags.Find(key)!.Version <= version - Patched))
            {
                throw new InvalidOperationException("A patch was lost.");
            }

            foreach (var (subject, timing) in timings)
            {
                yield return new(FormattableString.Invariant($"{flags:#,0} flags"), subject, 1e9 / timing.MedianNanoseconds, "per s")
                {
                    AllocatedBytes = subject == "Halyard, a listener" ? BytesOfAllThreads(n => Upsert(listenedDestination, n)) : timing.AllocatedBytes,
                    Reference = subject.StartsWith("naive", StringComparison.Ordinal) ? null : subject.Replace("Halyard", "naive", StringComparison.Ordinal),
                    Goal = subject.StartsWith("Halyard", StringComparison.Ordinal) ? Goal : null,
                };
            }

            void Upsert(IDataDestination to, int times)
            {
                for (var i = 0; i < times; i++)
                {
                    var item = WholeEventReader.Parse("patch"u8, patches[i % Patched].At(++version)).Item!;
                    if (!to.Upsert(DataKind.Flag, item.Key, item))
                    {
                        throw new InvalidOperationException("A patch was refused.");
                    }
                }
            }

            void UpsertNaively(NaiveStore to, int times)
            {
                for (var i = 0; i < times; i++)
                {
                    if (!to.UpsertFlag(keys[i % Patched], items[i % Patched].At(++version)))
                    {
                        throw new InvalidOperationException("A patch was refused.");
                    }
                }
            }
        }
    }

    // The listener is told on another thread.
    private static double BytesOfAllThreads(Action<int> loop)
    {
        const int Times = 10_000;
        var before = GC.GetTotalAllocatedBytes(precise: true);
        loop(Times);
        return (GC.GetTotalAllocatedBytes(precise: true) - before) / (double)Times;
    }
}
