using System.Net;
using System.Net.Sockets;

namespace Halyard.Benchmarks.Scenarios;

/// <summary>Two ends of a loopback connection and nothing more: what a change costs to get across at all.</summary>
internal sealed class BareSocket : IDisposable
{
    private readonly Socket _sender;
    private readonly Socket _receiver;
    private long _sentBytes;
    private long _receivedBytes;
    private long _sent;
    private long _received;

    public BareSocket()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        _sender = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        _sender.Connect(listener.LocalEndpoint);
        _receiver = listener.AcceptSocket();
        _ = ReceiveAsync();
    }

    /// <summary>Told of each version at its arrival.</summary>
    public Action<long>? Heard { get; set; }

    /// <summary>The newest version of which all bytes have arrived.</summary>
    public long Received => Volatile.Read(ref _received);

    public void Send(ReadOnlySpan<byte> bytes, long version)
    {
        Volatile.Write(ref _sent, version);
        Interlocked.Add(ref _sentBytes, bytes.Length);
        while (!bytes.IsEmpty)
        {
            bytes = bytes[_sender.Send(bytes)..];
        }
    }

    public void Dispose()
    {
        _sender.Dispose();
        _receiver.Dispose();
    }

    private async Task ReceiveAsync()
    {
        var buffer = new byte[32 * 1024];
        int read;
        while ((read = await _receiver.ReceiveAsync(buffer)) > 0)
        {
            _receivedBytes += read;
            if (_receivedBytes == Interlocked.Read(ref _sentBytes))
            {
                Volatile.Write(ref _received, Volatile.Read(ref _sent));
                Heard?.Invoke(_received);
            }
        }
    }
}
