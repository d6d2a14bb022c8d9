namespace Halyard.DataModel.Json.Tokens;

/// <summary>
/// A stack on which the elements of arrays under construction gather until their number is known. Nested arrays of
/// one type share it: each takes what lies above its own mark.
/// </summary>
internal sealed class ReadBuffer<T>
{
    private const int KeptLength = 1024;
    private const int FirstLength = 16;

    private T[] _items = new T[FirstLength];

    /// <summary>The mark of an array that begins now.</summary>
    public int Count { get; private set; }

    /// <summary>What was added last.</summary>
    public T Last => _items[Count - 1];

    public void Add(T item)
    {
        if (Count == _items.Length)
        {
            Grow(Count * 2);
        }

        _items[Count++] = item;
    }

    public void AddAll(ReadOnlySpan<T> items)
    {
        if (_items.Length - Count < items.Length)
        {
            Grow(Math.Max(_items.Length * 2, Count + items.Length));
        }

        items.CopyTo(_items.AsSpan(Count));
        Count += items.Length;
    }

    public BufferPart<T> Since(int mark) => new(_items, mark, Count - mark);

    /// <summary>Takes what was added since the mark as an array of exactly that length.</summary>
    public T[] Take(int mark)
    {
        var taken = Since(mark).ToArray();
        Drop(mark);
        return taken;
    }

    /// <summary>Forgets what was added since the mark.</summary>
    public void Drop(int mark)
    {
        if (Count - mark > BufferPart<T>.Few)
        {
            Array.Clear(_items, mark, Count - mark);
        }
        else
        {
            for (var i = mark; i < Count; i++)
            {
                _items[i] = default!;
            }
        }

        Count = mark;
    }

    /// <summary>Gives back the room that one unusually long array took.</summary>
    public void Trim()
    {
        if (_items.Length > KeptLength)
        {
            _items = new T[FirstLength];
        }
    }

    private void Grow(int length)
    {
        var items = new T[length];
        Array.Copy(_items, items, Count);
        _items = items;
    }
}
