using System.Collections.Concurrent;
using System.Threading.Channels;
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

    private const long AnyRevision = long.MaxValue;

    private readonly ConcurrentDictionary<Connection, bool> _connections = new();
    private readonly FlagRepository _repository;
    private readonly IStreamProtocol _protocol;
    private readonly ILogger _logger;
    private readonly int _queueLimit;
    private readonly ITimer _heartbeats;

    public EventStreamHub(FlagRepository repository, IStreamProtocol protocol, int queueLimit, TimeProvider timeProvider, ILogger logger)
    {
        _repository = repository;
        _protocol = protocol;
        _queueLimit = queueLimit;
        _logger = logger;
        _repository.Changed += Broadcast;
        _heartbeats = timeProvider.CreateTimer(_ => Send(new(AnyRevision, protocol.Heartbeat)), null, HeartbeatInterval, HeartbeatInterval);
    }

    public int Count => _connections.Count;

    /// <summary>Serves one stream until the client leaves, lags, or is cut.</summary>
    public async Task ServeAsync(HttpContext http)
    {
        http.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        http.Response.ContentType = "text/event-stream; charset=utf-8";
        http.Response.Headers.CacheControl = "no-cache";

        using var connection = new Connection(Describe(http), _queueLimit, http.RequestAborted);
        // First listen, then read the data: whatever changes between is in the queue as well, and skipped below.
        _connections.TryAdd(connection, true);
        ServeLog.StreamOpened(_logger, connection.Client, Count);
        try
        {
            var output = http.Response.BodyWriter;
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
            await foreach (var frame in connection.Queue.Reader.ReadAllAsync(connection.Ended))
            {
                if (frame.Revision > snapshot.Revision)
                {
                    await output.WriteAsync(frame.Bytes, connection.Ended);
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
        CutAll();
    }

    private void Broadcast(RepositoryChange change)
    {
        if (!_connections.IsEmpty)
        {
            Send(new(change.Revision, _protocol.Encode(change)));
        }
    }

    private void Send(Frame frame)
    {
        foreach (var connection in _connections.Keys)
        {
            if (!connection.Queue.Writer.TryWrite(frame) && connection.Cut())
            {
                ServeLog.StreamLagging(_logger, connection.Client, _queueLimit);
            }
        }
    }

    private static string Describe(HttpContext http) =>
        http.Request.Headers.UserAgent.FirstOrDefault() is { Length: > 0 } agent
            ? $"{agent} from port {http.Connection.RemotePort}"
            : $"a client from port {http.Connection.RemotePort}";

    private readonly record struct Frame(long Revision, byte[] Bytes, bool Ends = false);

    private sealed class Connection(string client, int queueLimit, CancellationToken requestAborted) : IDisposable
    {
        private readonly CancellationTokenSource _ended = CancellationTokenSource.CreateLinkedTokenSource(requestAborted);
        private bool _over;

        public string Client { get; } = client;

        public CancellationToken Ended => _ended.Token;

        // Written to from inside the repository's write: TryWrite on a full bounded channel fails at once.
        public Channel<Frame> Queue { get; } = Channel.CreateBounded<Frame>(
            new BoundedChannelOptions(queueLimit) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

        /// <summary>Ends the connection; false when it had ended before.</summary>
        public bool Cut()
        {
            if (Interlocked.Exchange(ref _over, true))
            {
                return false;
            }

            try
            {
                _ended.CancelAsync();
                return true;
            }
            catch (ObjectDisposedException)
            {
                // It ended by itself in this very moment.
                return false;
            }
        }

        public void Dispose()
        {
            Interlocked.Exchange(ref _over, true);
            _ended.Dispose();
        }
    }
}
