namespace Halyard.Simulation.Engine;

/// <summary>The clock of one simulated process. Its timers fire as steps of the simulation, until the process is killed.</summary>
internal sealed class ProcessTime(SimScheduler scheduler, SimRandom random) : TimeProvider
{
    private static readonly DateTimeOffset Epoch = new(2026, 11, 30, 0, 0, 0, TimeSpan.Zero);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>How many timers are not disposed.</summary>
    public int Timers { get; private set; }

    /// <summary>Whether the process is there.</summary>
    public bool IsAlive { get; private set; } = true;

    /// <summary>By how much the wall clock is wrong.</summary>
    public TimeSpan WallError { get; set; }

    public override DateTimeOffset GetUtcNow() => Epoch + scheduler.Now + WallError;

    public override long GetTimestamp() => scheduler.Now.Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        Timers++;
        var timer = new Timer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Nothing of the process goes on.</summary>
    public void Kill() => IsAlive = false;

    // A timer of the platform's knows whole milliseconds, of which it lets the rest fall, and may be late.
    private SimEvent Schedule(TimeSpan due, Action fire) =>
        scheduler.After(TimeSpan.FromMilliseconds(Math.Floor(due.TotalMilliseconds)) + (random.Chance(0.5) ? random.Milliseconds(0, 2) : TimeSpan.Zero), "timer", fire);

    private sealed class Timer(ProcessTime owner, TimerCallback callback, object? state) : ITimer
    {
        private SimEvent? _next;
        private TimeSpan _period;
        private bool _disposed;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            _next?.Cancel();
            _next = null;
            if (_disposed)
            {
                return false;
            }

            _period = period;
            if (dueTime != Timeout.InfiniteTimeSpan)
            {
                _next = owner.Schedule(dueTime, Fire);
            }

            return true;
        }

        public void Dispose()
        {
            if (!_disposed)
            {
                _disposed = true;
                owner.Timers--;
                _next?.Cancel();
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }

        private void Fire()
        {
            if (!owner.IsAlive)
            {
                return;
            }

            _next = _period > TimeSpan.Zero ? owner.Schedule(_period, Fire) : null;
            callback(state);
        }
    }
}
