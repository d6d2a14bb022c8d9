using Halyard.Concurrency;

namespace Halyard.DataSystems;

/// <summary>
/// When a store that is down is asked again: after a second, then after twice as long each time up to a limit, each
/// shortened at random by up to a fifth so that a fleet does not ask at once. Every change is made within the lock of
/// its <see cref="StoreHealth"/>; <see cref="NextAt"/> may be read by anybody.
/// </summary>
internal sealed class ProbeSchedule : IDisposable
{
    public static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(30);

    private readonly TimeProvider _timeProvider;
    private readonly TimeSpan _maxDelay;
    private readonly Func<double> _random;
    private readonly Alarm _timer;

    // Written within the lock of the health, read without.
    private long _nextAt;

    // Guarded by the lock of the health.
    private int _attempts;

    /// <param name="timeProvider">The clock.</param>
    /// <param name="ttl">The time items stay fresh: a probe that is later than that would delay their refresh.</param>
    /// <param name="random">Gives numbers from 0 to less than 1.</param>
    /// <param name="probe">Called when it is time.</param>
    public ProbeSchedule(TimeProvider timeProvider, TimeSpan ttl, Func<double> random, Action probe)
    {
        _timeProvider = timeProvider;
        _random = random;
        _maxDelay = ttl == Timeout.InfiniteTimeSpan || ttl > LongestDelay ? LongestDelay : ttl < FirstDelay ? FirstDelay : ttl;
        _timer = new(timeProvider, static probe => ((Action)probe!)(), probe);
    }

    /// <summary>The timestamp of the next probe, or of the last when there is none.</summary>
    public long NextAt => Volatile.Read(ref _nextAt);

    /// <summary>Schedules the first probe of an outage.</summary>
    public void Start()
    {
        _attempts = 0;
        Continue();
    }

    /// <summary>Schedules the next one, whatever the clock does: without it an outage would never end.</summary>
    public void Continue()
    {
        var delay = FirstDelay.TotalSeconds * Math.Pow(2, Math.Min(_attempts++, 16));
        delay = Math.Min(delay, _maxDelay.TotalSeconds) * (1 - (0.2 * _random()));
        _timer.Set(TimeSpan.FromSeconds(delay));
        try
        {
            Volatile.Write(ref _nextAt, _timeProvider.GetTimestamp() + (long)(delay * _timeProvider.TimestampFrequency));
        }
        catch (Exception)
        {
            // It says until when readers need not ask, and they ask later all the same.
        }
    }

    public void Dispose() => _timer.Dispose();
}
