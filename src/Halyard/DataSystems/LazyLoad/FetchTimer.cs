using System.Diagnostics;
using Halyard.DataComponents;

namespace Halyard.DataSystems;

/// <summary>Knows when a request to the store began, in each of the senses that matter, and counts it.</summary>
internal readonly struct FetchTimer
{
    private readonly StoreRead _read;
    private readonly LazyCache _cache;
    private readonly LazyLoadCounters _counters;
    private readonly long _startedAt;

    private FetchTimer(StoreRead read, ExpirationTracker tracker, LazyCache cache, LazyLoadCounters counters)
    {
        _read = read;
        _cache = cache;
        _counters = counters;
        AskedAt = tracker.Stamp;
        Moment = cache.Begin();
        _startedAt = counters.TakesTime ? Stopwatch.GetTimestamp() : 0;
        counters.Fetching(read);
    }

    /// <summary>The time by the tracker's clock: freshness counts from here.</summary>
    public long AskedAt { get; }

    /// <summary>The place in the order of the reads, see <see cref="LazyCache.NextMoment"/>.</summary>
    public long Moment { get; }

    /// <summary>Begins a request; to be ended with <see cref="End"/> whatever becomes of it.</summary>
    public static FetchTimer Start(StoreRead read, ExpirationTracker tracker, LazyCache cache, LazyLoadCounters counters) =>
        new(read, tracker, cache, counters);

    public void End()
    {
        _cache.End(Moment);
        if (_startedAt != 0)
        {
            _counters.Took(_read, Stopwatch.GetElapsedTime(_startedAt));
        }
    }
}
