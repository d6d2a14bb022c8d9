using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;

namespace Halyard.Telemetry;

/// <summary>
/// The instruments of one meter <c>Halyard</c>, which all clients share that have the meter from one place. Counters are added to
/// by <see cref="ClientMetrics"/>; what can be looked up is, when somebody collects (<see cref="ClientGauges"/>).
/// </summary>
internal sealed class HalyardMetrics
{
    public const string ClientTag = "halyard.client.name";

    public const string StoreTag = "halyard.store";

    public const string SourceTag = "halyard.source.name";

    public const string OperationTag = "halyard.operation";

    public const string KindTag = "halyard.item.kind";

    public const string ErrorTag = "error.type";

    // A factory gives the same meter again, and some instruments would be there twice. Used under its own lock, or two clients that are made
    // at once would each make some.
    private static readonly ConditionalWeakTable<Meter, HalyardMetrics> Known = [];

    private readonly ClientGauges _gauges;

    private HalyardMetrics(Meter meter)
    {
        CacheHits = meter.CreateCounter<long>(
            "halyard.cache.hits", "{read}", "Reads answered from the Lazy Load cache alone.");
        CacheMisses = meter.CreateCounter<long>(
            "halyard.cache.misses", "{item}", "Items a read found neither fresh nor known to be absent.");
        StaleServes = meter.CreateCounter<long>(
            "halyard.cache.stale_serves", "{item}", "Outdated items served because the store failed, was slow, or is being asked in the background.");
        Evictions = meter.CreateCounter<long>(
            "halyard.cache.evictions", "{item}", "Items dropped from the cache to make room.");
        StoreFetches = meter.CreateCounter<long>(
            "halyard.store.fetches", "{request}", "Requests to a persistent store for reading.");
        StoreErrors = meter.CreateCounter<long>(
            "halyard.store.errors", "{request}", "Requests to a persistent store that failed.");
        FetchDuration = meter.CreateHistogram(
            "halyard.store.fetch.duration", "s", "How long requests to a persistent store for reading took.", null, Buckets);
        ReadTimeouts = meter.CreateCounter<long>(
            "halyard.store.read_timeouts", "{read}", "Synchronous reads that did not wait for the store any longer.");
        MalformedItems = meter.CreateCounter<long>(
            "halyard.store.malformed_items", "{item}", "Items of a persistent store that could not be understood; each text counts once.");
        ChangesHeard = meter.CreateCounter<long>(
            "halyard.store.changes_heard", "{signal}", "Signals of a persistent store that something may have been written.");
        StoreWrites = meter.CreateCounter<long>(
            "halyard.store.writes", "{request}", "Requests to a persistent store for writing.");
        StoreWritersDown = meter.CreateUpDownCounter<long>(
            "halyard.store.writers_down", "{client}", "Clients that cannot write the persistent store they write through to.");
        QuarantinedItems = meter.CreateCounter<long>(
            "halyard.data.quarantined_items", "{item}", "Flags and segments of any source that could not be understood; each version counts once.");
        Changes = meter.CreateCounter<long>(
            "halyard.data.changes", "{change_set}", "Change sets of pushed data that were stored: whole data sets, changes, and single items.");
        ApplyDuration = meter.CreateHistogram(
            "halyard.data.apply.duration", "s", "How long change sets of pushed data took to be stored and announced.", null, Buckets);
        ParseDuration = meter.CreateHistogram(
            "halyard.data.parse.duration", "s", "How long streams, polls and files took to make change sets of what they had read; the arrival and the storing apart.", null, Buckets);
        SnapshotSaves = meter.CreateCounter<long>(
            "halyard.snapshot.saves", "{save}", "Saves of the snapshot on disk, failed ones with their error.type.");
        SnapshotLoads = meter.CreateCounter<long>(
            "halyard.snapshot.loads", "{load}", "Attempts to load the snapshot on disk, failed ones with their error.type.");
        EventsQueued = meter.CreateCounter<long>(
            "halyard.events.queued", "{event}", "Evaluations and other occurrences taken up for analytics, counted when they are aggregated.");
        EventsDropped = meter.CreateCounter<long>(
            "halyard.events.dropped", "{event}", "Analytics events dropped because more happened than may wait for delivery.");
        EventsSent = meter.CreateCounter<long>(
            "halyard.events.sent", "{event}", "Analytics events delivered; a summary is one of them.");
        EventsLost = meter.CreateCounter<long>(
            "halyard.events.lost", "{event}", "Analytics events whose delivery failed, the second attempt included.");
        FailedDeliveries = meter.CreateCounter<long>(
            "halyard.events.failed_deliveries", "{payload}", "Payloads of analytics events whose delivery failed, the second attempt included.");
        _gauges = new(meter);
    }

    /// <summary>The instruments of those who have no factory: of a meter that is never disposed.</summary>
    public static HalyardMetrics Shared { get; } = new(new Meter(Description));

    public Counter<long> CacheHits { get; }

    public Counter<long> CacheMisses { get; }

    public Counter<long> StaleServes { get; }

    public Counter<long> Evictions { get; }

    public Counter<long> StoreFetches { get; }

    public Counter<long> StoreErrors { get; }

    public Histogram<double> FetchDuration { get; }

    public Counter<long> ReadTimeouts { get; }

    public Counter<long> MalformedItems { get; }

    public Counter<long> ChangesHeard { get; }

    public Counter<long> StoreWrites { get; }

    public UpDownCounter<long> StoreWritersDown { get; }

    public Counter<long> QuarantinedItems { get; }

    public Counter<long> Changes { get; }

    public Histogram<double> ApplyDuration { get; }

    public Histogram<double> ParseDuration { get; }

    public Counter<long> SnapshotSaves { get; }

    public Counter<long> SnapshotLoads { get; }

    public Counter<long> EventsQueued { get; }

    public Counter<long> EventsDropped { get; }

    public Counter<long> EventsSent { get; }

    public Counter<long> EventsLost { get; }

    public Counter<long> FailedDeliveries { get; }

    // From a tenth of a millisecond, which one item takes, to the seconds of a store that is away.
    private static InstrumentAdvice<double> Buckets => new()
    {
        HistogramBucketBoundaries = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    };

    private static MeterOptions Description => new(HalyardTelemetry.MeterName)
    {
        Version = typeof(HalyardMetrics).Assembly.GetName().Version?.ToString(3),
    };

    /// <summary>The instruments of a factory's meter; the shared ones without a factory.</summary>
    public static HalyardMetrics Of(IMeterFactory? factory)
    {
        if (factory is null)
        {
            return Shared;
        }

        var meter = factory.Create(Description);
        lock (Known)
        {
            return Known.GetValue(meter, static meter => new(meter));
        }
    }

    /// <summary>Has a client looked at when somebody collects, until that is disposed.</summary>
    public IDisposable Watch(IObservedClient client) => _gauges.Watch(client);
}
