namespace Halyard.Tests.Support;

/// <summary>
/// The system's time, which notes what its timers cannot do: a span beyond their range, and a period below their
/// millisecond, after which they would end in silence.
/// </summary>
internal sealed class StrictTimeProvider : TimeProvider
{
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(uint.MaxValue - 1);

    private int _calls;

    /// <summary>What was asked of timers that they cannot do.</summary>
    public Journal<string> Faults { get; } = new();

    /// <summary>How often timers were made or set.</summary>
    public int Calls => Volatile.Read(ref _calls);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        Check(dueTime, period);
        return new StrictTimer(this, base.CreateTimer(callback, state, dueTime, period));
    }

    private void Check(TimeSpan dueTime, TimeSpan period)
    {
        Interlocked.Increment(ref _calls);
        if (!IsInRange(dueTime) || !IsInRange(period))
        {
            Faults.Add($"a timer was to be due in {dueTime}, and every {period}");
        }

        if (period > TimeSpan.Zero && period < TimeSpan.FromMilliseconds(1))
        {
            Faults.Add($"a timer of period {period} ends after the first time");
        }
    }

    private static bool IsInRange(TimeSpan span) => span == Timeout.InfiniteTimeSpan || (span >= TimeSpan.Zero && span <= Longest);

    private sealed class StrictTimer(StrictTimeProvider owner, ITimer inner) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            owner.Check(dueTime, period);
            return inner.Change(dueTime, period);
        }

        public void Dispose() => inner.Dispose();

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
