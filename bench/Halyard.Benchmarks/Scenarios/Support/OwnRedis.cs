using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using StackExchange.Redis;

namespace Halyard.Benchmarks.Scenarios;

/// <summary>A <c>redis-server</c> of one's own, on a free loopback port and without files; ended with this object.</summary>
internal sealed class OwnRedis : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly Process _server;

    private OwnRedis(int port)
    {
        var text = port.ToString(CultureInfo.InvariantCulture);
        Address = "127.0.0.1:" + text;
        _server = Process.Start(new ProcessStartInfo(
            "redis-server",
            ["--port", text, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", Path.GetTempPath()])
        {
            RedirectStandardOutput = true,
        })!;
        _server.OutputDataReceived += static (_, _) => { };
        _server.BeginOutputReadLine();
    }

    public string Address { get; }

    /// <summary>The bare client, connected.</summary>
    public ConnectionMultiplexer Connection { get; private set; } = null!;

    public static async Task<OwnRedis> StartAsync(CancellationToken cancellationToken)
    {
        var redis = new OwnRedis(FreePort());
        var limit = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                redis.Connection = await ConnectionMultiplexer.ConnectAsync(redis.Address + ",allowAdmin=true");
                return redis;
            }
            catch (RedisConnectionException) when (limit.Elapsed < Limit && !redis._server.HasExited)
            {
                await Task.Delay(50, cancellationToken);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Connection.DisposeAsync();
        _server.Kill();
        await _server.WaitForExitAsync();
        _server.Dispose();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
