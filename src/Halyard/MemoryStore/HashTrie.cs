using System.Buffers;
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
            ref var slots = ref MemoryMarshal.GetArrayDataReference(node.Slots);
            if ((node.Items & bit) != 0)
            {
                var item = Unsafe.As<ItemDescriptor>(Unsafe.Add(ref slots, BitOperations.PopCount(node.Items & (bit - 1))));
                return string.Equals(item.Key, key) ? item : null;
            }

            if ((node.Children & bit) == 0)
            {
                return node.IsCollision ? FindColliding(node, key) : null;
            }

            node = Unsafe.As<TrieNode>(
                Unsafe.Add(ref slots, node.Slots.Length - 1 - BitOperations.PopCount(node.Children & (bit - 1))));
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
        if ((node.Items & bit) != 0)
        {
            var at = BitOperations.PopCount(node.Items & (bit - 1));
            var present = Unsafe.As<ItemDescriptor>(node.Slots[at]);
            if (string.Equals(present.Key, item.Key))
            {
                replaced = present;
                return new(node.Items, node.Children, Replace(node.Slots, at, item));
            }

            replaced = null;
            return ItemToChild(node, bit, at, Pair(present, KeyHash.Of(present.Key), item, hash, shift + BitsPerLevel));
        }

        if ((node.Children & bit) != 0)
        {
            var at = ChildIndex(node, bit);
            var child = With(Unsafe.As<TrieNode>(node.Slots[at]), item, hash, shift + BitsPerLevel, out replaced);
            return new(node.Items, node.Children, Replace(node.Slots, at, child));
        }

        replaced = null;
        return new(node.Items | bit, node.Children, Insert(node.Slots, BitOperations.PopCount(node.Items & (bit - 1)), item));
    }

    /// <summary>A tree without the key: the same one when it is not there, null when nothing is left.</summary>
    public static TrieNode? Without(TrieNode node, string key, uint hash, int shift, out ItemDescriptor? removed)
    {
        if (shift >= CollisionShift)
        {
            var colliding = IndexOfColliding(node.Slots, key);
            removed = colliding < 0 ? null : Unsafe.As<ItemDescriptor>(node.Slots[colliding]);
            return colliding < 0 ? node : node.Slots.Length == 1 ? null : new(0, 0, Remove(node.Slots, colliding));
        }

        removed = null;
        var bit = 1u << (int)(hash >> shift);
        if ((node.Items & bit) != 0)
        {
            var at = BitOperations.PopCount(node.Items & (bit - 1));
            var present = Unsafe.As<ItemDescriptor>(node.Slots[at]);
            if (!string.Equals(present.Key, key))
            {
                return node;
            }

            removed = present;
            return node.Slots.Length == 1 ? null : new(node.Items & ~bit, node.Children, Remove(node.Slots, at));
        }

        if ((node.Children & bit) == 0)
        {
            return node;
        }

        var index = ChildIndex(node, bit);
        var old = Unsafe.As<TrieNode>(node.Slots[index]);
        var child = Without(old, key, hash, shift + BitsPerLevel, out removed);
        if (ReferenceEquals(child, old))
        {
            return node;
        }

        // A child never becomes empty: with one item left it was folded into its parent before.
        return child!.IsSingle
            ? ChildToItem(node, bit, index, Unsafe.As<ItemDescriptor>(child.Slots[0]))
            : new(node.Items, node.Children, Replace(node.Slots, index, child));
    }

    /// <summary>
    /// A tree with all the items; of several with one key the last stays. Every node on the way is made once, at its
    /// final size, however many items fall into it.
    /// </summary>
    public static TrieNode WithAll(TrieNode root, ReadOnlySpan<ItemDescriptor> items, ref Tally tally)
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

    private static ItemDescriptor? FindColliding(TrieNode node, string key)
    {
        var at = IndexOfColliding(node.Slots, key);
        return at < 0 ? null : Unsafe.As<ItemDescriptor>(node.Slots[at]);
    }

    private static int IndexOfColliding(object[] slots, string key)
    {
        for (var i = 0; i < slots.Length; i++)
        {
            if (string.Equals(Unsafe.As<ItemDescriptor>(slots[i]).Key, key))
            {
                return i;
            }
        }

        return -1;
    }

    // Sorted by key, so that the order of enumeration does not depend on the order of arrival.
    private static TrieNode WithColliding(TrieNode node, ItemDescriptor item, out ItemDescriptor? replaced)
    {
        var at = 0;
        while (at < node.Slots.Length && string.CompareOrdinal(Unsafe.As<ItemDescriptor>(node.Slots[at]).Key, item.Key) < 0)
        {
            at++;
        }

        replaced = at < node.Slots.Length && Unsafe.As<ItemDescriptor>(node.Slots[at]) is { } present && present.Key == item.Key
            ? present
            : null;
        return new(0, 0, replaced is null ? Insert(node.Slots, at, item) : Replace(node.Slots, at, item));
    }

    private static TrieNode Pair(ItemDescriptor a, uint hashA, ItemDescriptor b, uint hashB, int shift)
    {
        if (shift >= CollisionShift)
        {
            return new(0, 0, string.CompareOrdinal(a.Key, b.Key) < 0 ? [a, b] : [b, a]);
        }

        var branchA = (hashA >> shift) & 31;
        var branchB = (hashB >> shift) & 31;
        return branchA == branchB
            ? new(0, 1u << (int)branchA, [Pair(a, hashA, b, hashB, shift + BitsPerLevel)])
            : new((1u << (int)branchA) | (1u << (int)branchB), 0, branchA < branchB ? [a, b] : [b, a]);
    }

    private static TrieNode Merge(TrieNode node, Span<Entry> entries, Span<Entry> scratch, int shift, ref Tally tally)
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
            var present = (node.Items & bit) != 0 ? node.Slots[BitOperations.PopCount(node.Items & (bit - 1))]
                : (node.Children & bit) != 0 ? node.Slots[ChildIndex(node, bit)]
                : null;
            if (count == 0 && present is null)
            {
                continue;
            }

            // The sorted entries are in the scratch half now: the halves change places on the way down.
            branches[branch] = count == 0
                ? present!
                : MergeBranch(
                    present, (node.Items & bit) != 0, scratch.Slice(start, count), entries.Slice(start, count), shift + BitsPerLevel, ref tally);
            if (branches[branch] is TrieNode)
            {
                children |= bit;
            }
            else
            {
                items |= bit;
            }
        }

        var slots = new object[BitOperations.PopCount(items) + BitOperations.PopCount(children)];
        var front = 0;
        var back = slots.Length;
        for (var rest = items | children; rest != 0; rest &= rest - 1)
        {
            var branch = BitOperations.TrailingZeroCount(rest);
            slots[(items & (1u << branch)) != 0 ? front++ : --back] = branches[branch]!;
        }

        return new(items, children, slots);
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
            entries,
            scratch,
            shift,
            ref tally);

        // Entries of one key alone leave one item.
        return merged.IsSingle ? merged.Slots[0] : merged;
    }

    private static TrieNode Single(ItemDescriptor item, int shift) =>
        new(shift >= CollisionShift ? 0 : 1u << (int)(KeyHash.Of(item.Key) >> shift), 0, [item]);

    private static TrieNode MergeColliding(TrieNode node, Span<Entry> entries, ref Tally tally)
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

    private static int ChildIndex(TrieNode node, uint bit) =>
        node.Slots.Length - 1 - BitOperations.PopCount(node.Children & (bit - 1));

    private static TrieNode ItemToChild(TrieNode node, uint bit, int itemIndex, TrieNode child)
    {
        var slots = Remove(node.Slots, itemIndex);
        var children = node.Children | bit;
        return new(node.Items & ~bit, children, Insert(slots, slots.Length - BitOperations.PopCount(children & (bit - 1)), child));
    }

    private static TrieNode ChildToItem(TrieNode node, uint bit, int childIndex, ItemDescriptor item)
    {
        var slots = Remove(node.Slots, childIndex);
        return new(
            node.Items | bit, node.Children & ~bit, Insert(slots, BitOperations.PopCount(node.Items & (bit - 1)), item));
    }

    private static object[] Replace(object[] slots, int at, object value)
    {
        var copy = new object[slots.Length];
        Array.Copy(slots, copy, slots.Length);
        copy[at] = value;
        return copy;
    }

    private static object[] Insert(object[] slots, int at, object value)
    {
        var copy = new object[slots.Length + 1];
        Array.Copy(slots, copy, at);
        copy[at] = value;
        Array.Copy(slots, at, copy, at + 1, slots.Length - at);
        return copy;
    }

    private static object[] Remove(object[] slots, int at)
    {
        var copy = new object[slots.Length - 1];
        Array.Copy(slots, copy, at);
        Array.Copy(slots, at + 1, copy, at, copy.Length - at);
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
