using Halyard.DataInterfaces;
using Halyard.DataSystems.Sources;

namespace Halyard.DataSystems;

/// <summary>
/// Chooses among the synchronizers of a chain: which comes next, which may not be used now or any more, and when the
/// one in use is to be left. Pure: times are given, counted from the start of the chain. Not thread-safe.
/// <para>
/// A source that fails in a way that retrying soon will not mend is set aside: left at once, and not used again before
/// a time that grows from 5 minutes to 1 hour, as it would grow between its own retries.
/// </para>
/// </summary>
internal sealed class SourceRotation
{
    private readonly SwitchingRules _rules;
    private readonly Slot[] _slots;

    /// <param name="count">How many sources there are.</param>
    /// <param name="rules">When to leave.</param>
    /// <param name="random">The source of jitter; null takes the shared one.</param>
    public SourceRotation(int count, SwitchingRules rules, Func<double>? random = null)
    {
        _rules = rules;
        _slots = new Slot[count];
        for (var i = 0; i < count; i++)
        {
            _slots[i] = new(new ReconnectSchedule(ReconnectSchedule.ExtendedCurve, ReconnectSchedule.ExtendedCurve, random: random));
        }
    }

    /// <summary>Whether every source has ended for good.</summary>
    public bool AllExcluded => Array.TrueForAll(_slots, static slot => slot.Excluded);

    /// <summary>The most preferred source that can be used now; null when none can.</summary>
    public int? First(TimeSpan now)
    {
        var first = Array.FindIndex(_slots, slot => slot.IsAvailable(now));
        return first < 0 ? null : first;
    }

    /// <summary>The source after the given one, in order and round again, that can be used now; null when no other can.</summary>
    public int? NextAfter(int current, TimeSpan now)
    {
        for (var step = 1; step < _slots.Length; step++)
        {
            var next = (current + step) % _slots.Length;
            if (_slots[next].IsAvailable(now))
            {
                return next;
            }
        }

        return null;
    }

    /// <summary>When the first of the sources that are set aside may be used again; null when none will be.</summary>
    public TimeSpan? NextReturn(TimeSpan now)
    {
        TimeSpan? earliest = null;
        foreach (var slot in _slots)
        {
            if (!slot.Excluded && slot.AsideUntil > now && !(earliest <= slot.AsideUntil))
            {
                earliest = slot.AsideUntil;
            }
        }

        return earliest;
    }

    /// <summary>The source delivered: what was held against it is forgotten.</summary>
    public void Delivered(int source) => _slots[source].Schedule.Reset();

    /// <summary>Sets a source aside.</summary>
    public void SetAside(int source, TimeSpan now) =>
        _slots[source].AsideUntil = now + _slots[source].Schedule.Next(RetryRegime.Extended);

    /// <summary>Never uses a source again.</summary>
    public void Exclude(int source) => _slots[source].Excluded = true;

    public Verdict Judge(int current, SourceState state, TimeSpan now)
    {
        switch (state.End)
        {
            case SourceEnd.Unexpected:
                return new(LeaveReason.Unexpected, null);
            case SourceEnd.Off:
                return new(LeaveReason.Off, null);
            case SourceEnd.Ordered:
                return new(LeaveReason.Ordered, null);
        }

        if (state.ValidSince is { } validSince)
        {
            return JudgeValid(current, validSince, now);
        }

        if (NextAfter(current, now) is null)
        {
            // There is no other source to turn to until one that is set aside may be used again.
            return new(LeaveReason.None, NextReturn(now));
        }

        var verdict = new Verdict(LeaveReason.None, null);
        if (state.FailingSince is { } failingSince)
        {
            verdict = After(failingSince, _rules.FallbackAfter, LeaveReason.Interrupted, now);
        }

        // A failing source is left early only while it is tried out. To leave it early again and again would put a load
        // on a service that is down, as each start begins with quick retries.
        if (verdict.Reason == LeaveReason.None && !state.HasDelivered && (state.IsTrial || state.FailingSince is null))
        {
            var slow = After(state.LastSign, _rules.SlowStart, LeaveReason.SlowStart, now);
            verdict = slow.Reason != LeaveReason.None ? slow : new(LeaveReason.None, Earlier(slow.LookAgain, verdict.LookAgain));
        }

        return verdict;
    }

    private Verdict JudgeValid(int current, TimeSpan validSince, TimeSpan now)
    {
        if (current == 0 || _rules.RecoverAfter == Timeout.InfiniteTimeSpan || Array.TrueForAll(_slots[..current], static s => s.Excluded))
        {
            return default;
        }

        var better = First(now);
        return better < current
            ? After(validSince, _rules.RecoverAfter, LeaveReason.Recovery, now)
            : new(LeaveReason.None, NextReturn(now));
    }

    private static Verdict After(TimeSpan since, TimeSpan limit, LeaveReason reason, TimeSpan now) =>
        limit == Timeout.InfiniteTimeSpan ? default
        : now - since >= limit ? new(reason, null)
        : new(LeaveReason.None, since + limit);

    private static TimeSpan? Earlier(TimeSpan? a, TimeSpan? b) => a is null ? b : b is null ? a : a < b ? a : b;

    private sealed class Slot(ReconnectSchedule schedule)
    {
        public ReconnectSchedule Schedule => schedule;

        public bool Excluded { get; set; }

        public TimeSpan AsideUntil { get; set; }

        public bool IsAvailable(TimeSpan now) => !Excluded && AsideUntil <= now;
    }
}
