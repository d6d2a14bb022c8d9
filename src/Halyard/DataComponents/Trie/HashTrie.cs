using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Halyard.Model;

namespace Halyard.DataComponents.Trie;

/// <summary>
/// The algorithms of <see cref="ItemMap{T}"/>, once for all kinds of item: a trie over the bits of the key's hash,
/// lowest first. A node is null for nothing, a <see cref="TrieLeaf"/> for up to sixteen items, and for more an array of
/// 32 nodes, indexed as it is. Every tree of the same keys has the same shape, whatever its history. Not generic, so
/// that no call pays for looking up its type arguments.
/// </summary>
internal static class HashTrie
{
    private const int BitsPerLevel = 5;
    private const int Width = 1 << BitsPerLevel;

    // Seven levels use up the 32 bits. Items that are still together have equal hashes, and stay in one leaf of any size.
    private const int CollisionShift = 35;

    public const int MaxDepth = 8;

    public static ItemDescriptor? Find(object? node, string key)
    {
        var hash = KeyHash.Of(key);
        var path = hash;
        while (node is not null && node.GetType() == typeof(object[]))
        {
            node = Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(Unsafe.As<object?[]>(node)), path & (Width - 1));
            path >>= BitsPerLevel;
        }

        return node is null ? null : Unsafe.As<TrieLeaf>(node).Find(key, TrieLeaf.TagOf(hash));
    }

    /// <summary>A tree with the item added or replaced; <paramref name="replaced"/> is the one it takes the place of.</summary>
    public static object With(object? node, ItemDescriptor item, uint hash, int shift, out ItemDescriptor? replaced)
    {
        if (node is object?[] inner)
        {
            var copy = inner.AsSpan().ToArray();
            ref var slot = ref copy[Branch(hash, shift)];
            slot = With(slot, item, hash, shift + BitsPerLevel, out replaced);
            return copy;
        }

        replaced = null;
        var tag = TrieLeaf.TagOf(hash);
        if (node is null)
        {
            return TrieLeaf.Of(item, tag);
        }

        var leaf = Unsafe.As<TrieLeaf>(node);
        if (leaf.IndexOf(item.Key, tag) is var at and >= 0)
        {
            replaced = leaf.Entries[at].Item;
            return leaf.Replace(at, item);
        }

        if (leaf.Count < TrieLeaf.Limit || shift >= CollisionShift)
        {
            return leaf.Insert(item, tag);
        }

        var spread = Spread(leaf, shift);
        ref var own = ref spread[Branch(hash, shift)];
        own = With(own, item, hash, shift + BitsPerLevel, out _);
        return spread;
    }

    /// <summary>A tree without the key: the same one when it is not there, null when nothing is left.</summary>
    public static object? Without(object? node, string key, uint hash, int shift, out ItemDescriptor? removed)
    {
        removed = null;
        if (node is object?[] inner)
        {
            var old = inner[Branch(hash, shift)];
            var child = Without(old, key, hash, shift + BitsPerLevel, out removed);
            if (ReferenceEquals(child, old))
            {
                return node;
            }

            var copy = inner.AsSpan().ToArray();
            copy[Branch(hash, shift)] = child;
            return Collapse(copy);
        }

        if (node is not TrieLeaf leaf || leaf.IndexOf(key, TrieLeaf.TagOf(hash)) is not (var at and >= 0))
        {
            return node;
        }

        removed = leaf.Entries[at].Item;
        return leaf.Count == 1 ? null : leaf.Remove(at);
    }

    /// <summary>
    /// A tree with all the items; of several with one key the last stays. Every node on the way is made once, at its
    /// final size, however many items fall into it.
    /// </summary>
    /// <param name="root">The tree.</param>
    /// <param name="items">The items, none of them null.</param>
    /// <param name="kind">The kind of the items to take, where others are among them; null takes all.</param>
    /// <param name="tally">How many items the tree gains.</param>
    public static unsafe object? WithAll(object? root, ReadOnlySpan<ItemDescriptor> items, DataKind? kind, ref Tally tally)
    {
        // Outside the managed heap: a rented array of this size would stay with the thread for long, and one of
        // references would make every step of the sorting tell the collector.
        var buffer = (Entry*)NativeMemory.Alloc((nuint)items.Length * 2, (nuint)sizeof(Entry));
        try
        {
            var count = 0;
            for (var i = 0; i < items.Length; i++)
            {
                if (kind is null || items[i].Kind == kind)
                {
                    buffer[count++] = new(i, KeyHash.Of(items[i].Key));
                }
            }

            return count == 0 ? root : Merge(root, items, new(buffer, count), new(buffer + count, count), 0, ref tally);
        }
        finally
        {
            NativeMemory.Free(buffer);
        }
    }

    /// <summary>How many items, and how many tombstones among them, a change adds.</summary>
    public struct Tally
    {
        public int Items;
        public int Tombstones;

        public void Count(ItemDescriptor? replaced, ItemDescriptor? added)
        {
            Items += (added is null ? 0 : 1) - (replaced is null ? 0 : 1);
            Tombstones += (added is { IsTombstone: true } ? 1 : 0) - (replaced is { IsTombstone: true } ? 1 : 0);
        }
    }

    private static object? Merge(
        object? node, ReadOnlySpan<ItemDescriptor> all, Span<Entry> entries, Span<Entry> scratch, int shift, ref Tally tally)
    {
        var inner = node as object?[];
        if (entries.Length == 1 || shift >= CollisionShift)
        {
            foreach (ref readonly var entry in entries)
            {
                var item = all[entry.At];
                node = With(node, item, entry.Hash, shift, out var replaced);
                tally.Count(replaced, item);
            }

            return node;
        }

        if (inner is null && entries.Length <= TrieLeaf.Limit && TryFill((TrieLeaf?)node, all, entries, ref tally, out var filled))
        {
            return filled;
        }

        var merged = inner is not null ? inner.AsSpan().ToArray() : node is null ? new object?[Width] : Spread((TrieLeaf)node, shift);
        Span<int> ends = stackalloc int[Width];
        SortByBranch(entries, scratch, shift, ends);
        for (var branch = 0; branch < Width; branch++)
        {
            var start = branch == 0 ? 0 : ends[branch - 1];
            var count = ends[branch] - start;
            if (count != 0)
            {
                // The sorted entries are in the scratch half now: the halves change places on the way down.
                merged[branch] = Merge(
                    merged[branch], all, scratch.Slice(start, count), entries.Slice(start, count), shift + BitsPerLevel, ref tally);
            }
        }

        // Entries of the same keys may have been few items after all.
        return inner is null ? Collapse(merged) : merged;
    }

    /// <summary>A leaf of a leaf's items and more; false, with nothing counted, when they are too many for one.</summary>
    private static bool TryFill(
        TrieLeaf? leaf, ReadOnlySpan<ItemDescriptor> all, ReadOnlySpan<Entry> entries, ref Tally tally, out TrieLeaf? filled)
    {
        filled = null;
        var room = default(LeafBuffer);
        if (leaf is not null)
        {
            room.AddAll(leaf);
        }

        var counted = tally;
        foreach (ref readonly var entry in entries)
        {
            var item = all[entry.At];
            counted.Count(room.Put(item, TrieLeaf.TagOf(entry.Hash)), item);
        }

        if (room.Count > TrieLeaf.Limit)
        {
            return false;
        }

        tally = counted;
        filled = room.ToLeaf();
        return true;
    }

    /// <summary>A full leaf's items, one level further down.</summary>
    private static object?[] Spread(TrieLeaf leaf, int shift)
    {
        var inner = new object?[Width];
        foreach (ref readonly var entry in leaf.Entries)
        {
            var hash = KeyHash.Of(entry.Key);
            ref var slot = ref inner[Branch(hash, shift)];
            slot = With(slot, entry.Item, hash, shift + BitsPerLevel, out _);
        }

        return inner;
    }

    /// <summary>The array itself, or a leaf when all that is below it fits into one; null when nothing is.</summary>
    private static object? Collapse(object?[] inner)
    {
        var count = 0;
        foreach (var slot in inner)
        {
            if (slot is object?[] || (count += (slot as TrieLeaf)?.Count ?? 0) > TrieLeaf.Limit)
            {
                return inner;
            }
        }

        var room = default(LeafBuffer);
        foreach (var slot in inner)
        {
            if (slot is TrieLeaf leaf)
            {
                room.AddAll(leaf);
            }
        }

        return count == 0 ? null : room.ToLeaf();
    }

    /// <summary>A counting sort, stable, so that the last of several entries with one key stays the last.</summary>
    private static void SortByBranch(ReadOnlySpan<Entry> from, Span<Entry> to, int shift, Span<int> ends)
    {
        ends.Clear();
        foreach (ref readonly var entry in from)
        {
            ends[Branch(entry.Hash, shift)]++;
        }

        var start = 0;
        foreach (ref var end in ends)
        {
            (end, start) = (start, start + end);
        }

        // The array holds the starts of the groups at first, and their ends when all entries have been moved.
        foreach (ref readonly var entry in from)
        {
            to[ends[Branch(entry.Hash, shift)]++] = entry;
        }
    }

    private static int Branch(uint hash, int shift) => (int)((ulong)hash >> shift) & (Width - 1);

    /// <summary>An item of a batch by its place in it.</summary>
    private readonly struct Entry(int at, uint hash)
    {
        public readonly int At = at;
        public readonly uint Hash = hash;
    }
}
