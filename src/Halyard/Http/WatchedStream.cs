using System.Runtime.CompilerServices;
using Halyard.Configuration;

namespace Halyard.Http;

/// <summary>
/// Ends a stream that has been silent for too long, or brings less than a minimum rate while something is under way. One
/// timer for the stream's whole life looks at what the reads wrote down, and the read's own state is pooled: a read
/// touches no timer and allocates nothing. Only time spent in a read counts, because a busy reader is no fault of the
/// sender's.
/// </summary>
internal sealed class WatchedStream : ReadOnlyStream
{
    private const long NotReading = long.MinValue;

    private readonly Stream _inner;
    private readonly ByteCount? _received;
    private readonly TimeSpan _longestPause;
    private readonly MinimumRate _rate;
    private readonly bool _countsAll;
    private readonly TimeProvider _time;
    private readonly CancellationToken _stop;
    private readonly CancellationTokenSource _end;
    private readonly Lock _gate = new();

    // Guarded by _gate.
    private readonly ProgressMeter _meter;
    private ITimer? _timer;
    private long _wakeAt;
    private long _number;
    private bool _disposed;

    // Written by the reads, read by the timer.
    private long _readingSince = NotReading;
    private long _bytes;
    private volatile bool _tooSlow;
    private volatile Exception? _fault;

    /// <param name="inner">Disposed with this stream.</param>
    /// <param name="longestPause">How long a read may wait for its first byte; may be infinite.</param>
    /// <param name="rate">What must arrive of what is under way.</param>
    /// <param name="countsAll">
    /// Whether the stream as a whole is under way, and all its bytes count; otherwise <see cref="Note"/> says what is and does.
    /// </param>
    /// <param name="time">The clock.</param>
    /// <param name="stop">Ends every read, whatever token it is given: one registration serves them all.</param>
    /// <param name="received">What counts the bytes for others; null for nobody.</param>
    public WatchedStream(
        Stream inner, TimeSpan longestPause, MinimumRate rate, bool countsAll, TimeProvider time, CancellationToken stop, ByteCount? received = null)
    {
        _received = received;
        _inner = inner;
        _longestPause = longestPause;
        _rate = rate;
        _time = time;
        _stop = stop;
        _countsAll = countsAll;
        _end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        _meter = new(rate, time);
        lock (_gate)
        {
            var now = time.GetTimestamp();
            if (countsAll && !rate.IsNone)
            {
                _meter.Begin(now, 0);
            }

            SetTimer(now);
        }
    }

    /// <summary>Says what the reader made of the bytes it has read so far. For streams whose bytes do not all count.</summary>
    /// <param name="isUnderWay">Whether something has begun and not ended.</param>
    /// <param name="number">Tells one thing from the next: the time begins anew with each.</param>
    /// <param name="bytes">How many bytes have counted since the stream was opened.</param>
    public void Note(bool isUnderWay, long number, long bytes)
    {
        Volatile.Write(ref _bytes, bytes);
        // Read without the lock: the reader alone begins and ends.
        if (_rate.IsNone || (isUnderWay ? _meter.IsRunning && number == _number : !_meter.IsRunning))
        {
            return;
        }

        lock (_gate)
        {
            _number = number;
            if (!isUnderWay)
            {
                _meter.End();
            }
            else if (!_disposed)
            {
                var now = _time.GetTimestamp();
                _meter.Begin(now, bytes);
                SetTimer(now);
            }
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            Volatile.Write(ref _readingSince, _time.GetTimestamp());
            var read = await _inner.ReadAsync(buffer, _end.Token).ConfigureAwait(false);
            Volatile.Write(ref _readingSince, NotReading);
            _received?.Add(read);
            if (_countsAll)
            {
                Volatile.Write(ref _bytes, _bytes + read);
            }

            return read;
        }
        catch (Exception e) when (_end.IsCancellationRequested && e is (OperationCanceledException or IOException))
        {
            _stop.ThrowIfCancellationRequested();
            if (_fault is { } fault)
            {
                throw new IOException($"the stream could not be watched any more ({fault.Message})", fault);
            }

            throw new TimeoutException(
                _tooSlow
                    ? $"less than {_rate.Bytes} bytes arrived in {_rate.Window.TotalSeconds:0.###} seconds of what was under way"
                    : $"no byte arrived for {_longestPause.TotalSeconds:0.###} seconds",
                e);
        }
    }

    public override async ValueTask DisposeAsync()
    {
        if (Release())
        {
            await _inner.DisposeAsync().ConfigureAwait(false);
        }

        await base.DisposeAsync().ConfigureAwait(false);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && Release())
        {
            _inner.Dispose();
        }

        base.Dispose(disposing);
    }

    private bool Release()
    {
        lock (_gate)
        {
            if (_disposed)
            {
                return false;
            }

            _disposed = true;
            _timer?.Dispose();
        }

        _end.Dispose();
        return true;
    }

    // Under the lock.
    private void SetTimer(long now, TimeSpan paused = default)
    {
        var due = _longestPause == Timeout.InfiniteTimeSpan ? _longestPause : _longestPause - paused;
        if (_meter.IsRunning && _meter.UntilNext(now) is var look && (due == Timeout.InfiniteTimeSpan || look < due))
        {
            due = look;
        }

        if (due == Timeout.InfiniteTimeSpan)
        {
            return;
        }

        // What is left of a millisecond is nothing to a timer, which would fire again and again until it is over.
        due = due < HttpOptionsValidation.ShortestSpan ? HttpOptionsValidation.ShortestSpan : due;

        // A timer that fires too early looks and goes on waiting: that is cheaper than to set it again for every event.
        var wakeAt = now + (long)(due.TotalSeconds * _time.TimestampFrequency);
        if (_wakeAt != 0 && _wakeAt <= wakeAt)
        {
            return;
        }

        _wakeAt = wakeAt;
        if (_timer is null)
        {
            _timer = _time.CreateTimer(static state => ((WatchedStream)state!).TryLook(), this, due, Timeout.InfiniteTimeSpan);
        }
        else
        {
            _timer.Change(due, Timeout.InfiniteTimeSpan);
        }
    }

    // On a timer's thread, where an exception would end the process; and a stream that is not watched could be silent for ever.
    private void TryLook()
    {
        try
        {
            Look();
        }
        catch (Exception e)
        {
            _fault = e;
            End();
        }
    }

    private void Look()
    {
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            _wakeAt = 0;
            var now = _time.GetTimestamp();
            var readingSince = Volatile.Read(ref _readingSince);
            var isReading = readingSince != NotReading;
            var bytes = Volatile.Read(ref _bytes);
            if (_meter.IsRunning && !isReading)
            {
                _meter.Begin(now, bytes);
            }

            _tooSlow = _meter.IsRunning && !_meter.Check(now, bytes);
            var pause = isReading ? _time.GetElapsedTime(readingSince, now) : TimeSpan.Zero;
            if (!_tooSlow && (_longestPause == Timeout.InfiniteTimeSpan || pause < _longestPause))
            {
                SetTimer(now, pause);
                return;
            }
        }

        End();
    }

    private void End()
    {
        try
        {
            _end.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The stream was disposed in this very moment.
        }
    }
}
