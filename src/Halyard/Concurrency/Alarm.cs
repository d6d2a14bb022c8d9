namespace Halyard.Concurrency;

/// <summary>
/// A timer that can be relied on: when the clock's own cannot be made or set, the machine's takes its place. A timer that is
/// not set would end what waits for it in silence. What it calls must not throw. Thread-safe as timers are.
/// </summary>
internal sealed class Alarm : IDisposable
{
    private readonly TimerCallback _ring;
    private readonly object _state;
    private readonly ITimer? _timer;
    private readonly Lock _gate = new();

    // Guarded by _gate.
    private ITimer? _standIn;
    private bool _disposed;

    /// <param name="time">The clock.</param>
    /// <param name="ring">What is called when it is time.</param>
    /// <param name="state">What that is given.</param>
    public Alarm(TimeProvider time, TimerCallback ring, object state)
    {
        _ring = ring;
        _state = state;
        try
        {
            _timer = time.CreateTimer(ring, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
        catch (Exception)
        {
            // The machine's serves.
        }
    }

    /// <summary>Sets it; what was set before counts no more.</summary>
    /// <param name="due">When it rings first; infinite for never.</param>
    /// <param name="period">How often after that; infinite for once.</param>
    public void Set(TimeSpan due, TimeSpan period)
    {
        var isSet = false;
        try
        {
            isSet = _timer is not null && _timer.Change(due, period);
        }
        catch (Exception)
        {
            // As if it had said so.
        }

        lock (_gate)
        {
            if (_disposed || (isSet && _standIn is null))
            {
                return;
            }

            _standIn ??= TimeProvider.System.CreateTimer(_ring, _state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _standIn.Change(isSet ? Timeout.InfiniteTimeSpan : due, isSet ? Timeout.InfiniteTimeSpan : period);
        }
    }

    /// <summary>Sets it to ring once.</summary>
    public void Set(TimeSpan due) => Set(due, Timeout.InfiniteTimeSpan);

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            _standIn?.Dispose();
        }

        try
        {
            _timer?.Dispose();
        }
        catch (Exception)
        {
            // Whoever ends has more to end. What the timer calls from here on finds that it has ended.
        }
    }
}
