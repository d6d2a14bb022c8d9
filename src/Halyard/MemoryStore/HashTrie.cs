using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Halyard.Model;

namespace Halyard;

/// <summary>
/// The algorithms of <see cref="ItemMap{T}"/>, once for all kinds of item: a 32-way trie over the bits of the key's
/// hash, lowest first. Every tree of the same keys has the same shape, whatever its history. Not generic, so that no
/// call pays for looking up its type arguments.
/// </summary>
internal static class HashTrie
{
    private const int BitsPerLevel = 5;

    // Seven levels use up the 32 bits; what is still together then collides.
    private const int CollisionShift = 35;

    public const int MaxDepth = 8;

    public static ItemDescriptor? Find(TrieNode node, string key)
    {
        var hash = KeyHash.Of(key);
        while (true)
        {
            var bit = 1u << (int)hash; // the shift uses the lowest five bits alone
            var used = node.Used;
            if ((used & bit) == 0)
            {
                return used == 0 ? FindColliding(node, key) : null;
            }

            ref var slot = ref Unsafe.Add(ref node.First, BitOperations.PopCount(used & (bit - 1)));
            if ((node.Items & bit) != 0)
            {
                var item = Unsafe.As<ItemDescriptor>(slot);
                return string.Equals(item.Key, key) ? item : null;
            }

            node = Unsafe.As<TrieNode>(slot);
            hash >>= BitsPerLevel;
        }
    }

    /// <summary>A tree with the item added or replaced; <paramref name="replaced"/> is the one it takes the place of.</summary>
    public static TrieNode With(TrieNode node, ItemDescriptor item, uint hash, int shift, out ItemDescriptor? replaced)
    {
        if (shift >= CollisionShift)
        {
            return WithColliding(node, item, out replaced);
        }

        var bit = 1u << (int)(hash >> shift);
        var at = IndexOf(node, bit);
        if ((node.Items & bit) != 0)
        {
            var present = Unsafe.As<ItemDescriptor>(node.Slots[at]);
            if (string.Equals(present.Key, item.Key))
            {
                replaced = present;
                return Replace(node, node.Items, node.Children, at, item);
            }

            replaced = null;
            var pair = Pair(present, KeyHash.Of(present.Key), item, hash, shift + BitsPerLevel);
            return Replace(node, node.Items & ~bit, node.Children | bit, at, pair);
        }

        if ((node.Children & bit) != 0)
        {
            var child = With(Unsafe.As<TrieNode>(node.Slots[at]), item, hash, shift + BitsPerLevel, out replaced);
            return Replace(node, node.Items, node.Children, at, child);
        }

        replaced = null;
        return Insert(node, bit, at, item);
    }

    /// <summary>A tree without the key: the same one when it is not there, null when nothing is left.</summary>
    public static TrieNode? Without(TrieNode node, string key, uint hash, int shift, out ItemDescriptor? removed)
    {
        if (shift >= CollisionShift)
        {
            return WithoutColliding(node, key, out removed);
        }

        removed = null;
        var bit = 1u << (int)(hash >> shift);
        var at = IndexOf(node, bit);
        if ((node.Items & bit) != 0)
        {
            var present = Unsafe.As<ItemDescriptor>(node.Slots[at]);
            if (!string.Equals(present.Key, key))
            {
                return node;
            }

            removed = present;
            return node.IsSingle ? null : Remove(node, bit, at);
        }

        if ((node.Children & bit) == 0)
        {
            return node;
        }

        var old = Unsafe.As<TrieNode>(node.Slots[at]);
        var child = Without(old, key, hash, shift + BitsPerLevel, out removed);
        if (ReferenceEquals(child, old))
        {
            return node;
        }

        // A child never becomes empty: with one item left it was folded into its parent before.
        return child!.IsSingle
            ? Replace(node, node.Items | bit, node.Children & ~bit, at, child.Slots[0])
            : Replace(node, node.Items, node.Children, at, child);
    }

    /// <summary>
    /// A tree with all the items; of several with one key the last stays. Every node on the way is made once, at its
    /// final size, however many items fall into it.
    /// </summary>
    /// <param name="root">The tree.</param>
    /// <param name="items">The items, none of them null.</param>
    /// <param name="kind">The kind of the items to take, where others are among them; null takes all.</param>
    /// <param name="tally">How many items the tree gains.</param>
    public static unsafe TrieNode WithAll(TrieNode root, ReadOnlySpan<ItemDescriptor> items, DataKind? kind, ref Tally tally)
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

    private static ItemDescriptor? FindColliding(TrieNode node, string key)
    {
        foreach (var slot in node.Slots)
        {
            if (string.Equals(Unsafe.As<ItemDescriptor>(slot).Key, key))
            {
                return Unsafe.As<ItemDescriptor>(slot);
            }
        }

        return null;
    }

    // Sorted by key, so that the order of enumeration does not depend on the order of arrival.
    private static CollisionNode WithColliding(TrieNode node, ItemDescriptor item, out ItemDescriptor? replaced)
    {
        var slots = node.Slots;
        var at = 0;
        while (at < slots.Length && string.CompareOrdinal(Unsafe.As<ItemDescriptor>(slots[at]).Key, item.Key) < 0)
        {
            at++;
        }

        replaced = at < slots.Length && Unsafe.As<ItemDescriptor>(slots[at]) is { } present && present.Key == item.Key ? present : null;
        return new([.. slots[..at], item, .. slots[(replaced is null ? at : at + 1)..]]);
    }

    private static TrieNode? WithoutColliding(TrieNode node, string key, out ItemDescriptor? removed)
    {
        removed = FindColliding(node, key);
        if (removed is null)
        {
            return node;
        }

        var slots = node.Slots;
        var at = slots.IndexOf(removed);
        return slots.Length == 1 ? null : new CollisionNode([.. slots[..at], .. slots[(at + 1)..]]);
    }

    private static TrieNode Pair(ItemDescriptor a, uint hashA, ItemDescriptor b, uint hashB, int shift)
    {
        if (shift >= CollisionShift)
        {
            return new CollisionNode(string.CompareOrdinal(a.Key, b.Key) < 0 ? [a, b] : [b, a]);
        }

        var bitA = 1u << (int)(hashA >> shift);
        var bitB = 1u << (int)(hashB >> shift);
        if (bitA == bitB)
        {
            var chain = TrieNode.WithSlots(0, bitA);
            chain.First = Pair(a, hashA, b, hashB, shift + BitsPerLevel);
            return chain;
        }

        var node = TrieNode.WithSlots(bitA | bitB, 0);
        (node.Slots[0], node.Slots[1]) = bitA < bitB ? (a, b) : (b, a);
        return node;
    }

    private static TrieNode Merge(
        TrieNode node, ReadOnlySpan<ItemDescriptor> all, Span<Entry> entries, Span<Entry> scratch, int shift, ref Tally tally)
    {
        if (shift >= CollisionShift)
        {
            return MergeColliding(node, all, entries, ref tally);
        }

        Span<int> ends = stackalloc int[32];
        SortByBranch(entries, scratch, shift, ends);

        uint items = 0;
        uint children = 0;
        Branches branches = default;
        for (var branch = 0; branch < 32; branch++)
        {
            var bit = 1u << branch;
            var start = branch == 0 ? 0 : ends[branch - 1];
            var count = ends[branch] - start;
            var present = (node.Used & bit) != 0 ? node.Slots[IndexOf(node, bit)] : null;
            if (count == 0 && present is null)
            {
                continue;
            }

            // The sorted entries are in the scratch half now: the halves change places on the way down.
            branches[branch] = count == 0
                ? present!
                : MergeBranch(
                    present, (node.Items & bit) != 0, all, scratch.Slice(start, count), entries.Slice(start, count), shift + BitsPerLevel, ref tally);
            if (branches[branch] is TrieNode)
            {
                children |= bit;
            }
            else
            {
                items |= bit;
            }
        }

        var merged = TrieNode.WithSlots(items, children);
        var slots = merged.Slots;
        var at = 0;
        for (var rest = merged.Used; rest != 0; rest &= rest - 1)
        {
            slots[at++] = branches[BitOperations.TrailingZeroCount(rest)]!;
        }

        return merged;
    }

    /// <summary>What a branch holds after a merge: an item or a node.</summary>
    private static object MergeBranch(
        object? present, bool presentIsItem, ReadOnlySpan<ItemDescriptor> all, Span<Entry> entries, Span<Entry> scratch, int shift, ref Tally tally)
    {
        if (entries.Length == 1)
        {
            var (item, hash) = (all[entries[0].At], entries[0].Hash);
            if (present is null)
            {
                tally.Count(null, item);
                return item;
            }

            if (!presentIsItem)
            {
                var child = With(Unsafe.As<TrieNode>(present), item, hash, shift, out var replaced);
                tally.Count(replaced, item);
                return child;
            }

            var old = Unsafe.As<ItemDescriptor>(present);
            if (string.Equals(old.Key, item.Key))
            {
                tally.Count(old, item);
                return item;
            }

            tally.Count(null, item);
            return Pair(old, KeyHash.Of(old.Key), item, hash, shift);
        }

        var merged = Merge(
            present is null ? TrieNode.Empty : presentIsItem ? Single(Unsafe.As<ItemDescriptor>(present), shift) : Unsafe.As<TrieNode>(present),
            all,
            entries,
            scratch,
            shift,
            ref tally);

        // Entries of one key alone leave one item.
        return merged.IsSingle ? merged.Slots[0] : merged;
    }

    private static TrieNode Single(ItemDescriptor item, int shift)
    {
        if (shift >= CollisionShift)
        {
            return new CollisionNode([item]);
        }

        var node = TrieNode.WithSlots(1u << (int)(KeyHash.Of(item.Key) >> shift), 0);
        node.First = item;
        return node;
    }

    private static TrieNode MergeColliding(TrieNode node, ReadOnlySpan<ItemDescriptor> all, Span<Entry> entries, ref Tally tally)
    {
        foreach (ref var entry in entries)
        {
            var item = all[entry.At];
            node = WithColliding(node, item, out var replaced);
            tally.Count(replaced, item);
        }

        return node;
    }

    /// <summary>A counting sort, stable, so that the last of several entries with one key stays the last.</summary>
    private static void SortByBranch(ReadOnlySpan<Entry> from, Span<Entry> to, int shift, Span<int> ends)
    {
        ends.Clear();
        foreach (ref readonly var entry in from)
        {
            ends[(int)(entry.Hash >> shift) & 31]++;
        }

        var start = 0;
        foreach (ref var end in ends)
        {
            (end, start) = (start, start + end);
        }

        // What holds the starts before holds the ends after.
        foreach (ref readonly var entry in from)
        {
            to[ends[(int)(entry.Hash >> shift) & 31]++] = entry;
        }
    }

    private static int IndexOf(TrieNode node, uint bit) => BitOperations.PopCount(node.Used & (bit - 1));

    private static TrieNode Replace(TrieNode node, uint items, uint children, int at, object value)
    {
        var copy = TrieNode.WithSlots(items, children);
        var slots = copy.Slots;
        node.Slots.CopyTo(slots);
        slots[at] = value;
        return copy;
    }

    private static TrieNode Insert(TrieNode node, uint bit, int at, ItemDescriptor item)
    {
        var copy = TrieNode.WithSlots(node.Items | bit, node.Children);
        var slots = copy.Slots;
        node.Slots[..at].CopyTo(slots);
        slots[at] = item;
        node.Slots[at..].CopyTo(slots[(at + 1)..]);
        return copy;
    }

    private static TrieNode Remove(TrieNode node, uint bit, int at)
    {
        var copy = TrieNode.WithSlots(node.Items & ~bit, node.Children);
        node.Slots[..at].CopyTo(copy.Slots);
        node.Slots[(at + 1)..].CopyTo(copy.Slots[at..]);
        return copy;
    }

    /// <summary>An item of a batch by its place in it.</summary>
    private readonly struct Entry(int at, uint hash)
    {
        public readonly int At = at;
        public readonly uint Hash = hash;
    }

    [InlineArray(32)]
    private struct Branches
    {
        private object? _first;
    }
}
