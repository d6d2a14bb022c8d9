using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using Halyard.Concurrency;

namespace Halyard.AnalyticsEvents;

/// <summary>
/// Where callers put their records: a bounded ring, the pool from which the records come, and the signal that wakes the
/// loop. Takes no lock, but where a ring grows. Thread-safe.
/// </summary>
internal sealed class EventQueue
{
    private const int FewestWaiting = 1_024;

    private readonly BoundedRing<EventRecord> _ring;
    private readonly BoundedRing<EventRecord> _pool;
    private readonly int _wakeMask;

    // One waiting signal is enough: the loop looks at everything each time.
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    private int _due;
    private volatile bool _closed;

    /// <param name="capacity">How many records may wait at least.</param>
    public EventQueue(int capacity)
    {
        _ring = new(Math.Max(capacity, FewestWaiting));
        _pool = new(_ring.Capacity);
        _wakeMask = (_ring.Capacity / 4) - 1;
    }

    /// <summary>Whether no more records are to be added, because the client ends.</summary>
    public bool IsClosed => _closed;

    /// <summary>How many records were ever added.</summary>
    public long Added => _ring.Added;

    /// <summary>How many records were ever taken.</summary>
    public long Taken => _ring.Taken;

    /// <summary>Asks callers to add no more; what is in the queue stays there.</summary>
    public void Close() => _closed = true;

    /// <summary>A record, empty.</summary>
    public EventRecord Rent() => _pool.TryDequeue(out var record) ? record : new EventRecord();

    /// <summary>Takes back a record that nobody uses any more.</summary>
    public void Return(EventRecord record)
    {
        record.Clear();
        _pool.TryEnqueue(record, out _);
    }

    /// <summary>Adds a record; false when the queue is full.</summary>
    public bool TryAdd(EventRecord record)
    {
        if (!_ring.TryEnqueue(record, out var position))
        {
            return false;
        }

        if ((position & _wakeMask) == _wakeMask)
        {
            // Waking the loop costs more than the record: once for many, long before the queue is full.
            Signal(EventWork.None);
        }

        return true;
    }

    /// <summary>Takes the oldest record; false when there is none, or its caller has not filled its place yet.</summary>
    public bool TryTake([MaybeNullWhen(false)] out EventRecord record) => _ring.TryDequeue(out record);

    /// <summary>Wakes the loop, to empty the queue and to do the given work.</summary>
    public void Signal(EventWork work)
    {
        Interlocked.Or(ref _due, (int)work);
        _wake.Writer.TryWrite(true);
    }

    /// <summary>For the loop alone: waits for a signal.</summary>
    /// <returns>All the work that was asked for since the last time.</returns>
    public async ValueTask<EventWork> WaitAsync()
    {
        await _wake.Reader.ReadAsync().ConfigureAwait(false);
        return (EventWork)Interlocked.Exchange(ref _due, 0);
    }
}
