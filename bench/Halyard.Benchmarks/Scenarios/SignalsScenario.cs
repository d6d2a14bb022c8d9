using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Halyard.Benchmarks.Suite;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;

namespace Halyard.Benchmarks.Scenarios;

/// <summary>
/// How soon a change in a Redis store is known to Lazy Load clients that hold 100 flags of it, and what it costs: a change
/// by Halyard's own writer, which names the key, by a foreign one, of which only the hash is heard, and a burst. All run on
/// one machine, so that with many clients the figures are of its processor more than of the way of a signal.
/// </summary>
internal sealed class SignalsScenario : IScenario
{
    private const int Flags = 100;
    private const int Burst = 1_000;
    private const string Prefix = "signals";

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);
    private static readonly Context Context = Context.New("user");

    private long _version = 1;

    public string Name => "signals";

    public string Title => "Lazy Load, change signals of Redis";

    public async IAsyncEnumerable<Figure> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var redis = await OwnRedis.StartAsync(cancellationToken);
        var store = new RedisStore(redis.Address, Prefix);

        // A fleet's clients are processes of their own: two threads for each of a thousand connections in this one are no part of it.
        var fleetStore = new RedisStore(new RedisStoreOptions { Configuration = redis.Address, Prefix = Prefix, DedicatedThreads = false });
        await using var writer = store.CreateWriter(new(NullLoggerFactory.Instance, TimeProvider.System));
        await writer.InitAsync([.. Enumerable.Range(0, Flags).Select(i => StampedFlag.Item(StampedFlag.Key(i), _version))], cancellationToken);
        var database = redis.Connection.GetDatabase();
        foreach (var (clients, changes) in Measure.Quick ? [(1, 3), (20, 3)] : new[] { (1, 20), (100, 10), (1_000, 5) })
        {
            if (clients > 1)
            {
                ConnectionMultiplexer.SetFeatureFlag(nameof(RedisStoreOptions.DedicatedThreads), false);
            }

            await using var fleet = await Listeners.StartAsync(clients == 1 ? store : fleetStore, clients);
            // This writer reads the version that is there before it writes.
            foreach (var figure in await ChangesAsync(redis, fleet, "Halyard's writer", changes, writersReads: 1, async key =>
                await writer.UpsertAsync(StampedFlag.Item(key, ++_version), cancellationToken)))
            {
                yield return figure;
            }

            foreach (var figure in await ChangesAsync(redis, fleet, "foreign writer", changes, writersReads: 0, key => WriteAsync(database, key)))
            {
                yield return figure;
            }

            if (clients == 100)
            {
                foreach (var figure in await BurstAsync(redis, fleet, database))
                {
                    yield return figure;
                }
            }
        }
    }

    private async Task<List<Figure>> ChangesAsync(OwnRedis redis, Listeners fleet, string by, int changes, int writersReads, Func<string, Task> write)
    {
        var delays = new List<double>();
        RedisLoad load = new(0, 0, 0);
        for (var i = -1; i < changes; i++)
        {
            // What was read because of the change before is paid for by now.
            await Task.Delay(TimeSpan.FromSeconds(2));
            var before = await RedisLoad.OfAsync(redis);
            var heard = fleet.Expect();
            await write(StampedFlag.Key((i + 1) % Flags));
            await heard.WaitAsync(Limit);

            // A signal that names a hash may still have clients read after the value that was waited for has come.
            await Task.Delay(TimeSpan.FromMilliseconds(200));
            if (i >= 0)
            {
                delays.AddRange(fleet.Delays);
                var after = (await RedisLoad.OfAsync(redis)).Since(before);
                load = new(load.Reads + after.Reads, load.SentBytes + after.SentBytes, load.ProcessorSeconds + after.ProcessorSeconds);
            }
        }

        var each = (double)changes * fleet.Count;
        var work = $"{Clients(fleet.Count)}, a change by {Article(by)}";
        return
        [
            new(work + ", visible, median", "Halyard", Measure.Median(delays), "ms") { Goal = by == "foreign writer" ? 50 : null },
            new(work + ", visible, 99th percentile", "Halyard", Measure.Percentile(delays, 0.99), "ms"),
            new(work + ", requests a client", "Halyard", (load.Reads - (changes * writersReads)) / each, "requests") { Goal = 1 },
            new(work + ", sent to a client", "Halyard", load.SentBytes / each, "B"),
            new(work + ", server's processor for a client", "Halyard", load.ProcessorSeconds * 1e6 / each, "µs"),
        ];
    }

    /// <summary>1,000 changes by a foreign writer as fast as it can, of all flags in turn.</summary>
    private async Task<List<Figure>> BurstAsync(OwnRedis redis, Listeners fleet, IDatabase database)
    {
        await Task.Delay(TimeSpan.FromSeconds(2));
        var before = await RedisLoad.OfAsync(redis);
        for (var i = 0; i < Burst - 1; i++)
        {
            await WriteAsync(database, StampedFlag.Key(i % Flags));
        }

        var heard = fleet.Expect();
        await WriteAsync(database, StampedFlag.Key(Flags - 1));
        await heard.WaitAsync(Limit);
        await Task.Delay(TimeSpan.FromSeconds(2));
        var load = (await RedisLoad.OfAsync(redis)).Since(before);
        var work = $"{Clients(fleet.Count)}, a burst of {Burst:#,0} changes by a foreign writer";
        return
        [
            new(work + ", the last one visible, median", "Halyard", Measure.Median(fleet.Delays), "ms"),
            new(work + ", requests a client", "Halyard", load.Reads / fleet.Count, "requests"),
            new(work + ", sent to a client", "Halyard", load.SentBytes / fleet.Count, "B"),
        ];
    }

    private Task<bool> WriteAsync(IDatabase database, string key) =>
        database.HashSetAsync(Prefix + ":features", key, StampedFlag.Text(key, ++_version));

    private static string Clients(int count) => count == 1 ? "1 client" : $"{count:#,0} clients";

    private static string Article(string by) => by.StartsWith("foreign", StringComparison.Ordinal) ? "a " + by : by;

    /// <summary>Clients that hold all flags and hear of each change.</summary>
    private sealed class Listeners : IAsyncDisposable
    {
        private readonly List<Client> _clients = [];
        private volatile Round _round = new(0, 0);

        public int Count => _clients.Count;

        /// <summary>How long it took each client to know the change that was expected last, in milliseconds.</summary>
        public IReadOnlyCollection<double> Delays => _round.Delays;

        public static async Task<Listeners> StartAsync(RedisStore store, int clients)
        {
            var fleet = new Listeners();
            for (var i = 0; i < clients; i++)
            {
                var client = await Client.StartAsync(new() { DataSystem = new LazyLoadOptions(store) { Ttl = TimeSpan.FromMinutes(30) } });
                for (var flag = 0; flag < Flags; flag++)
                {
                    _ = StampedFlag.Written(client, StampedFlag.Key(flag), Context) ?? throw new InvalidOperationException("A flag is missing.");
                }

                var own = i;
                client.FlagChanges.Changed += change => fleet.Hear(own, client, change);
                fleet._clients.Add(client);
            }

            foreach (var client in fleet._clients)
            {
                while (client.LazyLoadStatistics is not { HearsChanges: true })
                {
                    await Task.Delay(10);
                }
            }

            return fleet;
        }

        /// <summary>Completes when all clients have heard of something that is written from now on.</summary>
        public Task Expect()
        {
            var round = new Round(_clients.Count, StampedFlag.Now - 0.01);
            _round = round;
            return round.Done.Task;
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var client in _clients)
            {
                await client.DisposeAsync();
            }
        }

        private void Hear(int own, Client client, FlagChange change)
        {
            var round = _round;
            foreach (var key in change.Keys)
            {
                if (StampedFlag.Written(client, key, Context) is { } written && written >= round.Since && round.Heard.TryAdd(own, true))
                {
                    round.Delays.Add(StampedFlag.Now - written);
                    if (round.Heard.Count == round.Clients)
                    {
                        round.Done.TrySetResult();
                    }
                }
            }
        }

        private sealed record Round(int Clients, double Since)
        {
            public ConcurrentDictionary<int, bool> Heard { get; } = new();

            public ConcurrentBag<double> Delays { get; } = [];

            public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }
}
