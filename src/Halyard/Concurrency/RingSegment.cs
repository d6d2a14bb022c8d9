using System.Diagnostics.CodeAnalysis;

namespace Halyard.Concurrency;

/// <summary>
/// A queue of fixed size without locks, for many writers and readers: Dmitry Vyukov's bounded queue. Each cell counts its
/// own turns, so that a writer and a reader touch the same memory only when they use the same cell. It can be frozen, when a
/// larger one takes what comes from then on. Allocates nothing after construction.
/// </summary>
internal sealed class RingSegment<T>
    where T : class
{
    // Added to the position of the next item: no cell's turn comes near it, so that every writer finds the segment full.
    private const long Frozen = 1L << 62;

    private readonly Cell[] _cells;
    private readonly int _mask;
    private Positions _positions;

    /// <param name="capacity">A power of two.</param>
    public RingSegment(int capacity)
    {
        _cells = new Cell[capacity];
        _mask = capacity - 1;
    }

    public int Capacity => _cells.Length;

    /// <summary>What takes the items that come after it was frozen.</summary>
    public volatile RingSegment<T>? Next;

    /// <summary>The position of the item that is added next; those before have been added, or are being.</summary>
    public long Added => Volatile.Read(ref _positions.Head) & ~Frozen;

    /// <summary>The position of the item that is taken next.</summary>
    public long Taken => Volatile.Read(ref _positions.Tail);

    /// <summary>Says which position its first item has. Before anybody else knows the segment.</summary>
    public void Begin(long position)
    {
        for (var i = 0; i < _cells.Length; i++)
        {
            _cells[(position + i) & _mask].Turn = position + i;
        }

        _positions.Head = _positions.Tail = position;
    }

    /// <summary>Takes no items from now on.</summary>
    public void Freeze() => Interlocked.Or(ref _positions.Head, Frozen);

    /// <summary>Adds an item; false when there is no room.</summary>
    /// <param name="item">The item.</param>
    /// <param name="position">How many items were added before this one.</param>
    public bool TryEnqueue(T item, out long position)
    {
        position = Volatile.Read(ref _positions.Head);
        while (true)
        {
            ref var cell = ref _cells[position & _mask];
            var ahead = Volatile.Read(ref cell.Turn) - position;
            if (ahead == 0)
            {
                var seen = Interlocked.CompareExchange(ref _positions.Head, position + 1, position);
                if (seen == position)
                {
                    cell.Item = item;
                    Volatile.Write(ref cell.Turn, position + 1);
                    return true;
                }

                position = seen;
            }
            else if (ahead < 0)
            {
                return false;
            }
            else
            {
                position = Volatile.Read(ref _positions.Head);
            }
        }
    }

    /// <summary>Takes the oldest item; false when there is none, or the oldest is still being added.</summary>
    public bool TryDequeue([MaybeNullWhen(false)] out T item)
    {
        var position = Volatile.Read(ref _positions.Tail);
        while (true)
        {
            ref var cell = ref _cells[position & _mask];
            var ahead = Volatile.Read(ref cell.Turn) - (position + 1);
            if (ahead == 0)
            {
                var seen = Interlocked.CompareExchange(ref _positions.Tail, position + 1, position);
                if (seen == position)
                {
                    item = cell.Item!;
                    cell.Item = null;
                    Volatile.Write(ref cell.Turn, position + _cells.Length);
                    return true;
                }

                position = seen;
            }
            else if (ahead < 0)
            {
                item = null;
                return false;
            }
            else
            {
                position = Volatile.Read(ref _positions.Tail);
            }
        }
    }

    private struct Cell
    {
        public long Turn;
        public T? Item;
    }
}
