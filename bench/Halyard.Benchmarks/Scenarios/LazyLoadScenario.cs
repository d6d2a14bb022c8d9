using System.Diagnostics;
using System.Runtime.CompilerServices;
using Halyard.Benchmarks.Suite;
using Halyard.DataModel.Json.Reading;
using Halyard.Model;
using StackExchange.Redis;

namespace Halyard.Benchmarks.Scenarios;

/// <summary>
/// Lazy Load over Redis and SQLite: reads that must ask the store, beside the bare Redis client (alone, and with the
/// parsing that any use of an answer needs), and reads that need not, beside pushed data.
/// </summary>
internal sealed class LazyLoadScenario : IScenario
{
    private const int Flags = 10_000;
    private const string Raw = "raw HGET";
    private const string RawParsed = "raw HGET, parsed";

    private readonly Context _context = Payload.FirstContext;
    private readonly DataSet _data = Payload.DataSetOf(Flags);

    public string Name => "lazyload";

    public string Title => "Lazy Load";

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
            foreach (var figure in await ColdAsync(redis.Connection, store, sqlite, inFlight: 64))
            {
                yield return figure;
            }

            foreach (var figure in await ColdAsync(redis.Connection, store, sqlite, inFlight: 1))
            {
                yield return figure;
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        foreach (var figure in await WarmAsync(store))
        {
            yield return figure;
        }

        foreach (var flags in new[] { 1_000, Flags })
        {
            var part = new RedisStore(redis.Address, $"all{flags}");
            await Stores.FillAsync(part, new([.. _data.Flags.Take(flags)], _data.Segments), cancellationToken);
            foreach (var figure in await AllFlagsAsync(part, flags))
            {
                yield return figure;
            }
        }
    }

    /// <summary>Every flag once, by a client that has read nothing yet; and again by one that keeps nothing.</summary>
    private async Task<List<Figure>> ColdAsync(ConnectionMultiplexer redis, RedisStore store, SqliteStore sqlite, int inFlight)
    {
        // One at a time each waits for its trip alone: fewer do.
        string[] keys = [.. _data.Flags.Select(static flag => flag.Key).Take(inFlight == 1 ? 2_000 : Flags)];
        var database = redis.GetDatabase();
        RedisKey hash = "bench:features";
        (string Name, Func<Task<(double Nanoseconds, double Bytes)>> Run)[] subjects =
        [
            (Raw, () => EachAsync(keys, inFlight, async key => Require((await database.HashGetAsync(hash, key)).HasValue))),
            (RawParsed, () => EachAsync(keys, inFlight, async key =>
            {
                var text = (ReadOnlyMemory<byte>)await database.HashGetAsync(hash, key);
                Require(ModelReader.ReadItem(DataKind.Flag, key, text.Span).Version != 0);
            })),
            ("Halyard", () => ByClientAsync(store, Timeout.InfiniteTimeSpan)),
            ("Halyard, TTL zero", () => ByClientAsync(store, TimeSpan.Zero)),
            ("Halyard on SQLite", () => ByClientAsync(sqlite, Timeout.InfiniteTimeSpan)),
        ];

        // The first turns are the compiler's.
        var warmUps = Measure.Quick ? 2 : 8;
        var rounds = Measure.Rounds(9);
        var samples = Array.ConvertAll(subjects, static _ => new List<(double Nanoseconds, double Bytes)>());
        for (var round = 0; round < warmUps + rounds; round++)
        {
            for (var i = 0; i < subjects.Length; i++)
            {
                var sample = await subjects[i].Run();
                if (round >= warmUps)
                {
                    samples[i].Add(sample);
                }
            }
        }

        var work = inFlight == 1 ? "cold reads, one at a time" : $"cold reads, {inFlight} in flight";
        return [.. subjects.Select((subject, i) => new Figure(work, subject.Name, 1e9 / Measure.Median(samples[i].Select(static s => s.Nanoseconds)), "per s")
        {
            AllocatedBytes = Measure.Median(samples[i].Select(static s => s.Bytes)),
            Reference = subject.Name == Raw ? null : Raw,
            GoalRatio = subject.Name == "Halyard" ? 0.9 : null,
        })];

        async Task<(double Nanoseconds, double Bytes)> ByClientAsync(IPersistentStore from, TimeSpan ttl)
        {
            await using var client = await Stores.StartAsync(from, ttl);
            return await EachAsync(keys, inFlight, async key => Require(await client.JsonVariationAsync(key, _context, "none") != "none"));
        }
    }

    private async Task<List<Figure>> WarmAsync(RedisStore store)
    {
        var figures = new List<Figure>();
        var key = _data.Flags.First().Key;
        await using var lazy = await Stores.StartAsync(store, Timeout.InfiniteTimeSpan);
        await using var pushed = await PushedAsync(_data);
        Require(await lazy.JsonVariationAsync(key, _context, Value.Null) == pushed.JsonVariation(key, _context, Value.Null));
        foreach (var threads in new[] { 1, 2 })
        {
            var timings = Measure.InTurn(15, ("MemoryStore", Loop(pushed, key, threads)), ("Halyard", Loop(lazy, key, threads)));
            var work = threads == 1 ? "warm read" : $"warm read, {threads} threads";
            figures.Add(new(work, "MemoryStore", timings["MemoryStore"].MinNanoseconds, "ns") { AllocatedBytes = Bytes("MemoryStore") });
            figures.Add(new(work, "Halyard", timings["Halyard"].MinNanoseconds, "ns") { AllocatedBytes = Bytes("Halyard"), Reference = "MemoryStore", GoalRatio = 1.5 });

            double? Bytes(string name) => threads == 1 ? timings[name].AllocatedBytes : null;
        }

        return figures;
    }

    private async Task<List<Figure>> AllFlagsAsync(RedisStore store, int flags)
    {
        await using var pushed = await PushedAsync(new([.. _data.Flags.Take(flags)], _data.Segments));
        await using var lazy = await Stores.StartAsync(store, Timeout.InfiniteTimeSpan);
        Require((await lazy.AllFlagsStateAsync(_context)).Values.Count == flags);
        var timings = await Measure.InTurnAsync(
            3,
            Measure.Rounds(9),
            ("cold", async () =>
            {
                await using var client = await Stores.StartAsync(store, Timeout.InfiniteTimeSpan);
                Require((await client.AllFlagsStateAsync(_context)).Values.Count == flags);
            }
        ),
            ("MemoryStore", () => Repeated(pushed)),
            ("Halyard", () => Repeated(lazy)));
        const int repeats = 10;
        return
        [
            new($"all flags, {flags:#,0}, cold with the connection", "Halyard", timings["cold"].MedianMilliseconds, "ms") { AllocatedBytes = timings["cold"].AllocatedBytes },
            new($"all flags, {flags:#,0}, warm", "MemoryStore", timings["MemoryStore"].MedianMilliseconds / repeats, "ms") { AllocatedBytes = timings["MemoryStore"].AllocatedBytes / repeats },
            new($"all flags, {flags:#,0}, warm", "Halyard", timings["Halyard"].MedianMilliseconds / repeats, "ms")
            {
                AllocatedBytes = timings["Halyard"].AllocatedBytes / repeats, Reference = "MemoryStore",
            },
        ];

        Task Repeated(Client client)
        {
            for (var i = 0; i < repeats; i++)
            {
                Require(client.AllFlagsState(_context).IsValid);
            }

            return Task.CompletedTask;
        }
    }

    private Action<int> Loop(Client client, string key, int threads) => operations =>
    {
        if (threads == 1)
        {
            Reads(operations);
            return;
        }

        Thread[] workers = [.. Enumerable.Range(0, threads).Select(_ => new Thread(() => Reads(operations / threads)))];
        Array.ForEach(workers, static worker => worker.Start());
        Array.ForEach(workers, static worker => worker.Join());

        void Reads(int count)
        {
            for (var i = 0; i < count; i++)
            {
                client.JsonVariation(key, _context, Value.Null);
            }
        }
    };

    /// <summary>What a read took and allocated, with so many in flight.</summary>
    private static async Task<(double Nanoseconds, double Bytes)> EachAsync(string[] keys, int inFlight, Func<string, Task> read)
    {
        var next = -1;
        var before = GC.GetTotalAllocatedBytes(precise: true);
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, inFlight).Select(async _ =>
        {
            for (var i = Interlocked.Increment(ref next); i < keys.Length; i = Interlocked.Increment(ref next))
            {
                await read(keys[i]);
            }
        }));
        var took = Stopwatch.GetElapsedTime(started).TotalNanoseconds;
        return (took / keys.Length, (GC.GetTotalAllocatedBytes(precise: true) - before) / (double)keys.Length);
    }

    private static Task<Client> PushedAsync(DataSet data) =>
        Client.StartAsync(new() { DataSystem = DataSystem.FromSynchronizer(context => new OneShotSource(context.Status, data)) });

    private static void Require(bool holds)
    {
        if (!holds)
        {
            throw new InvalidOperationException("A read did not give what it should.");
        }
    }
}
