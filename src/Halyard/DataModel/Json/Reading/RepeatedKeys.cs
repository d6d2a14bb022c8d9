using System.Buffers;
using System.Numerics;
using Halyard.Model;

namespace Halyard.DataModel.Json.Reading;

/// <summary>JSON allows an object to repeat a name; a data set's keys are unique.</summary>
internal static class RepeatedKeys
{
    /// <summary>The items, of each key only the last; the array itself when no key repeats.</summary>
    public static ItemDescriptor<T>[] LastOfEach<T>(ItemDescriptor<T>[] items)
        where T : class
    {
        // Open addressing in a rented table, because a HashSet of 10,000 keys would allocate hundreds of kilobytes.
        var size = (int)BitOperations.RoundUpToPowerOf2((uint)items.Length * 2);
        var slots = ArrayPool<int>.Shared.Rent(size);
        Array.Clear(slots, 0, size);
        var repeated = false;
        for (var i = 0; i < items.Length; i++)
        {
            var key = items[i].Key;
            var at = (int)KeyHash.Of(key) & (size - 1);
            while (slots[at] != 0 && !string.Equals(items[slots[at] - 1].Key, key))
            {
                at = (at + 1) & (size - 1);
            }

            repeated |= slots[at] != 0;
            slots[at] = i + 1;
        }

        ArrayPool<int>.Shared.Return(slots);
        return repeated ? Unique(items) : items;
    }

    private static ItemDescriptor<T>[] Unique<T>(ItemDescriptor<T>[] items)
        where T : class
    {
        var unique = new OrderedDictionary<string, ItemDescriptor<T>>(StringComparer.Ordinal);
        foreach (var item in items)
        {
            unique[item.Key] = item;
        }

        return [.. unique.Values];
    }
}
