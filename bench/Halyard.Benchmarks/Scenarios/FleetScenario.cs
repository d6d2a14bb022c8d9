using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using Halyard.Benchmarks.Suite;
using Microsoft.Extensions.Logging.Abstractions;

namespace Halyard.Benchmarks.Scenarios;

/// <summary>
/// A fleet on one Redis: 1,000 Lazy Load clients in four processes, 1,000 flags of which each client uses 100, ten changes a
/// second; without signals and a TTL of 30 seconds, with signals of Halyard's writer, and with those of a foreign one. What
/// the server does for it, and how late a change is seen.
/// </summary>
internal sealed class FleetScenario : IScenario
{
    public const string Prefix = "fleet";

    private const int Flags = 1_000;
    private const int Held = 100;
    private const int Processes = 4;
    private const double ChangesPerSecond = 10;

    private readonly int _clients = Measure.Quick ? 40 : 1_000;
    private readonly double _ttl = Measure.Quick ? 5 : 30;
    private readonly TimeSpan _length = TimeSpan.FromSeconds(Measure.Quick ? 10 : 60);
    private long _version = 1;

    public string Name => "fleet";

    public string Title => "Lazy Load, a fleet on one Redis";

    public async IAsyncEnumerable<Figure> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var redis = await OwnRedis.StartAsync(cancellationToken);
        await using var writer = new RedisStore(redis.Address, Prefix).CreateWriter(new(NullLoggerFactory.Instance, TimeProvider.System));
        await writer.InitAsync([.. Enumerable.Range(0, Flags).Select(i => StampedFlag.Item(StampedFlag.Key(i), _version))], cancellationToken);
        var database = redis.Connection.GetDatabase();
        (string Name, bool Listens, Func<string, Task> Write)[] ways =
        [
            ("no signals", false, async key => await writer.UpsertAsync(StampedFlag.Item(key, ++_version), cancellationToken)),
            ("Halyard's writer", true, async key => await writer.UpsertAsync(StampedFlag.Item(key, ++_version), cancellationToken)),
            ("foreign writer", true, key => database.HashSetAsync(Prefix + ":features", key, StampedFlag.Text(key, ++_version))),
        ];
        foreach (var way in ways)
        {
            foreach (var figure in await WayAsync(redis, way.Name, way.Listens, way.Write, cancellationToken))
            {
                yield return figure;
            }
        }
    }

    private async Task<List<Figure>> WayAsync(OwnRedis redis, string name, bool listens, Func<string, Task> write, CancellationToken cancellationToken)
    {
        var workers = Enumerable.Range(0, Processes).Select(i => SelfProcess.Start(
            [
                "fleet-worker", redis.Address, Text(_clients / Processes), Text(Flags), Text(Held),
                _ttl.ToString(CultureInfo.InvariantCulture), listens ? "listen" : "ttl", Text(i),
            ],
            standardInput: true)).ToList();
        try
        {
            foreach (var worker in workers)
            {
                Require(await worker.StandardOutput.ReadLineAsync(cancellationToken) == "ready");
            }

            // Until all clients have begun, and their first flags outlived their time, nothing is as it will be.
            await ChangeAsync(TimeSpan.FromSeconds(listens ? _ttl + 5 : 2 * _ttl), write, cancellationToken);
            var before = await RedisLoad.OfAsync(redis);
            var began = Stopwatch.GetTimestamp();
            await ChangeAsync(_length, write, cancellationToken);
            var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
            var load = (await RedisLoad.OfAsync(redis)).Since(before);
            var seen = new List<double[]>();
            foreach (var worker in workers)
            {
                await worker.StandardInput.WriteLineAsync("end".AsMemory(), cancellationToken);
                seen.Add([.. (await worker.StandardOutput.ReadLineAsync(cancellationToken))!.Split(' ').Select(static text => double.Parse(text, CultureInfo.InvariantCulture))]);
            }

            var work = $"{_clients:#,0} clients, {name}";
            return
            [
                new(work + ", requests", "Halyard", load.Reads / seconds, "a second"),
                new(work + ", server's processor", "Halyard", 100 * load.ProcessorSeconds / seconds, "%"),
                new(work + ", sent by the server", "Halyard", load.SentBytes / seconds / 1e6, "MB a second"),
                new(work + ", changes seen", "Halyard", seen.Sum(static worker => worker[0]), "in all"),
                new(work + ", seen after, median", "Halyard", Measure.Median(seen.Select(static worker => worker[1])), "ms"),
                new(work + ", seen after, 99th percentile", "Halyard", seen.Max(static worker => worker[2]), "ms"),
                new(work + ", seen after, longest", "Halyard", seen.Max(static worker => worker[3]), "ms"),
            ];
        }
        finally
        {
            foreach (var worker in workers)
            {
                worker.StandardInput.Close();
                await worker.WaitForExitAsync(CancellationToken.None);
                worker.Dispose();
            }
        }
    }

    private async Task ChangeAsync(TimeSpan length, Func<string, Task> write, CancellationToken cancellationToken)
    {
        var began = Stopwatch.GetTimestamp();
        using var clock = new PeriodicTimer(TimeSpan.FromSeconds(1 / ChangesPerSecond));
        while (Stopwatch.GetElapsedTime(began) < length && await clock.WaitForNextTickAsync(cancellationToken))
        {
            await write(StampedFlag.Key((int)(_version % Flags)));
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static void Require(bool holds)
    {
        if (!holds)
        {
            throw new InvalidOperationException("A process of the fleet did not start.");
        }
    }
}
