using System.Threading.Channels;

namespace Halyard.Cli;

/// <summary>One open stream: what waits to be sent on it, and whether its reader takes it. Thread-safe.</summary>
/// <param name="client">Who reads, for people.</param>
/// <param name="queueLimit">How many frames may wait.</param>
/// <param name="time">The clock.</param>
/// <param name="requestAborted">Cancelled when the client leaves.</param>
internal sealed class OpenStream(string client, int queueLimit, TimeProvider time, CancellationToken requestAborted) : IDisposable
{
    private const long NotWriting = 0;

    private readonly CancellationTokenSource _ended = CancellationTokenSource.CreateLinkedTokenSource(requestAborted);
    private bool _over;

    // A timestamp of the clock, which is never 0 once a machine has started; changed by the stream's own loop alone.
    private long _writesSince = NotWriting;
    private long _position;

    public string Client { get; } = client;

    public DateTimeOffset Since { get; } = time.GetUtcNow();

    public CancellationToken Ended => _ended.Token;

    /// <summary>The revision that was sent last.</summary>
    public long Position
    {
        get => Volatile.Read(ref _position);
        set => Volatile.Write(ref _position, value);
    }

    /// <summary>Since when the reader has been waited for; null when it is not.</summary>
    public long? WritesSince => Volatile.Read(ref _writesSince) is var since and not NotWriting ? since : null;

    // Written to from inside the repository's write: TryWrite on a full bounded channel fails at once.
    public Channel<StreamFrame> Queue { get; } = Channel.CreateBounded<StreamFrame>(
        new BoundedChannelOptions(queueLimit) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    /// <summary>Says that something is handed to the reader.</summary>
    public void BeginWrite() => Volatile.Write(ref _writesSince, Math.Max(time.GetTimestamp(), 1));

    /// <summary>Says that the reader took it.</summary>
    public void EndWrite() => Volatile.Write(ref _writesSince, NotWriting);

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
