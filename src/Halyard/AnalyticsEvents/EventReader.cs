namespace Halyard.AnalyticsEvents;

/// <summary>
/// Takes records from the queue and makes events of them. The loop does that; a caller that finds the queue full does
/// some of it too, so that counts stay right even when evaluations outrun the loop. Thread-safe.
/// </summary>
internal sealed class EventReader(EventQueue queue, EventAggregator aggregator, EventCounters counters)
{
    private const int MostHelped = 128;
    private const int MostTries = 50;
    private const int MostTriesInAll = 1_000;

    // Guards the aggregator. Two threads meet here only when the queue is full.
    private readonly Lock _aggregating = new();

    /// <summary>
    /// Adds a record to a full queue by emptying some of it first; false when that fails. The tries are bounded, so that
    /// an evaluation cannot hang on analytics, whatever the loop is doing. A try does not count while another thread empties the queue, up to
    /// a limit of its own: what is taken from a queue that grows makes no room at once.
    /// </summary>
    public bool TryAddByHelping(EventRecord record)
    {
        queue.Signal(EventWork.None);
        var wait = new SpinWait();
        var (taken, counted) = (queue.Taken, 0);
        for (var i = 0; i < MostTriesInAll && counted < MostTries && !_aggregating.IsHeldByCurrentThread; i++)
        {
            var helps = _aggregating.TryEnter();
            if (helps)
            {
                try
                {
                    for (var helped = 0; helped < MostHelped && queue.TryTake(out var other); helped++)
                    {
                        Aggregate(other);
                    }
                }
                finally
                {
                    _aggregating.Exit();
                }
            }
            else
            {
                wait.SpinOnce(sleep1Threshold: -1);
            }

            if (queue.TryAdd(record))
            {
                return true;
            }

            var before = taken;
            taken = queue.Taken;
            counted += helps || taken == before ? 1 : 0;
        }

        return false;
    }

    /// <summary>Makes events of all records that are in the queue now.</summary>
    /// <param name="forgetsContexts">Whether contexts that were described are to be described again.</param>
    public void Drain(bool forgetsContexts)
    {
        lock (_aggregating)
        {
            if (forgetsContexts)
            {
                aggregator.ForgetContexts();
            }

            // Up to here and no further, or busy callers would keep the loop from delivering.
            var upTo = queue.Added;
            var wait = new SpinWait();
            while (queue.Taken < upTo)
            {
                if (queue.TryTake(out var record))
                {
                    Aggregate(record);
                }
                else
                {
                    // A caller was interrupted between taking its place and filling it; the places behind it count too.
                    wait.SpinOnce();
                }
            }

            var (dropped, deduplicated) = aggregator.TakeCounts();
            counters.Drained(queue.Taken, dropped, deduplicated);
        }
    }

    /// <summary>Whether there are events that have not been taken.</summary>
    public bool HasEvents
    {
        get
        {
            lock (_aggregating)
            {
                return !aggregator.IsEmpty;
            }
        }
    }

    /// <summary>Takes the events made so far, which the caller disposes of; null when there are none.</summary>
    public EventPayload? TakePayload()
    {
        lock (_aggregating)
        {
            return aggregator.Take();
        }
    }

    private void Aggregate(EventRecord record)
    {
        aggregator.Add(record);
        queue.Return(record);
    }
}
