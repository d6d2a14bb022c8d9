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
        var body = _driver.Body($$"""{"streaming":{"baseUri":"http://127.0.0.1:{{ServerProcess.FreePorts(1)[0]}}"},"startWaitTimeMs":1,"initCanFail":true}""");
        var settled = 0L;
        for (var i = 0; i < 10_000; i++)
        {
            var (status, _, location) = await _driver.SendAsync(HttpMethod.Post, "/", body);
            Assert.Equal(HttpStatusCode.Created, status);
            await _driver.CloseAsync(location!.OriginalString);
            if (i == 1_000)
            {
                settled = GC.GetTotalMemory(forceFullCollection: true);
            }
        }

        Assert.Equal(0, _driver.Service.OpenClients);
        var growth = GC.GetTotalMemory(forceFullCollection: true) - settled;
        Assert.True(growth < 4_000_000, $"9,000 clients left {growth:N0} bytes");
    }
}
