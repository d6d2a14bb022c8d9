using Halyard.IntegrationTests.Support;

namespace Halyard.IntegrationTests;

/// <summary>A Garnet server: speaks Redis' protocol, and by default runs no scripts.</summary>
public sealed class GarnetServer : IAsyncLifetime
{
    private ServerProcess? _process;

    public int Port { get; } = ServerProcess.FreePorts(1)[0];

    public string Endpoint => $"127.0.0.1:{Port}";

    public async ValueTask InitializeAsync() => _process = await ServerProcess.StartAsync(
        Path.Combine(Repository.Root, ".tools", "garnet", "garnet-server"),
        ["--port", $"{Port}", "--bind", "127.0.0.1", "--memory", "256m", "--page", "8m", "--index", "8m"],
        "dotnet tool install garnet-server --tool-path .tools/garnet",
        async ct => (await ServerProcess.AskRedisAsync(Port, "PING", ct)).StartsWith("+PONG", StringComparison.Ordinal));

    public async ValueTask DisposeAsync()
    {
        if (_process is { } process)
        {
            await process.DisposeAsync();
        }
    }
}

[CollectionDefinition(Name)]
public sealed class GarnetCollection : ICollectionFixture<GarnetServer>
{
    public const string Name = "Garnet";
}
