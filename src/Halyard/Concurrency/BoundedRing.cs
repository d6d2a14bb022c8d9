using System.Diagnostics.CodeAnalysis;
using System.Numerics;

namespace Halyard.Concurrency;

/// <summary>
/// A queue of fixed size without locks, for many writers and readers: Dmitry Vyukov's bounded queue. Each cell counts its
/// own turns, so that a writer and a reader touch the same memory only when they use the same cell. Allocates nothing
/// after construction.
/// </summary>
internal sealed class BoundedRing<T>
    where T : class
{
    private readonly Cell[] _cells;
    private readonly int _mask;
    private Positions _positions;

    /// <param name="capacity">Rounded up to a power of two.</param>
    public BoundedRing(int capacity)
    {
        _cells = new Cell[BitOperations.RoundUpToPowerOf2((uint)Math.Max(capacity, 2))];
        _mask = _cells.Length - 1;
        for (var i = 0; i < _cells.Length; i++)
        {
            _cells[i].Turn = i;
        }
    }

    public int Capacity => _cells.Length;

    /// <summary>How many items have been added so far, including those that a writer is just adding.</summary>
    public long Added => Volatile.Read(ref _positions.Head);

    /// <summary>How many items have been taken so far.</summary>
    public long Taken => Volatile.Read(ref _positions.Tail);

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
