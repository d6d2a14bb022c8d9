using Halyard.DataInterfaces;

namespace Halyard.DataSystems.Sources;

/// <summary>
/// Decides how long to wait after each failure. Faults that pass follow the normal curve; one that does not pass by
/// itself moves to the extended curve, where every later failure stays until <see cref="Reset"/>: a network fault
/// between two refusals must not bring quick retries back. Up to half of each delay is taken off at random, so that a
/// fleet does not return at once. Pure: no clock, no input but the calls. Not thread-safe.
/// </summary>
/// <param name="normal">The curve of faults that pass.</param>
/// <param name="extended">The curve of faults that do not.</param>
/// <param name="floor">No delay is shorter: a poller's interval; zero for a stream.</param>
/// <param name="random">Numbers from 0 up to 1; null takes the shared source.</param>
internal sealed class ReconnectSchedule(RetryCurve normal, RetryCurve extended, TimeSpan floor = default, Func<double>? random = null)
{
    private readonly Func<double> _random = random ?? SharedRandom;
    private int _failures;

    /// <summary>The curve in force.</summary>
    public RetryRegime Regime { get; private set; }

    /// <summary>Whether no failure has been counted since the start, or since <see cref="Reset"/>.</summary>
    public bool IsFresh => _failures == 0 && Regime == RetryRegime.Normal;

    /// <summary>The curve of streams for faults that do not pass by themselves: 5 minutes doubling to 1 hour.</summary>
    public static RetryCurve ExtendedCurve { get; } = new(TimeSpan.FromMinutes(5), TimeSpan.FromHours(1));

    /// <summary>The schedule of polls: flat at the interval, and for faults that do not pass, the extended curve, but never faster than the interval.</summary>
    public static ReconnectSchedule ForPolling(TimeSpan interval, Func<double>? random = null) => new(
        new(interval, interval),
        new(Max(ExtendedCurve.First, interval), Max(ExtendedCurve.Longest, interval)),
        interval,
        random);

    /// <summary>Counts a failure and gives the delay before the next attempt.</summary>
    /// <param name="regime">The failure's own class.</param>
    /// <param name="atLeast">A lower bound that the service asked for.</param>
    public TimeSpan Next(RetryRegime regime, TimeSpan? atLeast = null)
    {
        if (regime == RetryRegime.Extended && Regime == RetryRegime.Normal)
        {
            Regime = RetryRegime.Extended;
            _failures = 0;
        }

        var delay = (Regime == RetryRegime.Extended ? extended : normal).At(_failures);
        _failures = Math.Min(_failures + 1, 30);
        var jittered = delay - (delay * (0.5 * _random()));
        return Max(Max(jittered, floor), atLeast ?? TimeSpan.Zero);
    }

    /// <summary>Starts over: the source has been good for long enough.</summary>
    public void Reset()
    {
        Regime = RetryRegime.Normal;
        _failures = 0;
    }

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;

#pragma warning disable CA5394 // Spreads load; nothing secret depends on it.
    private static double SharedRandom() => Random.Shared.NextDouble();
#pragma warning restore CA5394
}
