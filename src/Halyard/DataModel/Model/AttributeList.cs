namespace Halyard.Model;

/// <summary>
/// The attributes of a context under construction, in their order and with one value for each name. The array is handed to
/// the contexts that are built, each of which sees its first so many: what is added later lies behind them, and what is
/// changed later is changed in a copy.
/// </summary>
internal struct AttributeList
{
    private const int FirstLength = 6;

    // From here on names are found by a table: whoever sends a context must not make each name be compared with all before it.
    private const int TableFrom = 32;

    private KeyValuePair<string, Value>[]? _items; // a removed one has no name
    private Dictionary<string, int>? _places;
    private ulong _seen; // a bit for each name, shared by a few: mostly it tells without a search that a name is new
    private int _count;
    private int _removed;
    private bool _isShared;

    /// <summary>Whether nothing is set.</summary>
    public readonly bool IsEmpty => _count == _removed;

    /// <summary>Sets an attribute in the place that it has, or behind the others; a null value removes it.</summary>
    public void Set(string name, in Value value)
    {
        var bit = BitOf(name);
        if ((_seen & bit) != 0)
        {
            var at = Find(name);
            if (at >= 0)
            {
                Replace(at, value);
                return;
            }
        }

        if (!value.IsNull)
        {
            _seen |= bit;
            Add(name, value);
        }
    }

    /// <summary>The array, whose first items are the attributes. Those are not changed any more.</summary>
    public KeyValuePair<string, Value>[]? Share(out int count)
    {
        if (_removed != 0)
        {
            Compact();
        }

        count = _count;
        _isShared = true;
        return _items;
    }

    private static ulong BitOf(string name)
    {
        var mixed = (uint)((name.Length * 7) + (name[0] * 31) + (name[name.Length / 2] * 131) + name[^1]) * 0x9E37_79B1;
        return 1ul << (int)(mixed >> 26);
    }

    private readonly int Find(string name)
    {
        if (_places is not null)
        {
            return _places.TryGetValue(name, out var place) ? place : -1;
        }

        for (var i = 0; i < _count; i++)
        {
            if (string.Equals(_items![i].Key, name))
            {
                return i;
            }
        }

        return -1;
    }

    private void Add(string name, in Value value)
    {
        if (_items is null)
        {
            _items = new KeyValuePair<string, Value>[FirstLength];
        }
        else if (_count == _items.Length)
        {
            MakeRoom();
        }

        _items[_count] = new(name, value);
        if (_places is not null)
        {
            _places.Add(name, _count);
        }

        _count++;
        if (_count == TableFrom)
        {
            Index();
        }
    }

    private void Replace(int at, in Value value)
    {
        Own();
        var name = _items![at].Key;
        if (!value.IsNull)
        {
            _items[at] = new(name, value);
            return;
        }

        _items[at] = default;
        _places?.Remove(name);
        _removed++;
    }

    // What was removed makes room if it is much: moving the others for each that goes would take too long.
    private void MakeRoom()
    {
        if (_removed * 2 >= _count)
        {
            Compact();
        }
        else
        {
            Array.Resize(ref _items, _count * 2);
            _isShared = false;
        }
    }

    private void Compact()
    {
        Own();
        var to = 0;
        for (var i = 0; i < _count; i++)
        {
            if (_items![i].Key is not null)
            {
                _items[to++] = _items[i];
            }
        }

        Array.Clear(_items!, to, _count - to);
        _count = to;
        _removed = 0;
        _places = null;
        if (_count >= TableFrom)
        {
            Index();
        }
    }

    private void Own()
    {
        if (_isShared)
        {
            _items = [.. _items!];
            _isShared = false;
        }
    }

    private void Index()
    {
        _places = new(_count * 2, StringComparer.Ordinal);
        for (var i = 0; i < _count; i++)
        {
            if (_items![i].Key is { } name)
            {
                _places.Add(name, i);
            }
        }
    }
}
