using System.Collections.Concurrent;
using System.Diagnostics;
using Halyard.Concurrency;

namespace Halyard.Tests.Faults;

/// <summary>
/// A clock on which a second lasts a millisecond, and which fails on demand: at the n-th pass of a step of a loop, or at the
/// n-th call of one of its own members. It counts both.
/// </summary>
internal sealed class FaultyClock : TimeProvider, ICheckpoints
{
    public const string Own = "clock: ";

    private const int Speed = 1000;

    private static readonly DateTimeOffset Began = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly ConcurrentDictionary<string, int> _passes = new();
    private readonly long _began = Stopwatch.GetTimestamp();
    private readonly Fault? _fault;
    [ThreadStatic]
    private static bool _isSpared;

    private volatile bool _isBroken;
    private volatile bool _hasThrown;

    /// <param name="fault">What it throws, and when; null for never.</param>
    public FaultyClock(Fault? fault = null) => _fault = fault;

    /// <summary>Whether it counts calls of its own members, and fails at them.</summary>
    public bool CountsOwn { get; set; }

    /// <summary>Set while every call of its own members fails.</summary>
    public bool IsBroken
    {
        get => _isBroken;
        set => _isBroken = value;
    }

    public bool HasThrown => _hasThrown;

    /// <summary>How often each step was passed, and each member called.</summary>
    public IReadOnlyDictionary<string, int> Passes => _passes;

    public override long TimestampFrequency => Stopwatch.Frequency / Speed;

    /// <summary>Does what the application does on its own thread, which is no loop's affair: no call of the clock fails in it, or counts.</summary>
    public static void Spare(Action action)
    {
        _isSpared = true;
        try
        {
            action();
        }
        finally
        {
            _isSpared = false;
        }
    }

    public void Pass(string step)
    {
        var passes = _passes.AddOrUpdate(step, 1, static (_, count) => count + 1);
        if (_fault is { } fault && fault.Step == step && fault.Pass == passes)
        {
            _hasThrown = true;
            throw fault.Make();
        }
    }

    public override long GetTimestamp()
    {
        Called("timestamp");
        return Stopwatch.GetTimestamp();
    }

    public override DateTimeOffset GetUtcNow()
    {
        Called("now");
        return Began + (Stopwatch.GetElapsedTime(_began) * Speed);
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        Called("make timer");
        return new FastTimer(this, System.CreateTimer(callback, state, Fast(dueTime), Fast(period)));
    }

    private static TimeSpan Fast(TimeSpan span) =>
        span <= TimeSpan.Zero ? span : TimeSpan.FromMilliseconds(Math.Ceiling(span.TotalMilliseconds / Speed));

    private void Called(string member)
    {
        if (_isBroken && !_isSpared)
        {
            _hasThrown = true;
            throw new InvalidOperationException(Fault.Message);
        }

        if (CountsOwn && !_isSpared)
        {
            Pass(Own + member);
        }
    }

    private sealed class FastTimer(FaultyClock clock, ITimer inner) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            clock.Called("set timer");
            return inner.Change(Fast(dueTime), Fast(period));
        }

        public void Dispose() => inner.Dispose();

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
