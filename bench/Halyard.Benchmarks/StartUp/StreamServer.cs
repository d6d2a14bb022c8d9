using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Halyard.Benchmarks.StartUp;

/// <summary>
/// A flag service in a process of its own, so that neither its time nor its memory is counted. Answers are made once,
/// transfer framing and all, and then only sent; streams stay open.
/// <list type="bullet">
/// <item><c>/all</c>: the older stream; <c>/sdk/stream</c>: the newer, in full, or ten changed flags for a <c>basis</c>.</item>
/// <item><c>/payload</c>: the payload alone, and the answer's end; <c>/bytes</c>: the older stream's bytes, and the end.</item>
/// <item><c>/bulk</c> and <c>/diagnostic</c>: events, which are taken and dropped.</item>
/// </list>
/// </summary>
internal static class StreamServer
{
    private const int ChunkSize = 64 * 1024;

    public static async Task RunAsync(int flags)
    {
        var payload = Payload.Of(flags);
        var older = StreamText.Older(payload);
        var answers = new Dictionary<string, byte[]>
        {
            ["/all"] = Answer(older, "text/event-stream", ends: false),
            ["/bytes"] = Answer(older, "text/event-stream", ends: true),
            ["/payload"] = Answer(payload, "application/json", ends: true),
            ["/sdk/stream"] = Answer(StreamText.NewerFull(payload), "text/event-stream", ends: false),
            ["/sdk/stream?basis"] = Answer(StreamText.NewerChanges(payload, Math.Min(10, flags)), "text/event-stream", ends: false),
            ["/bulk"] = Encoding.ASCII.GetBytes("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"),
            ["/diagnostic"] = Encoding.ASCII.GetBytes("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"),
        };

        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Console.WriteLine($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");

        // The parent's end closes the input. On a thread of its own: the console's asynchronous reads are not.
        var ended = Task.Run(Console.In.ReadLine);
        for (var accepted = listener.AcceptSocketAsync(); await Task.WhenAny(accepted, ended) == accepted; accepted = listener.AcceptSocketAsync())
        {
            _ = ServeAsync(await accepted, answers);
        }
    }

    private static async Task ServeAsync(Socket socket, Dictionary<string, byte[]> answers)
    {
        using (socket)
        {
            try
            {
                socket.NoDelay = true;
                var buffer = new byte[16 * 1024];
                var length = 0;
                while (true)
                {
                    var read = await socket.ReceiveAsync(buffer.AsMemory(length));
                    if (read == 0)
                    {
                        return;
                    }

                    length += read;
                    if (IsWhole(buffer.AsSpan(0, length)))
                    {
                        var target = Encoding.ASCII.GetString(buffer, 0, length).Split(' ', 3)[1];
                        var path = target.Split('?')[0];
                        await SendAsync(socket, answers[target.Contains("basis=", StringComparison.Ordinal) ? path + "?basis" : path]);
                        length = 0;
                    }
                }
            }
            catch (SocketException)
            {
                // The client has what it wanted.
            }
        }
    }

    private static bool IsWhole(ReadOnlySpan<byte> request)
    {
        var head = request.IndexOf("\r\n\r\n"u8);
        if (head < 0)
        {
            return false;
        }

        var name = "Content-Length: "u8;
        var at = request[..head].IndexOf(name);
        return at < 0 || (Utf8Parser.TryParse(request[(at + name.Length)..], out int body, out _) && request.Length >= head + 4 + body);
    }

    private static async Task SendAsync(Socket socket, ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await socket.SendAsync(bytes)..];
        }
    }

    private static byte[] Answer(ReadOnlySpan<byte> body, string type, bool ends)
    {
        using var answer = new MemoryStream();
        answer.Write(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: {type}\r\nTransfer-Encoding: chunked\r\n\r\n"));
        while (!body.IsEmpty)
        {
            var chunk = body[..Math.Min(ChunkSize, body.Length)];
            answer.Write(Encoding.ASCII.GetBytes($"{chunk.Length:x}\r\n"));
            answer.Write(chunk);
            answer.Write("\r\n"u8);
            body = body[chunk.Length..];
        }

        if (ends)
        {
            answer.Write("0\r\n\r\n"u8);
        }

        return answer.ToArray();
    }
}
