using Halyard.DataInterfaces;
using Halyard.Telemetry;

namespace Halyard.DataSystems;

/// <summary>Counts what a Lazy Load system does, for its statistics and for the metrics. Thread-safe; takes no lock.</summary>
/// <param name="store">The store's name.</param>
internal sealed class LazyLoadCounters(string store)
{
    private readonly KeyValuePair<string, object?> _store = new(HalyardMetrics.StoreTag, store);
    private long _misses;
    private long _staleServes;
    private long _fetches;
    private long _errors;
    private long _timeouts;

    /// <summary>An item that was asked for was not fresh.</summary>
    public void Missed()
    {
        Interlocked.Increment(ref _misses);
        HalyardMetrics.CacheMisses.Add(1, _store);
    }

    /// <summary>An outdated item is served.</summary>
    public void ServedStale()
    {
        Interlocked.Increment(ref _staleServes);
        HalyardMetrics.StaleServes.Add(1, _store);
    }

    /// <summary>The store is asked.</summary>
    public void Fetching(StoreRead read)
    {
        Interlocked.Increment(ref _fetches);
        HalyardMetrics.StoreFetches.Add(1, _store, Tag(read));
    }

    /// <summary>A request to the store has failed.</summary>
    public void Failed(StoreRead read)
    {
        Interlocked.Increment(ref _errors);
        HalyardMetrics.StoreErrors.Add(1, _store, Tag(read));
    }

    /// <summary>A request to the store is over.</summary>
    public void Took(StoreRead read, TimeSpan time) => HalyardMetrics.FetchDuration.Record(time.TotalSeconds, _store, Tag(read));

    /// <summary>A synchronous read has stopped waiting.</summary>
    /// <returns>Whether it is the first that did.</returns>
    public bool TimedOut()
    {
        HalyardMetrics.ReadTimeouts.Add(1, _store);
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
