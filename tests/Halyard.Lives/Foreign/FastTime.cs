namespace Halyard.Lives.Foreign;

/// <summary>
/// The machine's time, a hundred times as fast: what a client waits seconds for is over while many other lives go on. Knows
/// which of its timers are left. Thread-safe.
/// </summary>
internal sealed class FastTime : TimeProvider
{
    private const int Factor = 100;

    private readonly long _began = System.GetTimestamp();
    private readonly DateTimeOffset _beganAt = System.GetUtcNow();
    private int _timers;

    /// <summary>How many timers were made and not disposed.</summary>
    public int Timers => Volatile.Read(ref _timers);

    public override long TimestampFrequency => System.TimestampFrequency;

    public override long GetTimestamp() => (System.GetTimestamp() - _began) * Factor;

    public override DateTimeOffset GetUtcNow() => _beganAt + GetElapsedTime(0);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new FastTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private static TimeSpan Fast(TimeSpan time) =>
        time > TimeSpan.Zero ? TimeSpan.FromMilliseconds(Math.Max(1, time.TotalMilliseconds / Factor)) : time;

    private sealed class FastTimer : ITimer
    {
        private readonly FastTime _time;
        private readonly ITimer _timer;
        private int _disposed;

        public FastTimer(FastTime time, TimerCallback callback, object? state)
        {
            _time = time;
            Interlocked.Increment(ref time._timers);
            _timer = System.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period) => _timer.Change(Fast(dueTime), Fast(period));

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _disposed, 1) == 0)
            {
                Interlocked.Decrement(ref _time._timers);
            }

            _timer.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
