using System.Diagnostics.Metrics;

namespace Halyard.Telemetry;

/// <summary>
/// The instruments of the meter <c>Halyard</c>. An update costs one check while nobody listens.
/// </summary>
internal static class HalyardMetrics
{
    public const string MeterName = "Halyard";

    public const string StoreTag = "halyard.store";

    public const string OperationTag = "halyard.operation";

    private static readonly Meter Meter = new(MeterName, typeof(HalyardMetrics).Assembly.GetName().Version?.ToString(3));

    public static readonly Counter<long> CacheHits = Meter.CreateCounter<long>(
        "halyard.cache.hits", "{read}", "Reads answered from the Lazy Load cache alone.");

    public static readonly Counter<long> CacheMisses = Meter.CreateCounter<long>(
        "halyard.cache.misses", "{item}", "Items a read found neither fresh nor known to be absent.");

    public static readonly Counter<long> StaleServes = Meter.CreateCounter<long>(
        "halyard.cache.stale_serves", "{item}", "Outdated items served because the store failed, was slow, or is being asked in the background.");

    public static readonly Counter<long> Evictions = Meter.CreateCounter<long>(
        "halyard.cache.evictions", "{item}", "Items dropped from the cache to make room.");

    public static readonly Counter<long> StoreFetches = Meter.CreateCounter<long>(
        "halyard.store.fetches", "{request}", "Requests to a persistent store for reading.");

    public static readonly Counter<long> StoreErrors = Meter.CreateCounter<long>(
        "halyard.store.errors", "{request}", "Requests to a persistent store that failed.");

    public static readonly Histogram<double> FetchDuration = Meter.CreateHistogram<double>(
        "halyard.store.fetch.duration", "s", "How long requests to a persistent store for reading took.");

    public static readonly Counter<long> ReadTimeouts = Meter.CreateCounter<long>(
        "halyard.store.read_timeouts", "{read}", "Synchronous reads that did not wait for the store any longer.");

    public static readonly Counter<long> MalformedItems = Meter.CreateCounter<long>(
        "halyard.store.malformed_items", "{item}", "Items of a persistent store that could not be understood; each text counts once.");

    public static readonly Counter<long> ChangesHeard = Meter.CreateCounter<long>(
        "halyard.store.changes_heard", "{signal}", "Signals of a persistent store that something may have been written.");

    public static readonly Counter<long> StoreWrites = Meter.CreateCounter<long>(
        "halyard.store.writes", "{request}", "Requests to a persistent store for writing.");

    public static readonly Counter<long> EventsQueued = Meter.CreateCounter<long>(
        "halyard.events.queued", "{event}", "Evaluations and other occurrences taken up for analytics, counted when they are aggregated.");

    public static readonly Counter<long> EventsDropped = Meter.CreateCounter<long>(
        "halyard.events.dropped", "{event}", "Analytics events dropped because more happened than may wait for delivery.");

    public static readonly Counter<long> EventsSent = Meter.CreateCounter<long>(
        "halyard.events.sent", "{event}", "Analytics events delivered; a summary is one of them.");

    public static readonly Counter<long> EventsLost = Meter.CreateCounter<long>(
        "halyard.events.lost", "{event}", "Analytics events whose delivery failed, the second attempt included.");

    public static readonly Counter<long> FailedDeliveries = Meter.CreateCounter<long>(
        "halyard.events.failed_deliveries", "{payload}", "Payloads of analytics events whose delivery failed, the second attempt included.");

    /// <summary>Adds what has come together since the last time, if anything has.</summary>
    public static void Count(Counter<long> counter, long count)
    {
        if (count != 0)
        {
            counter.Add(count);
        }
    }

    /// <summary>Notes a read that needed nothing from the store.</summary>
    public static void CountHit()
    {
        if (CacheHits.Enabled)
        {
            CacheHits.Add(1);
        }
    }
}
