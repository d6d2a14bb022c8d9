namespace Halyard.IntegrationTests;

/// <summary>A Redis server of the tests' own, without persistence, on a free loopback port that it keeps over restarts.</summary>
public sealed class RedisServer : IAsyncLifetime
{
    public const string Install = "apt-get install redis-server";

    private ServerProcess? _process;

    public int Port { get; } = ServerProcess.FreePorts(1)[0];

    public string Endpoint => $"127.0.0.1:{Port}";

    /// <summary>Further words of the command line.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    public string Output => _process?.Output ?? "";

    public async ValueTask InitializeAsync() => await StartAsync();

    public async Task StartAsync() => _process = await ServerProcess.StartAsync(
        "redis-server",
        ["--port", $"{Port}", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--daemonize", "no", "--dir", Path.GetTempPath(), .. Arguments],
        Install,
        async ct => (await ServerProcess.AskRedisAsync(Port, "PING", ct)).StartsWith("+PONG", StringComparison.Ordinal));

    /// <summary>Ends the server at once; its data is gone.</summary>
    public async Task KillAsync()
    {
        if (_process is { } process)
        {
            _process = null;
            await process.DisposeAsync();
        }
    }

    public async ValueTask DisposeAsync() => await KillAsync();
}

[CollectionDefinition(Name)]
public sealed class RedisCollection : ICollectionFixture<RedisServer>
{
    public const string Name = "Redis";
}
