using System.Diagnostics;
using System.Runtime.CompilerServices;
using Halyard.Benchmarks.Suite;
using Halyard.DataModel.Json.Reading;
using Halyard.Model;
using StackExchange.Redis;

namespace Halyard.Benchmarks.Scenarios;

/// <summary>
/// Lazy Load for callers that block their threads, as most do: one of them and 64, reads of which each must ask the
/// store, beside the bare clients called in the same way, alone and with the parsing that any use of an answer needs.
/// </summary>
internal sealed class BlockingScenario : IScenario
{
    private const int Flags = 10_000;
    private const string Raw = "raw HGET";

    private readonly Context _context = Payload.FirstContext;
    private readonly DataSet _data = Payload.DataSetOf(Flags);

    public string Name => "blocking";

    public string Title => "Lazy Load, blocking reads";

    public async IAsyncEnumerable<Figure> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var redis = await OwnRedis.StartAsync(cancellationToken);
        var store = new RedisStore(redis.Address, "bench");
        await Stores.FillAsync(store, _data, cancellationToken);
        var folder = Directory.CreateTempSubdirectory("halyard-bench");
        try
        {
            var sqlite = new SqliteStore(Path.Combine(folder.FullName, "flags.db"));
            await Stores.FillAsync(sqlite, _data, cancellationToken);
            foreach (var threads in new[] { 1, 64 })
            {
                foreach (var figure in Measured(redis.Connection, store, sqlite, threads))
                {
                    yield return figure;
                }
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private IEnumerable<Figure> Measured(ConnectionMultiplexer redis, RedisStore store, SqliteStore sqlite, int threads)
    {
        // Flags that need nothing else, so that a read is one request. One at a time each waits for its trip alone: fewer do.
        string[] keys = [.. _data.Flags.Where(static flag => flag.Item is { } model && StandsAlone(model)).Select(static flag => flag.Key).Take(threads == 1 ? 2_000 : Flags)];
        var database = redis.GetDatabase();
        RedisKey hash = "bench:features";
        (string Name, Func<Sample> Run)[] subjects =
        [
            (Raw, () => Each(keys, threads, key => Require(database.HashGet(hash, key).HasValue))),
            ("raw HGET, parsed", () => Each(keys, threads, key =>
            {
                var text = (ReadOnlyMemory<byte>)database.HashGet(hash, key);
                Require(ModelReader.ReadItem(DataKind.Flag, key, text.Span).Version != 0);
            })),
            ("Halyard", () => ByClient(store, Timeout.InfiniteTimeSpan)),
            ("Halyard, TTL zero", () => ByClient(store, TimeSpan.Zero)),
            ("Halyard on SQLite", () => ByClient(sqlite, Timeout.InfiniteTimeSpan)),
        ];

        // The first turns are the compiler's.
        var warmUps = Measure.Quick ? 2 : 8;
        var rounds = Measure.Rounds(9);
        var samples = Array.ConvertAll(subjects, static _ => new List<Sample>());
        for (var round = 0; round < warmUps + rounds; round++)
        {
            for (var i = 0; i < subjects.Length; i++)
            {
                var sample = subjects[i].Run();
                if (round >= warmUps)
                {
                    samples[i].Add(sample);
                }
            }
        }

        var work = threads == 1 ? "blocking reads, one thread" : $"blocking reads, {threads} threads";
        foreach (var (subject, taken) in subjects.Zip(samples))
        {
            yield return new(work, subject.Name, 1e9 / Measure.Median(taken.Select(static s => s.Nanoseconds)), "per s")
            {
                AllocatedBytes = Measure.Median(taken.Select(static s => s.Bytes)),
                Reference = subject.Name == Raw ? null : Raw,
                GoalRatio = subject.Name == "Halyard, TTL zero" && threads == 1 ? 0.8 : null,
            };
        }

        foreach (var (subject, taken) in subjects.Zip(samples))
        {
            yield return new(work + ", processor", subject.Name, Measure.Median(taken.Select(static s => s.ProcessorMicroseconds)), "µs")
            {
                Reference = subject.Name == Raw ? null : Raw,
            };
        }

        yield return new(work + ", threads of the pool", "Halyard", ThreadPool.ThreadCount, "threads");

        Sample ByClient(IPersistentStore from, TimeSpan ttl)
        {
            var client = Stores.StartAsync(from, ttl).GetAwaiter().GetResult();
            try
            {
                Require(client.JsonVariation(keys[0], _context, "none") != "none");
                return Each(keys, threads, key => Require(client.JsonVariation(key, _context, "none") != "none"));
            }
            finally
            {
                client.DisposeAsync().AsTask().GetAwaiter().GetResult();
            }
        }
    }

    /// <summary>What a read took, allocated and cost in processor time, with so many threads at it.</summary>
    private static Sample Each(string[] keys, int threads, Action<string> read)
    {
        var next = -1;
        Exception? failure = null;
        Thread[] workers = [.. Enumerable.Range(0, threads).Select(_ => new Thread(() =>
        {
            try
            {
                for (var i = Interlocked.Increment(ref next); i < keys.Length; i = Interlocked.Increment(ref next))
                {
                    read(keys[i]);
                }
            }
            catch (Exception e)
            {
                failure = e;
            }
        }))];
        var bytes = GC.GetTotalAllocatedBytes(precise: true);
        var processor = Environment.CpuUsage.TotalTime;
        var started = Stopwatch.GetTimestamp();
        Array.ForEach(workers, static worker => worker.Start());
        Array.ForEach(workers, static worker => worker.Join());
        var took = Stopwatch.GetElapsedTime(started).TotalNanoseconds;
        if (failure is not null)
        {
            throw new InvalidOperationException("A read failed.", failure);
        }

        return new(
            took / keys.Length,
            (GC.GetTotalAllocatedBytes(precise: true) - bytes) / (double)keys.Length,
            (Environment.CpuUsage.TotalTime - processor).TotalMicroseconds / keys.Length);
    }

    private static bool StandsAlone(Flag flag) =>
        flag.Prerequisites.Length == 0 && flag.Rules.All(static rule => rule.Clauses.All(static clause => clause.Op != "segmentMatch"));

    private static void Require(bool holds)
    {
        if (!holds)
        {
            throw new InvalidOperationException("A read did not give what it should.");
        }
    }

    private sealed record Sample(double Nanoseconds, double Bytes, double ProcessorMicroseconds);
}
