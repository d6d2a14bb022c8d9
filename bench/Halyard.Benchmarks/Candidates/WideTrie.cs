using System.Runtime.CompilerServices;
using Halyard.DataComponents.Trie;
using Halyard.Model;

namespace Halyard.Benchmarks.Candidates;

/// <summary>How many branches an inner node of a <see cref="WideTrie{TWidth}"/> has, as a number of bits.</summary>
internal interface IWidth
{
    static abstract int Bits { get; }
}

internal readonly struct Width16 : IWidth
{
    public static int Bits => 4;
}

internal readonly struct Width64 : IWidth
{
    public static int Bits => 6;
}

/// <summary>
/// The store's trie with another number of branches: dense inner nodes, indexed without counting bits, over leaves of
/// up to sixteen items.
/// </summary>
internal struct WideTrie<TWidth> : ICandidate
    where TWidth : struct, IWidth
{
    private object?[] _root;

    public static string Name => $"as ItemMap, {1 << TWidth.Bits} wide";

    public static bool KeepsVersions => true;

    public void Build(ItemDescriptor<Flag>[] items)
    {
        _root = new object?[1 << TWidth.Bits];
        SetAll(items);
    }

    public readonly ItemDescriptor<Flag>? Find(string key)
    {
        var hash = KeyHash.Of(key);
        var path = hash;
        var node = _root;
        while (true)
        {
            var slot = Unsafe.Add(ref System.Runtime.InteropServices.MemoryMarshal.GetArrayDataReference(node), path & ((1u << TWidth.Bits) - 1));
            if (slot is null)
            {
                return null;
            }

            if (slot.GetType() == typeof(object[]))
            {
                node = Unsafe.As<object?[]>(slot);
                path >>= TWidth.Bits;
                continue;
            }

            var leaf = Unsafe.As<TrieLeaf>(slot);
            return Unsafe.As<ItemDescriptor<Flag>?>(leaf.Find(key, TrieLeaf.TagOf(hash)));
        }
    }

    public void Set(ItemDescriptor<Flag> item) => _root = (object?[])With(_root, item, KeyHash.Of(item.Key), 0);

    public void SetAll(ItemDescriptor<Flag>[] items)
    {
        var hashed = new Hashed[items.Length * 2];
        for (var i = 0; i < items.Length; i++)
        {
            hashed[i] = new(items[i], KeyHash.Of(items[i].Key));
        }

        _root = (object?[])Merge(_root, hashed.AsSpan(0, items.Length), hashed.AsSpan(items.Length), 0)!;
    }

    public readonly int Enumerate() => Enumerate(_root);

    private static int Enumerate(object? node)
    {
        var count = 0;
        if (node is object?[] inner)
        {
            foreach (var slot in inner)
            {
                count += Enumerate(slot);
            }
        }
        else if (node is TrieLeaf leaf)
        {
            foreach (ref readonly var entry in leaf.Entries)
            {
                count += entry.Item.IsTombstone ? 0 : 1;
            }
        }

        return count;
    }

    private static int Branch(uint hash, int shift) => (int)(hash >> shift) & ((1 << TWidth.Bits) - 1);

    private static object With(object? node, ItemDescriptor<Flag> item, uint hash, int shift)
    {
        if (node is null)
        {
            return TrieLeaf.Of(item, TrieLeaf.TagOf(hash));
        }

        if (node is not TrieLeaf leaf)
        {
            var copy = (object?[])Unsafe.As<object?[]>(node).Clone();
            ref var slot = ref copy[Branch(hash, shift)];
            slot = With(slot, item, hash, shift + TWidth.Bits);
            return copy;
        }

        if (leaf.IndexOf(item.Key, TrieLeaf.TagOf(hash)) is var at and >= 0)
        {
            return leaf.Replace(at, item);
        }

        if (leaf.Count < TrieLeaf.Limit)
        {
            return leaf.Insert(item, TrieLeaf.TagOf(hash));
        }

        ArgumentOutOfRangeException.ThrowIfGreaterThan(shift, 31, "more equal hashes than a leaf has room for");
        object inner = new object?[1 << TWidth.Bits];
        foreach (ref readonly var entry in leaf.Entries)
        {
            ref var slot = ref Unsafe.As<object?[]>(inner)[Branch(KeyHash.Of(entry.Key), shift)];
            slot = With(slot, (ItemDescriptor<Flag>)entry.Item, KeyHash.Of(entry.Key), shift + TWidth.Bits);
        }

        ref var own = ref Unsafe.As<object?[]>(inner)[Branch(hash, shift)];
        own = With(own, item, hash, shift + TWidth.Bits);
        return inner;
    }

    private static object? Merge(object? node, Span<Hashed> items, Span<Hashed> scratch, int shift)
    {
        if (node is not object?[] && items.Length <= TrieLeaf.Limit)
        {
            foreach (ref readonly var item in items)
            {
                node = With(node, item.Item, item.Hash, shift);
            }

            return node;
        }

        var copy = new object?[1 << TWidth.Bits];
        if (node is object?[] inner)
        {
            inner.CopyTo(copy, 0);
        }
        else if (node is TrieLeaf)
        {
            throw new NotSupportedException("The measurement fills no leaf beyond its limit in one go.");
        }

        Span<int> ends = stackalloc int[1 << TWidth.Bits];
        ends.Clear();
        foreach (ref readonly var item in items)
        {
            ends[Branch(item.Hash, shift)]++;
        }

        var start = 0;
        foreach (ref var end in ends)
        {
            (end, start) = (start, start + end);
        }

        foreach (ref readonly var item in items)
        {
            scratch[ends[Branch(item.Hash, shift)]++] = item;
        }

        for (var branch = 0; branch < copy.Length; branch++)
        {
            var from = branch == 0 ? 0 : ends[branch - 1];
            var count = ends[branch] - from;
            if (count != 0)
            {
                copy[branch] = Merge(copy[branch], scratch.Slice(from, count), items.Slice(from, count), shift + TWidth.Bits);
            }
        }

        return copy;
    }

    private readonly record struct Hashed(ItemDescriptor<Flag> Item, uint Hash);
}
