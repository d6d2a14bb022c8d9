using System.Collections.Concurrent;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Halyard.Cli;

/// <summary>
/// The open event streams of one protocol. A change is encoded once and queued for each connection; a connection
/// that reads too slowly is cut, so that it comes back to a complete set instead of holding up memory.
/// </summary>
internal sealed class EventStreamHub : IDisposable
{
    /// <summary>How often a comment tells clients that the connection lives.</summary>
    public static readonly TimeSpan HeartbeatInterval = TimeSpan.FromMinutes(3);

    /// <summary>How much of a long text is handed to one connection at once.</summary>
    public const int PieceSize = 16 * 1024;

    /// <summary>How long a reader may take nothing before it is cut.</summary>
    public static readonly TimeSpan StallLimit = TimeSpan.FromSeconds(30);

    private const long AnyRevision = long.MaxValue;
    private static readonly TimeSpan StallLook = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<OpenStream, bool> _connections = new();
    private readonly FlagRepository _repository;
    private readonly IStreamProtocol _protocol;
    private readonly ILogger _logger;
    private readonly int _queueLimit;
    private readonly ITimer _heartbeats;
    private readonly ITimer _stalls;
    private readonly TimeProvider _time;

    public EventStreamHub(FlagRepository repository, IStreamProtocol protocol, int queueLimit, TimeProvider timeProvider, ILogger logger)
    {
        _repository = repository;
        _protocol = protocol;
        _queueLimit = queueLimit;
        _time = timeProvider;
        _logger = logger;
        _repository.Changed += Broadcast;
        _heartbeats = timeProvider.CreateTimer(_ => Send(new(AnyRevision, protocol.Heartbeat)), null, HeartbeatInterval, HeartbeatInterval);
        _stalls = timeProvider.CreateTimer(_ => CutStalled(), null, StallLook, StallLook);
    }

    public int Count => _connections.Count;

    /// <summary>Who is connected, in the order in which they came.</summary>
    public IReadOnlyList<StreamConnection> Connections =>
        [.. _connections.Keys.Select(connection => new StreamConnection(_protocol.Name, connection.Client, connection.Since, connection.Position)).OrderBy(static one => one.Since)];

    /// <summary>Raised when somebody comes or goes.</summary>
    public event Action? ConnectionsChanged;

    /// <summary>Writes a long text in pieces: a slow reader does not have all of it copied to a buffer of its own.</summary>
    public static async ValueTask WriteAsync(PipeWriter output, ReadOnlyMemory<byte> text, CancellationToken cancellationToken)
    {
        while (text.Length != 0)
        {
            var piece = text[..Math.Min(PieceSize, text.Length)];
            await output.WriteAsync(piece, cancellationToken);
            text = text[piece.Length..];
        }
    }

    /// <summary>Serves one stream until the client leaves, lags, or is cut.</summary>
    public async Task ServeAsync(HttpContext http)
    {
        http.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        http.Response.ContentType = "text/event-stream; charset=utf-8";
        http.Response.Headers.CacheControl = "no-cache";

        using var connection = new OpenStream(Describe(http), _queueLimit, _time, http.RequestAborted);
        // First listen, then read the data: whatever changes between is in the queue as well, and skipped below.
        _connections.TryAdd(connection, true);
        ServeLog.StreamOpened(_logger, connection.Client, Count);
        ConnectionsChanged?.Invoke();
        try
        {
            var output = new WatchedWriter(http.Response.BodyWriter, connection);
            var snapshot = _repository.Current;
            foreach (var fault in AnswerFaults.Of(http))
            {
                // An error in the middle of a transfer is for the protocol to place.
                if (fault.Kind != FaultKind.Error && _protocol.Encode(fault, snapshot) is { } words)
                {
                    await output.WriteAsync(words, connection.Ended);
                    if (fault.EndsStream)
                    {
                        return;
                    }
                }
            }

            await _protocol.WriteStartAsync(output, snapshot, http, connection.Ended);
            connection.Position = snapshot.Revision;
            await foreach (var frame in connection.Queue.Reader.ReadAllAsync(connection.Ended))
            {
                if (frame.Revision > snapshot.Revision)
                {
                    await WriteAsync(output, frame.Bytes, connection.Ended);
                    if (frame.Revision != AnyRevision)
                    {
                        connection.Position = frame.Revision;
                    }

                    if (frame.Ends)
                    {
                        return;
                    }
                }
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException)
        {
            // The client left, or was cut: then the socket closes without a proper end, as in a network failure.
            http.Abort();
        }
        finally
        {
            _connections.TryRemove(connection, out _);
            ServeLog.StreamClosed(_logger, connection.Client, Count);
            ConnectionsChanged?.Invoke();
        }
    }

    /// <summary>Cuts every open stream without sending anything, as a failing network would.</summary>
    public void CutAll()
    {
        foreach (var connection in _connections.Keys)
        {
            connection.Cut();
        }
    }

    /// <summary>Lets a fault happen on every open stream.</summary>
    /// <returns>How many streams it happens to; 0 when the protocol cannot express the fault.</returns>
    public int Suffer(Fault fault)
    {
        var count = Count;
        if (fault.Kind == FaultKind.Drop)
        {
            CutAll();
            return count;
        }

        if (_protocol.Encode(fault, _repository.Current) is not { } words)
        {
            return 0;
        }

        Send(new(AnyRevision, words, fault.EndsStream));
        return count;
    }

    public void Dispose()
    {
        _repository.Changed -= Broadcast;
        _heartbeats.Dispose();
        _stalls.Dispose();
        CutAll();
    }

    private void Broadcast(RepositoryChange change)
    {
        if (!_connections.IsEmpty)
        {
            Send(new(change.Revision, _protocol.Encode(change)));
        }
    }

    private void Send(StreamFrame frame)
    {
        foreach (var connection in _connections.Keys)
        {
            if (!connection.Queue.Writer.TryWrite(frame) && connection.Cut())
            {
                ServeLog.StreamLagging(_logger, connection.Client, _queueLimit);
            }
        }
    }

    private void CutStalled()
    {
        foreach (var connection in _connections.Keys)
        {
            if (connection.WritesSince is { } since && _time.GetElapsedTime(since) > StallLimit && connection.Cut())
            {
                ServeLog.StreamStalled(_logger, connection.Client, (int)StallLimit.TotalSeconds);
            }
        }
    }

    private static string Describe(HttpContext http) =>
        http.Request.Headers.UserAgent.FirstOrDefault() is { Length: > 0 } agent
            ? $"{agent} from port {http.Connection.RemotePort}"
            : $"a client from port {http.Connection.RemotePort}";
}
