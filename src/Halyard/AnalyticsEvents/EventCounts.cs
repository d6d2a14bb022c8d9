namespace Halyard.AnalyticsEvents;

/// <summary>What diagnostics tell of the events. Thread-safe.</summary>
internal sealed class EventCounts
{
    private long _dropped;
    private long _deduplicated;
    private int _lastBatch;

    /// <summary>How many events the last payload had.</summary>
    public int LastBatch
    {
        set => Volatile.Write(ref _lastBatch, value);
    }

    public void Add(long dropped, long deduplicated)
    {
        Interlocked.Add(ref _dropped, dropped);
        Interlocked.Add(ref _deduplicated, deduplicated);
    }

    /// <summary>Takes what was counted since it was last taken; the last batch is zero when there has been none since.</summary>
    public (long Dropped, long Deduplicated, int LastBatch) Take() =>
        (Interlocked.Exchange(ref _dropped, 0), Interlocked.Exchange(ref _deduplicated, 0), Interlocked.Exchange(ref _lastBatch, 0));
}
