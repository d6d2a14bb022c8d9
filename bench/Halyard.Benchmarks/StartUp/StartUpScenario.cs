using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Halyard.Benchmarks.Suite;

namespace Halyard.Benchmarks.StartUp;

/// <summary>Ways to start with 10,000 flags: from the network, from the snapshot on disk, and from both.</summary>
internal sealed class StartUpScenario : IScenario
{
    private const int Flags = 10_000;
    private const string Network = "network";
    private const string Snapshot = "snapshot, no network";
    private const string Both = "snapshot and changes";

    public string Name => "startup";

    public string Title => "Start with 10,000 flags, newer protocol, warm process";

    public async IAsyncEnumerable<Figure> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var server = await StreamServerProcess.StartAsync(Flags, cancellationToken);
        var folder = Directory.CreateTempSubdirectory("halyard-bench-").FullName;
        try
        {
            var saved = Path.Combine(folder, "saved");
            await (await StartAsync(server.Address, saved)).DisposeAsync();

            string[] ways = [Network, Snapshot, Both];
            var firstValues = ways.ToDictionary(static way => way, static _ => new List<double>());
            var upToDate = ways.ToDictionary(static way => way, static _ => new List<double>());
            var timings = await Measure.InTurnKeepingAsync(
                Measure.Rounds(5),
                Measure.Rounds(15),
                (Network, () => RunAsync(Network, server.Address, snapshot: null)),
                (Snapshot, () => RunAsync(Snapshot, Unreachable(), saved)),
                (Both, () => RunAsync(Both, server.Address, saved)));

            foreach (var way in ways)
            {
                yield return new("until the first values", way, Measure.Median(firstValues[way].Skip(Measure.Rounds(5))), "ms")
                {
                    Reference = way == Network ? null : Network,
                };
            }

            foreach (var way in new[] { Network, Both })
            {
                yield return new("until up to date", way, Measure.Median(upToDate[way].Skip(Measure.Rounds(5))), "ms")
                {
                    Reference = way == Network ? null : Network,
                };
            }

            foreach (var (way, timing) in timings)
            {
                yield return new("allocated", way, timing.AllocatedBytes / 1e6, "MB") { Reference = way == Network ? null : Network };
            }

            async Task<object?> RunAsync(string way, Uri address, string? snapshot)
            {
                // A copy of its own, since an end saves what was received.
                string? own = null;
                if (snapshot is not null)
                {
                    own = Path.Combine(folder, Guid.NewGuid().ToString());
                    File.Copy(snapshot, own);
                }

                var started = Stopwatch.GetTimestamp();
                var client = await StartAsync(address, own);
                firstValues[way].Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
                if (way == Both && !await client.DataSourceStatus.WaitForAsync(DataSourceState.Valid, TimeSpan.FromMinutes(1), cancellationToken))
                {
                    throw new InvalidOperationException("The changes did not arrive.");
                }

                upToDate[way].Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
                return client;
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<Client> StartAsync(Uri address, string? snapshot)
    {
        var client = await Client.StartAsync(new()
        {
            SdkKey = "sdk-bench",
            Endpoints = ServiceEndpoints.At(address),
            DataSystem = DataSystem.Streaming(ProtocolVersion.Fdv2),
            StartTimeout = TimeSpan.FromMinutes(1),
            Snapshot = snapshot is null ? null : new(snapshot) { Interval = TimeSpan.FromHours(1) },
        });
        Subjects.Expect(Flags, client);
        return client;
    }

    /// <summary>An address at which nobody listens.</summary>
    private static Uri Unreachable()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return new($"http://{listener.LocalEndpoint}");
    }
}
