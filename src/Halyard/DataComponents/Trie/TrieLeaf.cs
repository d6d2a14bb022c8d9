using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Halyard.Model;

namespace Halyard.DataComponents.Trie;

/// <summary>
/// Up to sixteen items of <see cref="HashTrie"/>, never changed once they are part of a tree. A byte of each item's hash
/// is its tag; one comparison of all the tags finds the few items that a key may be. The entries are part of the object
/// itself, not an array beside it, and in the order of tag and key. Items whose whole hashes are equal may be more.
/// </summary>
internal abstract class TrieLeaf
{
    public const int Limit = 16;

    private Vector128<byte> _tags;

    public int Count { get; private init; }

    /// <summary>The entries; written only before the leaf becomes part of a tree.</summary>
    public Span<LeafEntry> Entries => Count > Limit ? ((Colliding)this).All : MemoryMarshal.CreateSpan(ref First, Count);

    // All sizes of a leaf have their entries at the same place, so any one size can stand for all.
    private ref LeafEntry First => ref Unsafe.As<Entries1, LeafEntry>(ref Unsafe.As<Sized<Entries1>>(this).Inline);

    private Span<byte> Tags => MemoryMarshal.AsBytes(MemoryMarshal.CreateSpan(ref _tags, 1));

    /// <summary>The hash's highest bits, which the path to a leaf uses last; never 0, which marks an empty place.</summary>
    public static byte TagOf(uint hash) => (byte)((hash >> 24) | 0x80);

    /// <summary>The order of the entries of a leaf.</summary>
    public static int Compare(byte tagA, string keyA, byte tagB, string keyB) =>
        tagA != tagB ? tagA.CompareTo(tagB) : string.CompareOrdinal(keyA, keyB);

    public static TrieLeaf Of(ItemDescriptor item, byte tag)
    {
        var leaf = OfSize(1);
        leaf.Tags[0] = tag;
        leaf.First = new(item);
        return leaf;
    }

    public static TrieLeaf Of(ReadOnlySpan<LeafEntry> entries, ReadOnlySpan<byte> tags)
    {
        var leaf = OfSize(entries.Length);
        entries.CopyTo(leaf.Entries);
        tags.CopyTo(leaf.Tags);
        return leaf;
    }

    public ItemDescriptor? Find(string key, byte tag)
    {
        for (var hits = Hits(tag); hits != 0; hits &= hits - 1)
        {
            ref var entry = ref Unsafe.Add(ref First, System.Numerics.BitOperations.TrailingZeroCount(hits));
            if (string.Equals(entry.Key, key))
            {
                return entry.Item;
            }
        }

        return Count > Limit && IndexOf(key, tag) is var at and >= 0 ? Entries[at].Item : null;
    }

    /// <summary>The position of a key; -1 when it is not there.</summary>
    public int IndexOf(string key, byte tag)
    {
        if (Count > Limit)
        {
            // Entries of one tag are in the order of their keys and found by binary search, so that keys which collide cost no scan.
            return Math.Max(-1, Entries.BinarySearch(new KeyOrder(key)));
        }

        for (var hits = Hits(tag); hits != 0; hits &= hits - 1)
        {
            var at = System.Numerics.BitOperations.TrailingZeroCount(hits);
            if (string.Equals(Entries[at].Key, key))
            {
                return at;
            }
        }

        return -1;
    }

    public TrieLeaf Replace(int at, ItemDescriptor item)
    {
        var copy = OfSize(Count);
        Entries.CopyTo(copy.Entries);
        copy._tags = _tags;
        copy.Entries[at] = new(item);
        return copy;
    }

    public TrieLeaf Insert(ItemDescriptor item, byte tag)
    {
        var entries = Entries;
        var tags = Tags;
        var at = 0;

        // With more items than tags all the hashes are equal, and so are the tags.
        while (at < entries.Length && Compare(Count > Limit ? tag : tags[at], entries[at].Key, tag, item.Key) < 0)
        {
            at++;
        }

        var copy = OfSize(Count + 1);
        entries[..at].CopyTo(copy.Entries);
        copy.Entries[at] = new(item);
        entries[at..].CopyTo(copy.Entries[(at + 1)..]);
        if (copy.Count <= Limit)
        {
            tags[..at].CopyTo(copy.Tags);
            copy.Tags[at] = tag;
            tags[at..Count].CopyTo(copy.Tags[(at + 1)..]);
        }

        return copy;
    }

    /// <summary>A leaf without an entry; there must be another.</summary>
    public TrieLeaf Remove(int at)
    {
        var entries = Entries;
        var copy = OfSize(Count - 1);
        entries[..at].CopyTo(copy.Entries);
        entries[(at + 1)..].CopyTo(copy.Entries[at..]);
        if (Count <= Limit)
        {
            Tags[..at].CopyTo(copy.Tags);
            Tags[(at + 1)..Count].CopyTo(copy.Tags[at..]);
        }
        else if (copy.Count == Limit)
        {
            copy.Tags.Fill(TagOf(KeyHash.Of(entries[0].Key)));
        }

        return copy;
    }

    private uint Hits(byte tag) => Vector128.Equals(_tags, Vector128.Create(tag)).ExtractMostSignificantBits();

    private static TrieLeaf OfSize(int count) => count switch
    {
        1 => new Sized<Entries1> { Count = 1 },
        2 => new Sized<Entries2> { Count = 2 },
        3 => new Sized<Entries3> { Count = 3 },
        4 => new Sized<Entries4> { Count = 4 },
        5 => new Sized<Entries5> { Count = 5 },
        6 => new Sized<Entries6> { Count = 6 },
        7 => new Sized<Entries7> { Count = 7 },
        8 => new Sized<Entries8> { Count = 8 },
        9 => new Sized<Entries9> { Count = 9 },
        10 => new Sized<Entries10> { Count = 10 },
        11 => new Sized<Entries11> { Count = 11 },
        12 => new Sized<Entries12> { Count = 12 },
        13 => new Sized<Entries13> { Count = 13 },
        14 => new Sized<Entries14> { Count = 14 },
        15 => new Sized<Entries15> { Count = 15 },
        16 => new Sized<Entries16> { Count = 16 },
        _ => new Colliding(new LeafEntry[count]) { Count = count },
    };

    private readonly struct KeyOrder(string key) : IComparable<LeafEntry>
    {
        public int CompareTo(LeafEntry other) => string.CompareOrdinal(key, other.Key);
    }

    private sealed class Sized<TEntries> : TrieLeaf
        where TEntries : struct
    {
        // Written and read through First alone.
#pragma warning disable CS0649
        public TEntries Inline;
#pragma warning restore CS0649
    }

    /// <summary>More items than a leaf has tags for: their whole hashes are equal.</summary>
    private sealed class Colliding(LeafEntry[] entries) : TrieLeaf
    {
        public LeafEntry[] All { get; } = entries;
    }

    [InlineArray(1)]
    private struct Entries1
    {
        private LeafEntry _first;
    }

    [InlineArray(2)]
    private struct Entries2
    {
        private LeafEntry _first;
    }

    [InlineArray(3)]
    private struct Entries3
    {
        private LeafEntry _first;
    }

    [InlineArray(4)]
    private struct Entries4
    {
        private LeafEntry _first;
    }

    [InlineArray(5)]
    private struct Entries5
    {
        private LeafEntry _first;
    }

    [InlineArray(6)]
    private struct Entries6
    {
        private LeafEntry _first;
    }

    [InlineArray(7)]
    private struct Entries7
    {
        private LeafEntry _first;
    }

    [InlineArray(8)]
    private struct Entries8
    {
        private LeafEntry _first;
    }

    [InlineArray(9)]
    private struct Entries9
    {
        private LeafEntry _first;
    }

    [InlineArray(10)]
    private struct Entries10
    {
        private LeafEntry _first;
    }

    [InlineArray(11)]
    private struct Entries11
    {
        private LeafEntry _first;
    }

    [InlineArray(12)]
    private struct Entries12
    {
        private LeafEntry _first;
    }

    [InlineArray(13)]
    private struct Entries13
    {
        private LeafEntry _first;
    }

    [InlineArray(14)]
    private struct Entries14
    {
        private LeafEntry _first;
    }

    [InlineArray(15)]
    private struct Entries15
    {
        private LeafEntry _first;
    }

    [InlineArray(16)]
    private struct Entries16
    {
        private LeafEntry _first;
    }
}
