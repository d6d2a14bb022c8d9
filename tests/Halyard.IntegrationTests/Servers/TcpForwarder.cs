using System.Net;
using System.Net.Sockets;

namespace Halyard.IntegrationTests;

/// <summary>
/// One address in front of whichever server it leads to now, as a name or a load balancer does. Connections that exist
/// stay with the server they were made to.
/// </summary>
internal sealed class TcpForwarder : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _closing = new();
    private readonly Task _work;
    private int _target;
    private int _connections;

    public TcpForwarder(int targetPort)
    {
        _target = targetPort;
        _listener.Start();
        _work = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public string Endpoint => $"127.0.0.1:{Port}";

    /// <summary>How many connections were made so far.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Where new connections lead.</summary>
    public int TargetPort
    {
        get => Volatile.Read(ref _target);
        set => Volatile.Write(ref _target, value);
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        _listener.Dispose();
        await _work;
        _closing.Dispose();
    }

    private async Task AcceptAsync()
    {
        var pairs = new List<Task>();
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_closing.Token);
                Interlocked.Increment(ref _connections);
                pairs.Add(JoinAsync(client, TargetPort));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(pairs);
        }
    }

    private async Task JoinAsync(TcpClient client, int port)
    {
        using var server = new TcpClient { NoDelay = true };
        using (client)
        {
            try
            {
                client.NoDelay = true;
                await server.ConnectAsync(IPAddress.Loopback, port, _closing.Token);
                await Task.WhenAny(
                    client.GetStream().CopyToAsync(server.GetStream(), _closing.Token),
                    server.GetStream().CopyToAsync(client.GetStream(), _closing.Token));
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or IOException)
            {
                // One of the two is gone; both ends are closed.
            }
        }
    }
}
