using System.Collections;
using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Halyard.Model;

/// <summary>
/// An immutable set of keys in their written order. Short sets are scanned; a longer one builds its hash table on
/// the first look-up, so that loading a large payload pays only for the sets that are asked. Thread-safe.
/// </summary>
public sealed class KeySet : IReadOnlyList<string>
{
    private const int ScanLimit = 4;

    private readonly string[] _keys;
    private int[]? _slots; // open addressing; 0 is empty, otherwise index + 1

    internal KeySet(string[] keys) => _keys = keys;

    /// <summary>The set without keys.</summary>
    public static KeySet Empty { get; } = new([]);

    /// <summary>Makes a set of a copy of the keys.</summary>
    public static KeySet Of(params ReadOnlySpan<string> keys) => keys.IsEmpty ? Empty : new(keys.ToArray());

    /// <summary>The number of keys as written, repetitions included.</summary>
    public int Count => _keys.Length;

    /// <summary>The key at a position.</summary>
    public string this[int index] => _keys[index];

    /// <summary>The keys in their written order.</summary>
    public ImmutableArray<string> Keys => ImmutableCollectionsMarshal.AsImmutableArray(_keys);

    /// <summary>Whether the set holds the key, compared by its UTF-16 units.</summary>
    public bool Contains(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        var keys = _keys;
        if (keys.Length <= ScanLimit)
        {
            foreach (var candidate in keys)
            {
                if (string.Equals(candidate, key))
                {
                    return true;
                }
            }

            return false;
        }

        var slots = _slots ?? BuildSlots();
        var mask = slots.Length - 1;
        for (var at = (int)KeyHash.Of(key) & mask; slots[at] != 0; at = (at + 1) & mask)
        {
            if (string.Equals(keys[slots[at] - 1], key))
            {
                return true;
            }
        }

        return false;
    }

    /// <inheritdoc/>
    public IEnumerator<string> GetEnumerator() => ((IEnumerable<string>)_keys).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    // Two threads may both build it; the tables are equal, so either may win.
    private int[] BuildSlots()
    {
        var slots = new int[System.Numerics.BitOperations.RoundUpToPowerOf2((uint)_keys.Length * 2)];
        var mask = slots.Length - 1;
        for (var i = 0; i < _keys.Length; i++)
        {
            var at = (int)KeyHash.Of(_keys[i]) & mask;
            while (slots[at] != 0)
            {
                at = (at + 1) & mask;
            }

            slots[at] = i + 1;
        }

        return _slots = slots;
    }
}
