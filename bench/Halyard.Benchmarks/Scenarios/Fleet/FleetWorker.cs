using System.Globalization;
using Halyard.Benchmarks.Suite;

namespace Halyard.Benchmarks.Scenarios;

/// <summary>
/// A process of <see cref="FleetScenario"/> with some of its clients, each of which reads its flags five times a second.
/// Whatever it sees change was written a known time ago. The clients begin at different times, as those of a fleet do: if all
/// began at once, all would ask again at once.
/// </summary>
internal static class FleetWorker
{
    private static readonly TimeSpan Pass = TimeSpan.FromMilliseconds(200);

    /// <summary>Runs until the input ends; prints <c>ready</c>, and at the end what it saw: how many changes, then their delays' median, 99th percentile and maximum in ms.</summary>
    public static async Task RunAsync(string address, int clients, int flags, int held, double ttlSeconds, bool listens, int seed)
    {
        var random = new Random(seed);
        var members = new List<Member>();
        for (var i = 0; i < clients; i++)
        {
            var client = await Client.StartAsync(new()
            {
                DataSystem = new LazyLoadOptions(new RedisStore(address, FleetScenario.Prefix))
                {
                    Ttl = TimeSpan.FromSeconds(ttlSeconds),
                    ListenForChanges = listens,
                    TtlWhileListening = listens ? TimeSpan.FromMinutes(30) : null,
                },
            });
            string[] keys = [.. Enumerable.Range(0, flags).Select(StampedFlag.Key)];
            random.Shuffle(keys);
            members.Add(new(client, keys[..held]));
        }

        Console.WriteLine("ready");
        var delays = new List<double>();
        using var stop = new CancellationTokenSource();

        // On a thread of its own: the console's reader blocks whoever calls it, whatever the method's name.
        var end = Task.Factory.StartNew(
            () =>
            {
                Console.In.ReadLine();
                stop.Cancel();
            },
            TaskCreationOptions.LongRunning);
        var began = TimeSpan.FromSeconds(ttlSeconds);
        await Task.WhenAll(members.Select((member, i) => Task.Run(() => LoopAsync(member, delays, began * i / members.Count, stop.Token))));
        await end;
        lock (delays)
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{delays.Count} {(delays.Count == 0 ? 0 : Measure.Median(delays)):0.0} {(delays.Count == 0 ? 0 : Measure.Percentile(delays, 0.99)):0.0} {delays.DefaultIfEmpty().Max():0.0}"));
        }

        foreach (var member in members)
        {
            await member.Client.DisposeAsync();
        }
    }

    private static async Task LoopAsync(Member member, List<double> delays, TimeSpan wait, CancellationToken stop)
    {
        try
        {
            await Task.Delay(wait, stop);
            using var clock = new PeriodicTimer(Pass);
            do
            {
                member.Look(delays);
            }
            while (await clock.WaitForNextTickAsync(stop));
        }
        catch (OperationCanceledException)
        {
            // The end of the measurement.
        }
    }

    private sealed class Member(Client client, string[] keys)
    {
        private readonly Context _context = Context.New("user");
        private readonly double[] _known = new double[keys.Length];

        public Client Client => client;

        public void Look(List<double> delays)
        {
            for (var i = 0; i < keys.Length; i++)
            {
                if (StampedFlag.Written(client, keys[i], _context) is { } written && written != _known[i])
                {
                    if (_known[i] != 0)
                    {
                        lock (delays)
                        {
                            delays.Add(StampedFlag.Now - written);
                        }
                    }

                    _known[i] = written;
                }
            }
        }
    }
}
