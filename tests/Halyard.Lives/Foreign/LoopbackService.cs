using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Halyard.Lives.Foreign;

/// <summary>Answers the requests of all lives over real sockets: a life's number is in the path.</summary>
internal sealed class LoopbackService : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<ulong, (Service Service, CancellationToken Over)> _lives = new();

    public LoopbackService()
    {
        _listener.Start(1000);
        _ = AcceptAsync();
    }

    public Uri Address(ulong life) => new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/life/{life}"));

    public void Add(ulong life, Service service, CancellationToken over) => _lives[life] = (service, over);

    public void Remove(ulong life) => _lives.TryRemove(life, out _);

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        while (true)
        {
            Socket socket;
            try
            {
                socket = await _listener.AcceptSocketAsync();
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }

            _ = ServeAsync(socket);
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        using (socket)
        {
            try
            {
                socket.NoDelay = true;
                var buffer = new byte[64 * 1024];
                while (await ReadRequestAsync(socket, buffer) is { } path && await AnswerAsync(socket, path, buffer))
                {
                }
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // The client has left, or its life is over.
            }
        }
    }

    // The head and the body of a request; null when the client has left.
    private static async Task<string?> ReadRequestAsync(Socket socket, byte[] buffer)
    {
        var filled = 0;
        int end;
        while ((end = buffer.AsSpan(0, filled).IndexOf("\r\n\r\n"u8)) < 0)
        {
            var count = filled == buffer.Length ? 0 : await socket.ReceiveAsync(buffer.AsMemory(filled));
            if (count == 0)
            {
                return null;
            }

            filled += count;
        }

        var head = Encoding.ASCII.GetString(buffer, 0, end);
        var left = ContentLength(head) - (filled - end - 4);
        while (left > 0)
        {
            var count = await socket.ReceiveAsync(buffer);
            if (count == 0)
            {
                return null;
            }

            left -= count;
        }

        return head.Split(' ')[1];
    }

    private static long ContentLength(string head)
    {
        const string Name = "Content-Length: ";
        var at = head.IndexOf(Name, StringComparison.OrdinalIgnoreCase);
        return at < 0 ? 0 : long.Parse(head[(at + Name.Length)..].Split('\r')[0], CultureInfo.InvariantCulture);
    }

    // Whether the connection goes on.
    private async Task<bool> AnswerAsync(Socket socket, string path, byte[] buffer)
    {
        var parts = path.Split('/', 4);
        if (parts.Length < 3 || !ulong.TryParse(parts[2], out var life) || !_lives.TryGetValue(life, out var known))
        {
            return false;
        }

        var answer = known.Service.Answer(path);
        switch (answer.Kind)
        {
            case AnswerKind.Refused or AnswerKind.Throws:
                Reset(socket);
                return false;
            case AnswerKind.Silent or AnswerKind.NeverEnds or AnswerKind.BreaksAsItIsCancelled:
                await HoldAsync(socket, buffer, known.Over);
                return false;
        }

        var hasLength = !answer.StaysOpen && answer.Piece == int.MaxValue;
        var head = new StringBuilder(string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 {answer.Status} X\r\n"));
        foreach (var (name, value) in answer.Headers)
        {
            head.Append(name).Append(": ").Append(value).Append("\r\n");
        }

        head.Append(hasLength ? string.Create(CultureInfo.InvariantCulture, $"Content-Length: {answer.Body.Length}\r\n\r\n") : "Connection: close\r\n\r\n");
        await socket.SendAsync(Encoding.ASCII.GetBytes(head.ToString()));
        for (var sent = 0; sent < answer.Sent;)
        {
            sent += await socket.SendAsync(answer.Body.AsMemory(sent, Math.Min(answer.Piece, answer.Sent - sent)));
        }

        switch (answer)
        {
            case { StaysOpen: true } or { Kind: AnswerKind.Hung }:
                await HoldAsync(socket, buffer, known.Over);
                return false;
            case { Kind: AnswerKind.Reset }:
                Reset(socket);
                return false;
            case { Kind: AnswerKind.Short }:
                return false;
            default:
                return hasLength && answer.Status is not (204 or 304);
        }
    }

    private static async Task HoldAsync(Socket socket, byte[] buffer, CancellationToken over)
    {
        while (await socket.ReceiveAsync(buffer, over) > 0)
        {
        }
    }

    private static void Reset(Socket socket)
    {
        socket.LingerState = new(true, 0);
        socket.Close();
    }
}
