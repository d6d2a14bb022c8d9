using System.Net;

namespace Halyard.IntegrationTests.ContractService;

/// <summary>Memory is the whole process's, so nothing else may run beside its measurement.</summary>
[CollectionDefinition(nameof(ContractServiceLeakTests), DisableParallelization = true)]
[Collection(nameof(ContractServiceLeakTests))]
public sealed class ContractServiceLeakTests : IAsyncLifetime
{
    private readonly ServiceDriver _driver = new();

    public ValueTask InitializeAsync() => _driver.InitializeAsync();

    public ValueTask DisposeAsync() => _driver.DisposeAsync();

    [Fact]
    public async Task Ten_thousand_clients_leave_nothing_behind()
    {
        // A port that refuses leaves no connections to wait for, so that the number is what is tested.
        var nowhere = $"http://127.0.0.1:{ServerProcess.FreePorts(1)[0]}";
        string[] configurations =
        [
            """{"streaming":{"baseUri":"NOWHERE"},"startWaitTimeMs":1,"initCanFail":true}""",
            """{"polling":{"baseUri":"NOWHERE"},"startWaitTimeMs":1,"initCanFail":true,"events":{"baseUri":"NOWHERE","flushIntervalMs":60000}}""",
            """{"dataSystem":{"initializers":[{"polling":{"baseUri":"NOWHERE"}}],"synchronizers":[{"streaming":{"baseUri":"NOWHERE"}}]},"startWaitTimeMs":1,"initCanFail":true,"hooks":{"hooks":[{"name":"h","callbackUri":"NOWHERE"}]}}""",
            """{"streaming":{"baseUri":"NOWHERE"},"startWaitTimeMs":1,"initCanFail":true,"bigSegments":{"callbackUri":"NOWHERE"}}""",
        ];
        var bodies = configurations.Select(c => _driver.Body(c.Replace("NOWHERE", nowhere, StringComparison.Ordinal))).ToList();
        var settled = 0L;
        for (var i = 0; i < 10_000; i++)
        {
            var (status, _, location) = await _driver.SendAsync(HttpMethod.Post, "/", bodies[i % bodies.Count]);
            Assert.Equal(HttpStatusCode.Created, status);
            await _driver.CloseAsync(location!.OriginalString);
            if (i == 1_000)
            {
                settled = GC.GetTotalMemory(forceFullCollection: true);
            }
        }

        Assert.Equal(0, _driver.Service.OpenClients);
        var growth = GC.GetTotalMemory(forceFullCollection: true) - settled;
        TestContext.Current.TestOutputHelper?.WriteLine($"9,000 clients left {growth:N0} bytes");
        Assert.True(growth < 900_000, $"9,000 clients left {growth:N0} bytes");
    }
}
