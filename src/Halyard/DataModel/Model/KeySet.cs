using System.Collections;
using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Halyard.Model;

/// <summary>
/// An immutable set of keys in their written order. Keys that were read lie in one text, end to end, and become strings
/// only when they are enumerated: a list of a thousand keys is three objects for the garbage collector, and half the
/// bytes. Short sets are scanned; a longer one builds its hash table on the first look-up, so that loading a
/// large payload pays only for the sets that are asked. Thread-safe.
/// </summary>
public sealed class KeySet : IReadOnlyList<string>
{
    private const int ScanLimit = 4;

    // Either the keys themselves, or their text and where in it each one ends.
    private readonly string[]? _keys;
    private readonly string _text = "";
    private readonly int[] _ends = [];
    private int[]? _slots; // open addressing; 0 is empty, otherwise index + 1

    internal KeySet(string[] keys) => _keys = keys;

    internal KeySet(string text, int[] ends) => (_text, _ends) = (text, ends);

    /// <summary>The set without keys.</summary>
    public static KeySet Empty { get; } = new([]);

    /// <summary>Makes a set of a copy of the keys.</summary>
    public static KeySet Of(params ReadOnlySpan<string> keys) => keys.IsEmpty ? Empty : new(keys.ToArray());

    /// <summary>The number of keys as written, repetitions included.</summary>
    public int Count => _keys?.Length ?? _ends.Length;

    /// <summary>The key at a position. May make a new string.</summary>
    public string this[int index] => _keys is { } keys ? keys[index] : Text(index).ToString();

    /// <summary>The keys in their written order. May make new strings: not for hot paths.</summary>
    public ImmutableArray<string> Keys => _keys is { } keys ? ImmutableCollectionsMarshal.AsImmutableArray(keys) : [.. this];

    /// <summary>Whether the set holds the key, compared by its UTF-16 units.</summary>
    public bool Contains(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return IndexOf(key) >= 0;
    }

    /// <inheritdoc/>
    public IEnumerator<string> GetEnumerator()
    {
        for (var i = 0; i < Count; i++)
        {
            yield return this[i];
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>The first position of the key; -1 when the set does not hold it.</summary>
    internal int IndexOf(string key)
    {
        var count = Count;
        if (count <= ScanLimit)
        {
            for (var i = 0; i < count; i++)
            {
                if (Text(i).SequenceEqual(key))
                {
                    return i;
                }
            }

            return -1;
        }

        var slots = _slots ?? BuildSlots();
        var mask = slots.Length - 1;
        for (var at = (int)KeyHash.Of(key) & mask; slots[at] != 0; at = (at + 1) & mask)
        {
            if (Text(slots[at] - 1).SequenceEqual(key))
            {
                return slots[at] - 1;
            }
        }

        return -1;
    }

    /// <summary>The characters of the key at a position.</summary>
    internal ReadOnlySpan<char> Text(int index)
    {
        if (_keys is { } keys)
        {
            return keys[index];
        }

        var start = index == 0 ? 0 : _ends[index - 1];
        return _text.AsSpan(start, _ends[index] - start);
    }

    // Two threads may both build it; the tables are equal, so either may win.
    private int[] BuildSlots()
    {
        var slots = new int[System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Count * 2)];
        var mask = slots.Length - 1;
        for (var i = 0; i < Count; i++)
        {
            var at = (int)KeyHash.Of(Text(i)) & mask;
            while (slots[at] != 0 && !Text(slots[at] - 1).SequenceEqual(Text(i)))
            {
                at = (at + 1) & mask;
            }

            // A repeated key is stored once: a list that repeats one key must not become a chain that every look-up walks.
            slots[at] = slots[at] == 0 ? i + 1 : slots[at];
        }

        return _slots = slots;
    }
}
