using System.Runtime.CompilerServices;

namespace Halyard.Http;

/// <summary>
/// Ends a stream that has been silent for too long. One timer for the stream's whole life is set again on every read,
/// and the read's own state is pooled: a read allocates nothing.
/// </summary>
internal sealed class WatchedStream : Stream
{
    private readonly Stream _inner;
    private readonly TimeSpan _longestPause;
    private readonly CancellationToken _stop;
    private readonly CancellationTokenSource _end;
    private readonly ITimer? _timer;
    private int _disposed;

    /// <param name="inner">Disposed with this stream.</param>
    /// <param name="longestPause">From the opening to the first byte, and from each byte to the next; may be infinite.</param>
    /// <param name="time">The clock.</param>
    /// <param name="stop">Ends every read, whatever token it is given: one registration serves them all.</param>
    public WatchedStream(Stream inner, TimeSpan longestPause, TimeProvider time, CancellationToken stop)
    {
        _inner = inner;
        _longestPause = longestPause;
        _stop = stop;
        _end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        if (longestPause != Timeout.InfiniteTimeSpan)
        {
            _timer = time.CreateTimer(static state => ((WatchedStream)state!).OnSilence(), this, longestPause, Timeout.InfiniteTimeSpan);
        }
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            var read = await _inner.ReadAsync(buffer, _end.Token).ConfigureAwait(false);
            if (read > 0)
            {
                _timer?.Change(_longestPause, Timeout.InfiniteTimeSpan);
            }

            return read;
        }
        catch (Exception e) when (_end.IsCancellationRequested && e is (OperationCanceledException or IOException))
        {
            _stop.ThrowIfCancellationRequested();
            throw new TimeoutException($"no byte arrived for {_longestPause.TotalSeconds:0.###} seconds", e);
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("The stream is read asynchronously.");

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _timer?.Dispose();
            _end.Dispose();
            await _inner.DisposeAsync().ConfigureAwait(false);
        }

        await base.DisposeAsync().ConfigureAwait(false);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _timer?.Dispose();
            _end.Dispose();
            _inner.Dispose();
        }

        base.Dispose(disposing);
    }

    private void OnSilence()
    {
        try
        {
            _end.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The timer fired while the stream was being disposed.
        }
    }
}
