using System.Diagnostics.CodeAnalysis;
using System.Numerics;

namespace Halyard.Concurrency;

/// <summary>
/// A queue of limited size for many writers and readers, which takes no lock but to grow: it begins small, and is replaced by a
/// larger one when it is found full, until it has its size. So one that is hardly used takes hardly any memory. It does not
/// shrink.
/// </summary>
internal sealed class BoundedRing<T>
    where T : class
{
    private const int FirstCapacity = 16;
    private const int Growth = 4;

    // From a sixteenth to the whole at once: what is taken from a smaller segment makes no room in the last one, so that little
    // is to be left in smaller ones when that is full.
    private const int LastGrowth = 16;

    private readonly Lock _growing = new();

    // Items are taken from the first segment, and added to the last; those between are frozen, and so is the first unless it is
    // the last.
    private volatile RingSegment<T> _first;
    private volatile RingSegment<T> _last;

    /// <param name="capacity">Rounded up to a power of two.</param>
    public BoundedRing(int capacity)
    {
        Capacity = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(capacity, 2));
        _first = _last = new(Math.Min(Capacity, FirstCapacity));
        _last.Begin(0);
    }

    /// <summary>How many items it takes at least before it is full.</summary>
    public int Capacity { get; }

    /// <summary>How many items have been added so far, including those that a writer is just adding.</summary>
    public long Added => _last.Added;

    /// <summary>How many items have been taken so far.</summary>
    public long Taken => _first.Taken;

    /// <summary>Adds an item; false when there is no room.</summary>
    /// <param name="item">The item.</param>
    /// <param name="position">How many items were added before this one.</param>
    public bool TryEnqueue(T item, out long position)
    {
        var last = _last;
        return last.TryEnqueue(item, out position) || (last.Capacity < Capacity && AddOrGrow(item, out position));
    }

    /// <summary>Takes the oldest item; false when there is none, or the oldest is still being added.</summary>
    public bool TryDequeue([MaybeNullWhen(false)] out T item)
    {
        while (true)
        {
            var first = _first;
            if (first.TryDequeue(out item))
            {
                return true;
            }

            // The segment is frozen before it has a next one, so that nothing is added to it after this look.
            if (first.Next is not { } next)
            {
                return false;
            }

            if (first.TryDequeue(out item))
            {
                return true;
            }

            if (first.Taken != first.Added)
            {
                return false;
            }

#pragma warning disable CS0420 // Interlocked is volatile by itself.
            Interlocked.CompareExchange(ref _first, next, first);
#pragma warning restore CS0420
        }
    }

    private bool AddOrGrow(T item, out long position)
    {
        lock (_growing)
        {
            var last = _last;
            if (last.TryEnqueue(item, out position))
            {
                return true;
            }

            if (last.Capacity >= Capacity)
            {
                return false;
            }

            // Memory may lack: nothing is frozen before there is a place for what comes.
            var next = new RingSegment<T>(last.Capacity * LastGrowth >= Capacity ? Capacity : last.Capacity * Growth);
            last.Freeze();
            next.Begin(last.Added);
            next.TryEnqueue(item, out position);
            last.Next = next;
            _last = next;
            return true;
        }
    }
}
