using System.Diagnostics;
using System.Runtime.CompilerServices;
using Halyard.Benchmarks.Naive;
using Halyard.Benchmarks.Suite;
using Halyard.DataSystems.Sources.Streaming;
using Halyard.Model;

namespace Halyard.Benchmarks.Scenarios;

/// <summary>Two threads that read all flags in turn, undisturbed and while 1,000 updates a second are parsed and applied.</summary>
internal sealed class ReadersScenario : IScenario
{
    private const int Flags = 10_000;
    private const int Threads = 2;
    private const int UpdatesPerSecond = 1_000;
    private const int Updated = 500;
    private const double GoalRatio = 0.95;

    public string Name => "readers";

    public string Title => "Two reader threads over 10,000 flags";

    public async IAsyncEnumerable<Figure> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var data = Payload.DataSetOf(Flags);
        string[] keys = [.. data.Flags.Select(static flag => flag.Key)];
        string[] updated = [.. data.Flags.Chunk(Flags / Updated).Select(static chunk => chunk[^1].Key)];
        var (client, destination) = await BenchClient.StartAsync(data);
        await using var disposed = client;
        var naive = NaiveClient.With(Flags);
        var (context, naiveContext) = (Payload.FirstContext, new NaiveContext(Payload.ContextTexts[0]));
        BenchClient.ExpectSameAnswers(client, naive);

        var patches = Array.ConvertAll(updated, Updates.Patch);
        var puts = Array.ConvertAll(updated, Updates.Put);
        var items = Array.ConvertAll(updated, Updates.Item);
        var changeSets = new ChangeSets(destination);
        var version = VersionedText.First;

        (string Name, string? Reference, Action<string> Read, Action<int>? Update, Func<string, long>? VersionOf)[] subjects =
        [
            ("Halyard, no updates", null, ReadFlag, null, null),
            ("Halyard, 1,000 patches/s (FDv1)", "Halyard, no updates", ReadFlag, Patch, VersionOf),
            ("Halyard, 1,000 change sets/s (FDv2)", "Halyard, no updates", ReadFlag, i => changeSets.Put(puts[i % Updated], ++version), VersionOf),
            ("naive, no updates", null, ReadNaively, null, null),
            ("naive, 1,000 updates/s", "naive, no updates", ReadNaively, i => naive.Store.UpsertFlag(updated[i % Updated], items[i % Updated].At(++version)), key => naive.Store.Flag(key)!.Version),
        ];
        var rates = subjects.ToDictionary(static subject => subject.Name, static _ => new List<double>(), StringComparer.Ordinal);
        var length = TimeSpan.FromSeconds(Measure.Quick ? 0.3 : 1.5);
        for (var round = -1; round < Measure.Rounds(9); round++)
        {
            foreach (var (name, _, read, update, versionOf) in subjects)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var before = version;
                var rate = ReadsPerSecond(keys, read, update, length);
                if (update is not null)
                {
                    ExpectApplied(updated, before, version, versionOf!, length);
                }

                if (round >= 0)
                {
                    rates[name].Add(rate);
                }
            }
        }

        foreach (var (name, reference, _, _, _) in subjects)
        {
            yield return new("reads of all flags in turn", name, Measure.Median(rates[name]), "reads per s")
            {
                Reference = reference,
                GoalRatio = name.StartsWith("Halyard", StringComparison.Ordinal) && reference is not null ? GoalRatio : null,
            };
        }

        void ReadFlag(string key) => client.JsonVariation(key, context, Value.Null);

        void ReadNaively(string key) => naive.Detail(key, naiveContext);

        long VersionOf(string key) => client.System.Snapshot.Flags.Find(key)!.Version;

        void Patch(int i)
        {
            var item = WholeEventReader.Parse("patch"u8, patches[i % Updated].At(++version)).Item!;
            destination.Upsert(DataKind.Flag, item.Key, item);
        }
    }

    private static double ReadsPerSecond(string[] keys, Action<string> read, Action<int>? update, TimeSpan length)
    {
        var counts = new long[Threads];
        var started = Stopwatch.GetTimestamp();
        List<Thread> threads = [.. Enumerable.Range(0, Threads).Select(thread => new Thread(() =>
        {
            var (count, at) = (0L, thread * keys.Length / Threads);
            while (Stopwatch.GetElapsedTime(started) < length)
            {
                for (var i = 0; i < 256; i++)
                {
                    read(keys[at]);
                    at = at + 1 == keys.Length ? 0 : at + 1;
                }

                count += 256;
            }

            counts[thread] = count;
        }))];
        if (update is not null)
        {
            threads.Add(new(() => UpdateSteadily(update, started, length)));
        }

        threads.ForEach(static thread => thread.Start());
        threads.ForEach(static thread => thread.Join());
        return counts.Sum() / length.TotalSeconds;
    }

    private static void UpdateSteadily(Action<int> update, long started, TimeSpan length)
    {
        var done = 0;
        TimeSpan now;
        do
        {
            now = Stopwatch.GetElapsedTime(started);
            for (var due = (int)(Math.Min(now.TotalSeconds, length.TotalSeconds) * UpdatesPerSecond); done < due; done++)
            {
                update(done);
            }

            Thread.Sleep(1);
        }
        while (now < length);
    }

    /// <summary>Every update has a version of its own, so that the last of each flag tells whether all of them came in.</summary>
    private static void ExpectApplied(string[] keys, long before, long after, Func<string, long> versionOf, TimeSpan length)
    {
        var count = after - before;
        if (count != (long)(length.TotalSeconds * UpdatesPerSecond))
        {
            throw new InvalidOperationException($"{count} updates instead of {length.TotalSeconds * UpdatesPerSecond}.");
        }

        for (var i = Math.Max(0, count - keys.Length); i < count; i++)
        {
            if (versionOf(keys[i % keys.Length]) != before + 1 + i)
            {
                throw new InvalidOperationException($"An update of {keys[i % keys.Length]} was lost.");
            }
        }
    }
}
