using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Halyard.Model;

/// <summary>The private attributes of a context under construction, each reference once; what is no reference is kept as often as it came.</summary>
internal struct ReferenceList
{
    // From here on references are found by a table, as in AttributeList.
    private const int TableFrom = 32;

    private AttributeReference[]? _items;
    private HashSet<AttributeReference>? _known;
    private int _count;

    /// <summary>Whether there is none.</summary>
    public readonly bool IsEmpty => _count == 0;

    /// <summary>Adds a reference, unless it is there.</summary>
    public void Add(AttributeReference reference)
    {
        if (reference.IsValid && Contains(reference))
        {
            return;
        }

        if (_items is null)
        {
            _items = new AttributeReference[1];
        }
        else if (_count == _items.Length)
        {
            Array.Resize(ref _items, _count * 2);
        }

        _items[_count++] = reference;
        _known?.Add(reference);
        if (_count == TableFrom)
        {
            _known = [.. _items.AsSpan(0, _count)];
        }
    }

    /// <summary>The references; the default where there is none. What is added later is not among them.</summary>
    public readonly ImmutableArray<AttributeReference> ToImmutable() =>
        _items is null ? default
            : ImmutableCollectionsMarshal.AsImmutableArray(_count == _items.Length ? _items : _items.AsSpan(0, _count).ToArray());

    private readonly bool Contains(AttributeReference reference)
    {
        if (_known is not null)
        {
            return _known.Contains(reference);
        }

        for (var i = 0; i < _count; i++)
        {
            if (_items![i].Equals(reference))
            {
                return true;
            }
        }

        return false;
    }
}
