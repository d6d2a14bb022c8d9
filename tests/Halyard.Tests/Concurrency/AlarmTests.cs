using Halyard.Concurrency;
using Halyard.Tests.Faults;
using Halyard.Tests.Support;

namespace Halyard.Tests.Concurrency;

public sealed class AlarmTests
{
    private readonly Journal<bool> _rings = new();

    [Fact]
    public async Task It_rings_by_its_clock()
    {
        var time = new RecordingTimeProvider();
        using var alarm = Made(time);
        alarm.Set(TimeSpan.FromMinutes(1));
        time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(0, _rings.Count);
        time.Advance(TimeSpan.FromSeconds(1));
        await _rings.EntryAsync(1);
    }

    [Fact]
    public async Task It_rings_though_its_clock_makes_no_timer_or_sets_none()
    {
        var clock = new FaultyClock { IsBroken = true };
        using var unmade = Made(clock);
        unmade.Set(TimeSpan.FromMilliseconds(1));
        await _rings.EntryAsync(1);
        clock.IsBroken = false;
        using var made = Made(clock);
        clock.IsBroken = true;
        made.Set(TimeSpan.FromMilliseconds(1));
        await _rings.EntryAsync(2);

        // When the clock is well again, what the other was set to counts no more.
        made.Set(TimeSpan.FromHours(10));
        clock.IsBroken = false;
        made.Set(TimeSpan.FromMilliseconds(1));
        await _rings.EntryAsync(3);
    }

    [Fact]
    public void It_is_silent_after_its_end()
    {
        var time = new RecordingTimeProvider();
        var alarm = Made(time);
        alarm.Set(TimeSpan.FromMinutes(1));
        alarm.Dispose();
        alarm.Set(TimeSpan.FromMinutes(1));
        time.Advance(TimeSpan.FromHours(1));
        Assert.Equal((0, 0), (_rings.Count, time.TimersAlive));
    }

    [Fact]
    public async Task It_rings_though_its_clock_s_timer_refuses_and_ends_though_that_throws()
    {
        var alarm = Made(new RefusingClock());
        alarm.Set(TimeSpan.FromMilliseconds(1));
        await _rings.EntryAsync(1);
        alarm.Dispose();
        alarm.Set(TimeSpan.Zero);
        Assert.Equal(1, _rings.Count);
    }

    private sealed class RefusingClock : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => new RefusingTimer();

        private sealed class RefusingTimer : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => false;

            public void Dispose() => throw new InvalidOperationException();

            public ValueTask DisposeAsync() => throw new InvalidOperationException();
        }
    }

    private Alarm Made(TimeProvider time) => new(time, static rings => ((Journal<bool>)rings!).Add(true), _rings);
}
