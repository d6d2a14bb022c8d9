namespace Halyard.Http;

/// <summary>
/// Judges whether what is under way makes progress. Windows overlap by half, so that a slow time is met wherever it
/// begins; the first window begins with what is under way. Pure: the times are given. Not thread-safe.
/// </summary>
internal sealed class ProgressMeter(MinimumRate rate, TimeProvider time)
{
    private long _start;
    private long _bytesAtStart;
    private (long At, long Bytes)? _middle;

    /// <summary>Whether something is under way.</summary>
    public bool IsRunning { get; private set; }

    /// <summary>Something gets under way.</summary>
    public void Begin(long now, long bytes)
    {
        (_start, _bytesAtStart, _middle) = (now, bytes, null);
        IsRunning = true;
    }

    /// <summary>Nothing is under way any more.</summary>
    public void End() => IsRunning = false;

    /// <summary>Looks at what has arrived by now; false when it is too little.</summary>
    public bool Check(long now, long bytes)
    {
        if (time.GetElapsedTime(_start, now) >= rate.Window)
        {
            if (bytes - _bytesAtStart < rate.Bytes)
            {
                return false;
            }

            // A look that came late leaves no middle, or one that is old: no window is judged that was not looked at.
            (_start, _bytesAtStart) = _middle is { } middle && time.GetElapsedTime(middle.At, now) < rate.Window ? middle : (now, bytes);
            _middle = null;
        }

        if (_middle is null && time.GetElapsedTime(_start, now) >= rate.Window / 2)
        {
            _middle = (now, bytes);
        }

        return true;
    }

    /// <summary>How long until the next look is due.</summary>
    public TimeSpan UntilNext(long now)
    {
        var left = (_middle is null ? rate.Window / 2 : rate.Window) - time.GetElapsedTime(_start, now);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }
}
