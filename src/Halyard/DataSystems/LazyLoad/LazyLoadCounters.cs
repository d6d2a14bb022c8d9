using Halyard.DataInterfaces;
using Halyard.Telemetry;

namespace Halyard.DataSystems;

/// <summary>Counts what a Lazy Load system does, for its statistics and for the metrics. Thread-safe; takes no lock.</summary>
/// <param name="store">The store's name.</param>
/// <param name="metrics">What counts.</param>
internal sealed class LazyLoadCounters(string store, ClientMetrics metrics)
{
    private readonly KeyValuePair<string, object?> _store = new(HalyardMetrics.StoreTag, store);
    private long _misses;
    private long _staleServes;
    private long _fetches;
    private long _errors;
    private long _timeouts;

    /// <summary>Whether somebody wants to know how long requests take.</summary>
    public bool TakesTime => metrics.Instruments.FetchDuration.Enabled;

    /// <summary>An item was dropped to make room.</summary>
    public void Evicted() => metrics.Add(metrics.Instruments.Evictions);

    /// <summary>The store has told that something may have been written.</summary>
    public void Heard() => metrics.Add(metrics.Instruments.ChangesHeard, 1, _store);

    /// <summary>An item that was asked for was not fresh.</summary>
    public void Missed()
    {
        Interlocked.Increment(ref _misses);
        metrics.Add(metrics.Instruments.CacheMisses, 1, _store);
    }

    /// <summary>An outdated item is served.</summary>
    public void ServedStale()
    {
        Interlocked.Increment(ref _staleServes);
        metrics.Add(metrics.Instruments.StaleServes, 1, _store);
    }

    /// <summary>The store is asked.</summary>
    public void Fetching(StoreRead read)
    {
        Interlocked.Increment(ref _fetches);
        metrics.Add(metrics.Instruments.StoreFetches, 1, _store, Tag(read));
    }

    /// <summary>A request to the store has failed.</summary>
    public void Failed(StoreRead read)
    {
        Interlocked.Increment(ref _errors);
        metrics.Add(metrics.Instruments.StoreErrors, 1, _store, Tag(read));
    }

    /// <summary>A request to the store is over.</summary>
    public void Took(StoreRead read, TimeSpan time) => metrics.Record(metrics.Instruments.FetchDuration, time, _store, Tag(read));

    /// <summary>A synchronous read has stopped waiting.</summary>
    /// <returns>Whether it is the first that did.</returns>
    public bool TimedOut()
    {
        metrics.Add(metrics.Instruments.ReadTimeouts, 1, _store);
        return Interlocked.Increment(ref _timeouts) == 1;
    }

    public LazyLoadStatistics ToStatistics(DataSnapshot snapshot, LazyCache cache, StoreHealth health) => new(
        snapshot.Flags.Count(static flag => !Placeholder.Is(flag)),
        snapshot.Segments.Count(static segment => !Placeholder.Is(segment)),
        cache.Placeholders,
        Interlocked.Read(ref _misses),
        Interlocked.Read(ref _staleServes),
        Interlocked.Read(ref _fetches),
        Interlocked.Read(ref _errors),
        Interlocked.Read(ref _timeouts),
        cache.Evictions,
        health.IsDown,
        health.LastError);

    private static KeyValuePair<string, object?> Tag(StoreRead read) => new(HalyardMetrics.OperationTag, read.Scope switch
    {
        StoreReadScope.Item => "get",
        StoreReadScope.Kind => "all",
        _ => "initialized",
    });
}
