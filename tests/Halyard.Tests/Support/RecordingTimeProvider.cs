using Microsoft.Extensions.Time.Testing;

namespace Halyard.Tests.Support;

/// <summary>Fake time that writes down every timer, so that a test knows when a wait has begun, and counts those alive.</summary>
internal sealed class RecordingTimeProvider() : FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero))
{
    private int _alive;

    /// <summary>The due time of every timer, in order of creation.</summary>
    public Journal<TimeSpan> Timers { get; } = new();

    /// <summary>The due time of every timer that was set again, in order; infinite for one that was stopped.</summary>
    public Journal<TimeSpan> Sets { get; } = new();

    public int TimersAlive => Volatile.Read(ref _alive);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new CountedTimer(this, base.CreateTimer(callback, state, dueTime, period));
        Timers.Add(dueTime);
        return timer;
    }

    /// <summary>Waits until so many timers with the due time have been made, then lets that time pass.</summary>
    public async Task PassAsync(TimeSpan dueTime, int times = 1)
    {
        await Timers.UntilAsync(all => all.Count(t => t == dueTime) >= times);
        Advance(dueTime);
    }

    private sealed class CountedTimer : ITimer
    {
        private readonly RecordingTimeProvider _owner;
        private readonly ITimer _inner;
        private int _disposed;

        public CountedTimer(RecordingTimeProvider owner, ITimer inner)
        {
            (_owner, _inner) = (owner, inner);
            Interlocked.Increment(ref owner._alive);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            _owner.Sets.Add(dueTime);
            return _inner.Change(dueTime, period);
        }

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _disposed, 1) == 0)
            {
                Interlocked.Decrement(ref _owner._alive);
                _inner.Dispose();
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
