using System.Net;
using System.Net.Sockets;

namespace Halyard.Benchmarks.Scenarios;

/// <summary>A client of a stream that looks at nothing but where events end, so that it costs the machine little.</summary>
internal sealed class RelayReader : IDisposable
{
    private static readonly byte[] Request = "GET /all HTTP/1.1\r\nHost: localhost\r\nAuthorization: bench\r\n\r\n"u8.ToArray();

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly TaskCompletionSource _filled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isFilled;

    private RelayReader()
    {
    }

    /// <summary>Connects, and reads until all data is there.</summary>
    public static async Task<RelayReader> ConnectAsync(int port, CancellationToken cancellationToken)
    {
        var reader = new RelayReader();
        await reader._socket.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
        await reader._socket.SendAsync(Request, cancellationToken);
        _ = reader.ReadAsync();
        await reader._filled.Task.WaitAsync(TimeSpan.FromMinutes(4), cancellationToken);
        return reader;
    }

    /// <summary>Completes with the next event.</summary>
    public Task NextChangeAsync() => (_changed = new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    public void Dispose() => _socket.Dispose();

    private async Task ReadAsync()
    {
        // One buffer for the whole of the data would be all that this process does.
        var buffer = new byte[16 * 1024];
        var before = (byte)0;
        try
        {
            while (await _socket.ReceiveAsync(buffer) is var read and > 0)
            {
                // The answer's head has carriage returns; an event ends in two line feeds.
                var text = buffer.AsSpan(0, read);
                if (before == '\n' && text[0] == '\n')
                {
                    Heard();
                }

                for (var at = text.IndexOf("\n\n"u8); at >= 0;)
                {
                    Heard();
                    var next = text[(at + 2)..].IndexOf("\n\n"u8);
                    at = next < 0 ? -1 : at + 2 + next;
                }

                before = text[^1];
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The scenario is over.
        }
    }

    private void Heard()
    {
        if (_isFilled)
        {
            _changed.TrySetResult();
        }
        else
        {
            _isFilled = true;
            _filled.TrySetResult();
        }
    }
}
