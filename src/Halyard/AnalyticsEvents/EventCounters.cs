using Halyard.Telemetry;
using Microsoft.Extensions.Logging;

namespace Halyard.AnalyticsEvents;

/// <summary>Counts what becomes of events, for the metrics and for diagnostics, and says once that some are dropped. Thread-safe but for <see cref="Drained"/>.</summary>
/// <param name="logger">Where to log.</param>
/// <param name="metrics">What counts.</param>
internal sealed class EventCounters(ILogger logger, ClientMetrics metrics)
{
    private long _unqueued;
    private int _saidOverflow;

    // Guarded by the lock of EventReader, in which alone Drained is called.
    private long _counted;

    /// <summary>What diagnostics tell.</summary>
    public EventCounts Diagnostics { get; } = new();

    /// <summary>A record found no room in the queue and is lost.</summary>
    public void Unqueued()
    {
        Interlocked.Increment(ref _unqueued);
        SayOverflow();
    }

    /// <summary>Counts what was queued and dropped since the last call: here, so that counting costs an evaluation nothing.</summary>
    /// <param name="taken">How many records were ever taken from the queue.</param>
    /// <param name="dropped">How many events found no room in the payload.</param>
    /// <param name="deduplicated">How many times a context was known already.</param>
    public void Drained(long taken, int dropped, int deduplicated)
    {
        metrics.Add(metrics.Instruments.EventsQueued, taken - _counted);
        _counted = taken;
        if (dropped > 0)
        {
            SayOverflow();
        }

        var lost = dropped + Interlocked.Exchange(ref _unqueued, 0);
        metrics.Add(metrics.Instruments.EventsDropped, lost);
        Diagnostics.Add(lost, deduplicated);
    }

    /// <summary>A delivery has ended.</summary>
    public void Delivered(Delivery outcome, int events)
    {
        if (outcome == Delivery.Done)
        {
            metrics.Add(metrics.Instruments.EventsSent, events);
        }
        else
        {
            metrics.Add(metrics.Instruments.FailedDeliveries);
            metrics.Add(metrics.Instruments.EventsLost, events);
        }
    }

    private void SayOverflow()
    {
        if (Interlocked.Exchange(ref _saidOverflow, 1) == 0)
        {
            EventLog.Overflow(logger);
        }
    }
}
