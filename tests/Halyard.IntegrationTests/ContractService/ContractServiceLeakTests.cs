using System.Diagnostics;
using System.Net;
using Halyard.Tests.Support;

namespace Halyard.IntegrationTests.ContractService;

/// <summary>Memory, files and threads are the whole process's, so nothing else may run beside their measurement.</summary>
[Collection(typeof(Alone))]
public sealed class ContractServiceLeakTests : IAsyncLifetime
{
    private const string User = """{"kind":"user","key":"u"}""";

    private readonly ServiceDriver _driver = new();

    public async ValueTask InitializeAsync()
    {
        await _driver.InitializeAsync();
        _driver.Harness.Data = """{"flags":{"flag":{"key":"flag","version":1,"on":false,"offVariation":0,"variations":[1],"salt":"s"}},"segments":{}}""";
    }

    public ValueTask DisposeAsync() => _driver.DisposeAsync();

    [Fact]
    public async Task Ten_thousand_clients_leave_nothing_behind()
    {
        // A port that refuses leaves no connections to wait for, so that the number is what is tested; every tenth
        // client has a stream, and all that hangs on it.
        var nowhere = $"http://127.0.0.1:{ServerProcess.FreePorts(1)[0]}";
        string[] configurations =
        [
            """{"streaming":{"baseUri":"NOWHERE"},"startWaitTimeMs":1,"initCanFail":true}""",
            """{"polling":{"baseUri":"NOWHERE"},"startWaitTimeMs":1,"initCanFail":true,"events":{"baseUri":"NOWHERE","flushIntervalMs":60000}}""",
            """{"dataSystem":{"initializers":[{"polling":{"baseUri":"NOWHERE"}}],"synchronizers":[{"streaming":{"baseUri":"NOWHERE"}}]},"startWaitTimeMs":1,"initCanFail":true,"hooks":{"hooks":[{"name":"h","callbackUri":"NOWHERE"}]}}""",
            """{"streaming":{"baseUri":"NOWHERE"},"startWaitTimeMs":1,"initCanFail":true,"bigSegments":{"callbackUri":"NOWHERE"}}""",
        ];
        string[] connected = ["""{"streaming":{"baseUri":"$H/v1"}}""", """{"dataSystem":{"synchronizers":[{"streaming":{"baseUri":"$H/v2"}}]}}"""];
        var bodies = configurations.Select(c => _driver.Body(c.Replace("NOWHERE", nowhere, StringComparison.Ordinal))).ToList();
        Footprint settled = default;
        for (var i = 0; i < 10_000; i++)
        {
            if (i % 10 == 0)
            {
                await UseAsync(await _driver.CreateAsync(connected[i / 10 % 2]));
            }
            else
            {
                var (status, _, location) = await _driver.SendAsync(HttpMethod.Post, "/", bodies[i % bodies.Count]);
                Assert.Equal(HttpStatusCode.Created, status);
                await _driver.CloseAsync(location!.OriginalString);
            }

            if (i == 1_000)
            {
                settled = await MeasureAsync(Footprint.Most);
            }
        }

        Assert.Equal(0, _driver.Service.OpenClients);
        var allowed = new Footprint(settled.Bytes + 900_000, settled.Files + 10, settled.Threads + 10);
        var left = await MeasureAsync(allowed);
        TestContext.Current.TestOutputHelper?.WriteLine($"after 1,000 clients: {settled}; after 10,000: {left}");
        Assert.True(left.IsWithin(allowed), $"after 1,000 clients: {settled}; after 10,000: {left}");
    }

    private async Task UseAsync(string client)
    {
        await _driver.RunAsync(client, "registerFlagChangeListener", """{"listenerId":"a","callbackUri":"$H/listen"}""");
        await _driver.RunAsync(client, "registerFlagValueChangeListener", $$"""{"listenerId":"b","flagKey":"flag","context":{{User}},"callbackUri":"$H/listen"}""");
        var answer = await _driver.RunAsync(client, "evaluate", $$"""{"flagKey":"flag","context":{{User}},"valueType":"int","defaultValue":7}""");
        Assert.Equal(1, (int)answer!["value"]!);
        await _driver.CloseAsync(client);
    }

    /// <summary>What is held when all streams have ended on both sides: connections of clients that are gone close a moment later.</summary>
    private async Task<Footprint> MeasureAsync(Footprint allowed)
    {
        // The harness's record of requests would count as the service's.
        _driver.Harness.Requests.Clear();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            var now = Footprint.Now();
            if ((_driver.Harness.OpenStreams == 0 && now.IsWithin(allowed)) || limit.IsCancellationRequested)
            {
                return now;
            }

            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
    }

    private readonly record struct Footprint(long Bytes, int Files, int Threads)
    {
        public static Footprint Most { get; } = new(long.MaxValue, int.MaxValue, int.MaxValue);

        public static Footprint Now()
        {
            var bytes = GC.GetTotalMemory(forceFullCollection: true);
            using var process = Process.GetCurrentProcess();
            return new(bytes, OperatingSystem.IsLinux() ? Directory.GetFileSystemEntries("/proc/self/fd").Length : 0, process.Threads.Count);
        }

        public bool IsWithin(Footprint allowed) => Bytes <= allowed.Bytes && Files <= allowed.Files && Threads <= allowed.Threads;
    }
}
