using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Halyard.Benchmarks.Scenarios;

/// <summary>
/// A server of one event stream on a raw socket, so that a write is a write and the server's own work does not count:
/// it answers the one connection that a client opens with a chunked stream, and sends what it is told to.
/// </summary>
internal sealed class LoopbackStream : IDisposable
{
    private const string Head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n";

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private Socket? _connection;

    private LoopbackStream() => _listener.Start();

    /// <summary>A client on a stream that has begun with these events.</summary>
    public static async Task<(LoopbackStream Stream, Client Client)> StartAsync(ProtocolVersion protocol, byte[] firstEvents)
    {
        var stream = new LoopbackStream();
        var accepting = stream.AcceptAsync(firstEvents);
        var client = await Client.StartAsync(new()
        {
            SdkKey = "sdk-benchmark",
            DataSystem = DataSystem.Streaming(protocol),
            Endpoints = ServiceEndpoints.At(new Uri($"http://127.0.0.1:{((IPEndPoint)stream._listener.LocalEndpoint).Port}")),
            StartTimeout = TimeSpan.FromMinutes(2),
        });
        await accepting;
        return client.Initialized ? (stream, client) : throw new InvalidOperationException("The client got no data.");
    }

    /// <summary>Writes chunks to the socket; returns when the system has taken them.</summary>
    public void Send(ReadOnlySpan<byte> chunks)
    {
        while (!chunks.IsEmpty)
        {
            chunks = chunks[_connection!.Send(chunks)..];
        }
    }

    public void Dispose()
    {
        _connection?.Dispose();
        _listener.Dispose();
    }

    private async Task AcceptAsync(byte[] firstEvents)
    {
        _connection = await _listener.AcceptSocketAsync();
        _connection.NoDelay = true;
        var request = new byte[8 * 1024];
        var length = 0;
        while (!request.AsSpan(0, length).EndsWith("\r\n\r\n"u8))
        {
            var read = await _connection.ReceiveAsync(request.AsMemory(length));
            length += read > 0 ? read : throw new InvalidOperationException("The client left.");
        }

        // Off this thread: a large transfer blocks until the client has read it.
        await Task.Run(() =>
        {
            Send(Encoding.ASCII.GetBytes(Head + $"{firstEvents.Length:x}\r\n"));
            Send(firstEvents);
            Send("\r\n"u8);
        });
    }
}
