using Halyard.Model;

namespace Halyard.DataModel.Json.Reading;

/// <summary>The items of one data set under construction that could not be understood. Not thread-safe.</summary>
internal sealed class MalformedItems
{
    // Each with the number of good items of its kind that stood before it.
    private readonly List<(MalformedItem Item, int At)> _items = [];

    /// <summary>Adds an item.</summary>
    /// <param name="item">The item.</param>
    /// <param name="goodBefore">How many good items of its kind stood before it.</param>
    public void Add(MalformedItem item, int goodBefore) => _items.Add((item, goodBefore));

    /// <summary>Forgets all: a read begins, or has failed.</summary>
    public void Forget() => _items.Clear();

    /// <summary>Forgets those of a kind, whose object stands in the text a second time.</summary>
    public void Forget(DataKind kind)
    {
        if (_items.Count != 0)
        {
            _items.RemoveAll(item => item.Item.Kind == kind);
        }
    }

    /// <summary>Of a key that stands in the text as a good item and as a malformed one, only the last counts.</summary>
    /// <returns>The good items that count; the array itself when no key is of both sorts.</returns>
    public ItemDescriptor<T>[] Settle<T>(ItemDescriptor<T>[] good)
        where T : class
    {
        if (_items.Count == 0 || good.Length == 0)
        {
            return good;
        }

        var kind = good[0].Kind;
        var last = new Dictionary<string, int>(good.Length, StringComparer.Ordinal);
        for (var i = 0; i < good.Length; i++)
        {
            last[good[i].Key] = i;
        }

        _items.RemoveAll(item => item.Item.Kind == kind && last.TryGetValue(item.Item.Key, out var at) && at >= item.At);
        var malformed = _items.Where(item => item.Item.Kind == kind).Select(static item => item.Item.Key).ToHashSet(StringComparer.Ordinal);
        return malformed.Overlaps(last.Keys) ? [.. good.Where(item => !malformed.Contains(item.Key))] : good;
    }

    /// <summary>Takes the items, of each key the last.</summary>
    public IReadOnlyCollection<MalformedItem> Take()
    {
        if (_items.Count == 0)
        {
            return [];
        }

        var taken = new OrderedDictionary<(DataKind, string), MalformedItem>();
        foreach (var (item, _) in _items)
        {
            taken[(item.Kind, item.Key)] = item;
        }

        _items.Clear();
        return [.. taken.Values];
    }
}
