using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;

namespace Halyard.Benchmarks;

/// <summary>
/// Lazy Load over a Redis of its own (<c>redis-server</c> on a free port), beside pushed data and the bare Redis
/// client; one markdown table. Not BenchmarkDotNet: two threads, and 64 reads in flight, are loops of their own.
/// </summary>
internal sealed class LazyLoadRun : IAsyncDisposable
{
    private const int InFlight = 64;
    private const int Threads = 2;

    private static readonly TimeSpan Warm = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(2);

    private readonly int _port = FreePort();
    private readonly Process _server;
    private readonly Context _context = Payload.FirstContext;

    private LazyLoadRun() => _server = Process.Start(new ProcessStartInfo(
        "redis-server",
        ["--port", Text(_port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", Path.GetTempPath()])
    {
        RedirectStandardOutput = true,
    })!;

    private string Address => $"127.0.0.1:{Text(_port)}";

    public static async Task RunAsync()
    {
        await using var run = new LazyLoadRun();
        run._server.OutputDataReceived += static (_, _) => { };
        run._server.BeginOutputReadLine();
        using var redis = await run.ConnectAsync();

        Console.WriteLine("| work | Lazy Load | beside it | ratio |");
        Console.WriteLine("|---|---|---|---|");
        await run.WarmReadsAsync();
        await run.ColdReadsAsync(redis);
        foreach (var flags in new[] { 1_000, 10_000 })
        {
            await run.AllFlagsAsync(flags);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _server.Kill();
        await _server.WaitForExitAsync();
        _server.Dispose();
    }

    private async Task WarmReadsAsync()
    {
        var store = await FillAsync(1_000, "warm");
        await using var lazy = await StartAsync(store, Timeout.InfiniteTimeSpan);
        await using var pushed = await Client.StartAsync(new() { DataSystem = DataSystem.Custom(context => new OneShotSource(context.Status, Payload.DataSetOf(1_000))) });
        var key = Payload.DataSetOf(1).Flags.First().Key;
        if (lazy.JsonVariation(key, _context, Value.Null) != pushed.JsonVariation(key, _context, Value.Null))
        {
            throw new InvalidOperationException($"{key} differs.");
        }

        foreach (var threads in new[] { 1, Threads })
        {
            // In turns, so that what else the machine does reaches both.
            var (lazily, memory) = (new List<double>(), new List<double>());
            for (var round = 0; round < 3; round++)
            {
                memory.Add(ReadsPerSecond(pushed, key, threads));
                lazily.Add(ReadsPerSecond(lazy, key, threads));
            }

            var (l, m) = (Median(lazily), Median(memory));
            Row(
                $"warm read, {threads} thread{(threads == 1 ? "" : "s")}",
                $"{l / 1e6:0.0} million/s ({threads * 1e9 / l:0} ns, {BytesPer(lazy, key)} B)",
                $"MemoryStore: {m / 1e6:0.0} million/s ({threads * 1e9 / m:0} ns, {BytesPer(pushed, key)} B)",
                $"{m / l:0.00} times the time");
        }
    }

    private async Task ColdReadsAsync(ConnectionMultiplexer redis)
    {
        const int flags = 10_000;
        var store = await FillAsync(flags, "cold");
        string[] keys = [.. Payload.DataSetOf(flags).Flags.Select(static flag => flag.Key)];
        var database = redis.GetDatabase();
        RedisKey hash = "cold:features";
        var (raw, lazily, rawBytes, lazyBytes) = (new List<double>(), new List<double>(), 0L, 0L);
        for (var round = 0; round < 4; round++)
        {
            var (rawRate, allocated) = await InFlightAsync(keys, async key =>
            {
                if ((await database.HashGetAsync(hash, key)).IsNull)
                {
                    throw new InvalidOperationException($"{key} is missing.");
                }
            });

            // A client that has read nothing yet.
            await using var client = await StartAsync(store, Timeout.InfiniteTimeSpan);
            var (rate, lazyAllocated) = await InFlightAsync(keys, async key => await client.JsonVariationAsync(key, _context, Value.Null));
            if (round != 0)
            {
                raw.Add(rawRate);
                lazily.Add(rate);
                (rawBytes, lazyBytes) = (allocated, lazyAllocated);
            }
        }

        var (l, r) = (Median(lazily), Median(raw));
        Row(
            $"cold reads, {InFlight} in flight, {flags} flags",
            $"{l:#,0}/s ({lazyBytes / flags:#,0} B each, parsed and evaluated)",
            $"raw HGET: {r:#,0}/s ({rawBytes / flags:#,0} B each)",
            $"{r / l:0.00} times the time");
    }

    private async Task AllFlagsAsync(int flags)
    {
        var store = await FillAsync(flags, "all" + Text(flags));
        await using var pushed = await Client.StartAsync(new() { DataSystem = DataSystem.Custom(context => new OneShotSource(context.Status, Payload.DataSetOf(flags))) });
        var cold = new List<(double Time, double Bytes)>();
        for (var round = 0; round < 4; round++)
        {
            await using var client = await StartAsync(store, Timeout.InfiniteTimeSpan);
            var before = GC.GetTotalAllocatedBytes();
            var started = Stopwatch.GetTimestamp();
            Expect(flags, await client.AllFlagsStateAsync(_context));
            var took = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            if (round != 0)
            {
                cold.Add((took, GC.GetTotalAllocatedBytes() - before));
            }
        }

        await using var warm = await StartAsync(store, Timeout.InfiniteTimeSpan);
        Expect(flags, await warm.AllFlagsStateAsync(_context));
        var (lazily, memory) = (new List<(double Time, double Bytes)>(), new List<(double Time, double Bytes)>());
        for (var round = 0; round < 6; round++)
        {
            // In turns; the first two of each let the compiler finish its work.
            var (lazyRound, memoryRound) = (AllFlagsWarm(warm, flags), AllFlagsWarm(pushed, flags));
            if (round > 1)
            {
                lazily.Add(lazyRound);
                memory.Add(memoryRound);
            }
        }

        var (lazyTime, lazyBytes) = (Median(lazily.ConvertAll(static l => l.Time)), Median(lazily.ConvertAll(static l => l.Bytes)));
        var (memoryTime, memoryBytes) = (Median(memory.ConvertAll(static m => m.Time)), Median(memory.ConvertAll(static m => m.Bytes)));
        Row(
            $"all flags, cold, {flags:#,0} flags",
            $"{Median(cold.ConvertAll(static c => c.Time)):0.0} ms, {Median(cold.ConvertAll(static c => c.Bytes)) / 1e6:0.0} MB",
            $"",
            $"");
        Row(
            $"all flags, warm, {flags:#,0} flags",
            $"{lazyTime:0.00} ms, {lazyBytes / 1e3:#,0} kB",
            $"MemoryStore: {memoryTime:0.00} ms, {memoryBytes / 1e3:#,0} kB",
            $"{lazyTime / memoryTime:0.00} times the time");
    }

    private (double Milliseconds, double Bytes) AllFlagsWarm(Client client, int flags)
    {
        var rounds = 200_000 / flags;
        Expect(flags, client.AllFlagsState(_context));
        var before = GC.GetAllocatedBytesForCurrentThread();
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < rounds; i++)
        {
            client.AllFlagsState(_context);
        }

        return (Stopwatch.GetElapsedTime(started).TotalMilliseconds / rounds, (GC.GetAllocatedBytesForCurrentThread() - before) / (double)rounds);
    }

    private static void Expect(int flags, AllFlagsState state)
    {
        if (!state.IsValid || state.Values.Count != flags)
        {
            throw new InvalidOperationException($"{state.Values.Count} flags instead of {flags}.");
        }
    }

    private double ReadsPerSecond(Client client, string key, int threads)
    {
        Loop(Warm);
        return Loop(Measured);

        double Loop(TimeSpan length)
        {
            var counts = new long[threads];
            var started = Stopwatch.GetTimestamp();
            Thread[] workers = [.. Enumerable.Range(0, threads).Select(i => new Thread(() =>
            {
                var count = 0L;
                while (Stopwatch.GetElapsedTime(started) < length)
                {
                    for (var n = 0; n < 1_000; n++)
                    {
                        client.JsonVariation(key, _context, Value.Null);
                    }

                    count += 1_000;
                }

                counts[i] = count;
            }))];
            Array.ForEach(workers, static worker => worker.Start());
            Array.ForEach(workers, static worker => worker.Join());
            return counts.Sum() / Stopwatch.GetElapsedTime(started).TotalSeconds;
        }
    }

    private long BytesPer(Client client, string key)
    {
        const int reads = 100_000;
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < reads; i++)
        {
            client.JsonVariation(key, _context, Value.Null);
        }

        return (GC.GetAllocatedBytesForCurrentThread() - before) / reads;
    }

    private static async Task<(double PerSecond, long Bytes)> InFlightAsync(string[] keys, Func<string, Task> read)
    {
        var next = -1;
        var before = GC.GetTotalAllocatedBytes();
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, InFlight).Select(async _ =>
        {
            for (var i = Interlocked.Increment(ref next); i < keys.Length; i = Interlocked.Increment(ref next))
            {
                await read(keys[i]);
            }
        }));
        return (keys.Length / Stopwatch.GetElapsedTime(started).TotalSeconds, GC.GetTotalAllocatedBytes() - before);
    }

    private async Task<ConnectionMultiplexer> ConnectAsync()
    {
        var limit = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                return await ConnectionMultiplexer.ConnectAsync(Address);
            }
            catch (RedisConnectionException) when (limit.Elapsed < TimeSpan.FromSeconds(20) && !_server.HasExited)
            {
                await Task.Delay(50);
            }
        }
    }

    private async Task<RedisStore> FillAsync(int flags, string prefix)
    {
        var store = new RedisStore(Address, prefix);
        var memory = new MemoryStore();
        memory.Init(Payload.DataSetOf(flags));
        await using var writer = store.CreateWriter(new(NullLoggerFactory.Instance, TimeProvider.System));
        await writer.InitAsync([.. DependencyOrder.Of(memory.Snapshot).Select(PersistentStoreWriter.Serialize)], CancellationToken.None);
        return store;
    }

    private static Task<Client> StartAsync(RedisStore store, TimeSpan ttl) => Client.StartAsync(new() { DataSystem = new LazyLoadOptions(store) { Ttl = ttl } });

    private static double Median(List<double> values)
    {
        values.Sort();
        return values[values.Count / 2];
    }

    private static void Row(FormattableString work, FormattableString lazy, FormattableString other, FormattableString ratio) => Console.WriteLine(
        $"| {Invariant(work)} | {Invariant(lazy)} | {Invariant(other)} | {Invariant(ratio)} |");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
