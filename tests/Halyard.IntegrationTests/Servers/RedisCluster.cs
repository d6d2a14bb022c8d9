using System.Diagnostics;

namespace Halyard.IntegrationTests;

/// <summary>A Redis Cluster of three primaries on loopback.</summary>
public sealed class RedisCluster : IAsyncLifetime
{
    private const int Nodes = 3;

    private readonly List<ServerProcess> _processes = [];
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("halyard-cluster-");
    private readonly int[] _ports = ServerProcess.FreePorts(2 * Nodes);

    public string Endpoints => string.Join(',', _ports.Take(Nodes).Select(p => $"127.0.0.1:{p}"));

    public async ValueTask InitializeAsync()
    {
        for (var i = 0; i < Nodes; i++)
        {
            var port = _ports[i];
            _processes.Add(await ServerProcess.StartAsync(
                "redis-server",
                [
                    "--port", $"{port}", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--daemonize", "no",
                    "--cluster-enabled", "yes", "--cluster-port", $"{_ports[Nodes + i]}", "--cluster-config-file", $"nodes-{i}.conf",
                    "--dir", _folder.FullName,
                ],
                RedisServer.Install,
                async ct => (await ServerProcess.AskRedisAsync(port, "PING", ct)).StartsWith("+PONG", StringComparison.Ordinal)));
        }

        using var create = Process.Start(new ProcessStartInfo(
            "redis-cli", ["--cluster", "create", .. Endpoints.Split(','), "--cluster-replicas", "0", "--cluster-yes"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var output = create.StandardOutput.ReadToEndAsync();
        var errors = create.StandardError.ReadToEndAsync();
        await create.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        if (create.ExitCode != 0)
        {
            throw new InvalidOperationException("redis-cli made no cluster:\n" + await output + await errors);
        }

        for (var i = 0; i < Nodes; i++)
        {
            var port = _ports[i];
            await _processes[i].WaitUntilAsync(async ct =>
                (await ServerProcess.AskRedisAsync(port, "CLUSTER INFO", ct)).Contains("cluster_state:ok", StringComparison.Ordinal));
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
        {
            await process.DisposeAsync();
        }

        _folder.Delete(recursive: true);
    }
}

[CollectionDefinition(Name)]
public sealed class RedisClusterCollection : ICollectionFixture<RedisCluster>
{
    public const string Name = "Redis Cluster";
}
