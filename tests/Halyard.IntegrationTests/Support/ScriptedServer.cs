using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Halyard.Tests.Support;

namespace Halyard.IntegrationTests.Support;

/// <summary>A request as it stood on the wire.</summary>
internal sealed record ScriptedRequest(string Method, string Target, IReadOnlyDictionary<string, string> Headers)
{
    public string? this[string header] => Headers.GetValueOrDefault(header);
}

/// <summary>
/// A raw server on a free loopback port that answers each request with the next step of its script, byte for byte.
/// When the script has ended, requests are held without an answer.
/// </summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly X509Certificate2? _certificate;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<Func<ScriptedExchange, Task>> _script = new();
    private readonly ConcurrentBag<Task> _connections = [];
    private readonly Task _accepting;
    private int _open;
    private int _held;

    /// <param name="certificate">For TLS; null for none.</param>
    /// <param name="port">The port of a server that was disposed, to take its place; 0 for a free one.</param>
    /// <param name="script">Steps that must be there before the first request, which may be waiting already.</param>
    public ScriptedServer(X509Certificate2? certificate = null, int port = 0, Action<ScriptedServer>? script = null)
    {
        _listener = new(IPAddress.Loopback, port);
        script?.Invoke(this);
        _certificate = certificate;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public Uri Address => new($"{(_certificate is null ? "http" : "https")}://localhost:{Port}");

    public Journal<ScriptedRequest> Requests { get; } = new();

    /// <summary>How many connections were open after each opening and closing.</summary>
    public Journal<int> Open { get; } = new();

    /// <summary>How many connections were held open for the client after each begin and end of a hold.</summary>
    public Journal<int> Held { get; } = new();

    public int Accepted => Open.Entries.Zip(Open.Entries.Prepend(0)).Count(p => p.First > p.Second);

    public ScriptedServer Then(Func<ScriptedExchange, Task> step)
    {
        _script.Enqueue(step);
        return this;
    }

    /// <summary>Answers with a head and a body, and closes.</summary>
    public ScriptedServer Then(string status, string headers = "", string body = "") =>
        Then(x => x.WriteAsync($"HTTP/1.1 {status}\r\n{headers}Content-Length: {Encoding.UTF8.GetByteCount(body)}\r\nConnection: close\r\n\r\n{body}"));

    /// <summary>Answers with an event stream and then does as the step says.</summary>
    public ScriptedServer ThenStream(Func<ScriptedExchange, Task> step) => Then(async x =>
    {
        await x.WriteAsync("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nConnection: close\r\n\r\n");
        await step(x);
    });

    /// <summary>Answers with an event stream of the text, and holds it open until the client leaves.</summary>
    public ScriptedServer ThenStream(string text) => ThenStream(async x =>
    {
        await x.WriteAsync(text);
        await x.HoldAsync();
    });

    internal async Task HeldAsync(Func<Task> hold)
    {
        Held.Add(Interlocked.Increment(ref _held));
        try
        {
            await hold();
        }
        finally
        {
            Held.Add(Interlocked.Decrement(ref _held));
        }
    }

    public async Task AllClosedAsync() => await Open.UntilAsync(all => all.Count > 0 && all[^1] == 0);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.WhenAll(_connections).WaitAsync(TimeSpan.FromSeconds(30), CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            var socket = await _listener.AcceptSocketAsync(_stop.Token);
            socket.NoDelay = true;
            _connections.Add(ServeAsync(socket));
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        Open.Add(Interlocked.Increment(ref _open));
        Stream stream = new NetworkStream(socket, ownsSocket: true);
        try
        {
            var exchange = new ScriptedExchange(this, stream, socket, _stop.Token);
            if (_certificate is not null)
            {
                await exchange.StartTlsAsync(_certificate);
            }

            while (await exchange.ReadRequestAsync() is { } request)
            {
                var step = _script.TryDequeue(out var next) ? next : x => x.HoldAsync();
                Requests.Add(request);
                exchange.KeepAlive = false;
                await step(exchange);
                if (!exchange.KeepAlive)
                {
                    break;
                }
            }

            await exchange.CloseAsync();
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or SocketException or System.Security.Authentication.AuthenticationException)
        {
            // The client left, or the test has ended.
        }
        finally
        {
            await stream.DisposeAsync();
            Open.Add(Interlocked.Decrement(ref _open));
        }
    }
}

/// <summary>One connection of a <see cref="ScriptedServer"/>.</summary>
internal sealed class ScriptedExchange(ScriptedServer server, Stream stream, Socket socket, CancellationToken stop)
{
    private Stream _stream = stream;

    /// <summary>Set by a step to serve the next request on the same connection.</summary>
    public bool KeepAlive { get; set; }

    public async Task StartTlsAsync(X509Certificate2 certificate)
    {
        var tls = new SslStream(_stream);
        await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate }, stop);
        _stream = tls;
    }

    public Task WriteAsync(string text) => WriteAsync(Encoding.UTF8.GetBytes(text));

    public async Task WriteAsync(byte[] bytes)
    {
        await _stream.WriteAsync(bytes, stop);
        await _stream.FlushAsync(stop);
    }

    /// <summary>Waits until the client closes the connection.</summary>
    public Task HoldAsync() => server.HeldAsync(async () =>
    {
        var buffer = new byte[256];
        while (await _stream.ReadAsync(buffer, stop) > 0)
        {
        }
    });

    /// <summary>Breaks the connection with a reset.</summary>
    public Task ResetAsync()
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Close();
        return Task.CompletedTask;
    }

    public async Task CloseAsync()
    {
        if (_stream is SslStream tls)
        {
            await tls.ShutdownAsync();
        }
    }

    /// <summary>Reads one request's head; null when the client has left.</summary>
    public async Task<ScriptedRequest?> ReadRequestAsync()
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await _stream.ReadAsync(one, stop) == 0)
            {
                return null;
            }

            head.Append((char)one[0]);
        }

        var lines = head.ToString().Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var first = lines[0].Split(' ');
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var line in lines.Skip(1))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            headers[line[..colon]] = line[(colon + 1)..].Trim();
        }

        return new(first[0], first[1], headers);
    }
}
