using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using Halyard.Model;

namespace Halyard.Benchmarks.Candidates;

/// <summary>
/// What the store had before: a 32-way trie over the bits of the key's hash, lowest first, whose nodes hold only the
/// branches that are used.
/// </summary>
internal static class SparseTrie
{
    private const int BitsPerLevel = 5;

    // Seven levels use up the 32 bits; what is still together then collides.
    private const int CollisionShift = 35;

    public static ItemDescriptor? Find(SparseNode node, string key)
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

            node = Unsafe.As<SparseNode>(slot);
            hash >>= BitsPerLevel;
        }
    }

    /// <summary>A tree with the item added or replaced; <paramref name="replaced"/> is the one it takes the place of.</summary>
    public static SparseNode With(SparseNode node, ItemDescriptor item, uint hash, int shift, out ItemDescriptor? replaced)
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
            var child = With(Unsafe.As<SparseNode>(node.Slots[at]), item, hash, shift + BitsPerLevel, out replaced);
            return Replace(node, node.Items, node.Children, at, child);
        }

        replaced = null;
        return Insert(node, bit, at, item);
    }

    /// <summary>
    /// A tree with all the items; of several with one key the last stays. Every node on the way is made once, at its
    /// final size, however many items fall into it.
    /// </summary>
    public static SparseNode WithAll(SparseNode root, ReadOnlySpan<ItemDescriptor> items, ref Tally tally)
    {
        var buffer = ArrayPool<Entry>.Shared.Rent(items.Length * 2);
        try
        {
            var entries = buffer.AsSpan(0, items.Length);
            for (var i = 0; i < items.Length; i++)
            {
                entries[i] = new(items[i], KeyHash.Of(items[i].Key));
            }

            return Merge(root, entries, buffer.AsSpan(items.Length, items.Length), 0, ref tally);
        }
        finally
        {
            buffer.AsSpan(0, items.Length * 2).Clear();
            ArrayPool<Entry>.Shared.Return(buffer);
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

    private static ItemDescriptor? FindColliding(SparseNode node, string key)
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
    private static SparseCollisionNode WithColliding(SparseNode node, ItemDescriptor item, out ItemDescriptor? replaced)
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

    private static SparseNode Pair(ItemDescriptor a, uint hashA, ItemDescriptor b, uint hashB, int shift)
    {
        if (shift >= CollisionShift)
        {
            return new SparseCollisionNode(string.CompareOrdinal(a.Key, b.Key) < 0 ? [a, b] : [b, a]);
        }

        var bitA = 1u << (int)(hashA >> shift);
        var bitB = 1u << (int)(hashB >> shift);
        if (bitA == bitB)
        {
            var chain = SparseNode.WithSlots(0, bitA);
            chain.First = Pair(a, hashA, b, hashB, shift + BitsPerLevel);
            return chain;
        }

        var node = SparseNode.WithSlots(bitA | bitB, 0);
        (node.Slots[0], node.Slots[1]) = bitA < bitB ? (a, b) : (b, a);
        return node;
    }

    private static SparseNode Merge(SparseNode node, Span<Entry> entries, Span<Entry> scratch, int shift, ref Tally tally)
    {
        if (shift >= CollisionShift)
        {
            return MergeColliding(node, entries, ref tally);
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
                    present, (node.Items & bit) != 0, scratch.Slice(start, count), entries.Slice(start, count), shift + BitsPerLevel, ref tally);
            if (branches[branch] is SparseNode)
            {
                children |= bit;
            }
            else
            {
                items |= bit;
            }
        }

        var merged = SparseNode.WithSlots(items, children);
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
        object? present, bool presentIsItem, Span<Entry> entries, Span<Entry> scratch, int shift, ref Tally tally)
    {
        if (entries.Length == 1)
        {
            var (item, hash) = (entries[0].Item, entries[0].Hash);
            if (present is null)
            {
                tally.Count(null, item);
                return item;
            }

            if (!presentIsItem)
            {
                var child = With(Unsafe.As<SparseNode>(present), item, hash, shift, out var replaced);
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
            present is null ? SparseNode.Empty : presentIsItem ? Single(Unsafe.As<ItemDescriptor>(present), shift) : Unsafe.As<SparseNode>(present),
            entries,
            scratch,
            shift,
            ref tally);

        // Entries of one key alone leave one item.
        return merged.IsSingle ? merged.Slots[0] : merged;
    }

    private static SparseNode Single(ItemDescriptor item, int shift)
    {
        if (shift >= CollisionShift)
        {
            return new SparseCollisionNode([item]);
        }

        var node = SparseNode.WithSlots(1u << (int)(KeyHash.Of(item.Key) >> shift), 0);
        node.First = item;
        return node;
    }

    private static SparseNode MergeColliding(SparseNode node, Span<Entry> entries, ref Tally tally)
    {
        foreach (ref var entry in entries)
        {
            node = WithColliding(node, entry.Item, out var replaced);
            tally.Count(replaced, entry.Item);
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

    private static int IndexOf(SparseNode node, uint bit) => BitOperations.PopCount(node.Used & (bit - 1));

    private static SparseNode Replace(SparseNode node, uint items, uint children, int at, object value)
    {
        var copy = SparseNode.WithSlots(items, children);
        var slots = copy.Slots;
        node.Slots.CopyTo(slots);
        slots[at] = value;
        return copy;
    }

    private static SparseNode Insert(SparseNode node, uint bit, int at, ItemDescriptor item)
    {
        var copy = SparseNode.WithSlots(node.Items | bit, node.Children);
        var slots = copy.Slots;
        node.Slots[..at].CopyTo(slots);
        slots[at] = item;
        node.Slots[at..].CopyTo(slots[(at + 1)..]);
        return copy;
    }

    private readonly struct Entry(ItemDescriptor item, uint hash)
    {
        public readonly ItemDescriptor Item = item;
        public readonly uint Hash = hash;
    }

    [InlineArray(32)]
    private struct Branches
    {
        private object? _first;
    }
}
