using System.Numerics;
using Halyard.Model;

namespace Halyard.Benchmarks.Candidates;

/// <summary>
/// A table of buckets, one for about sixteen items; an update copies the table and one bucket, so that it grows with
/// the number of items.
/// </summary>
internal struct BucketTableCandidate : ICandidate
{
    private const int ItemsPerBucket = 16;

    private Entry[]?[] _buckets;

    public static string Name => "bucket table, n/16";

    public static bool KeepsVersions => true;

    public void Build(ItemDescriptor<Flag>[] items)
    {
        _buckets = new Entry[]?[Math.Max(1, (int)BitOperations.RoundUpToPowerOf2((uint)items.Length / ItemsPerBucket))];
        foreach (var item in items)
        {
            Put(_buckets, item);
        }
    }

    public readonly ItemDescriptor<Flag>? Find(string key)
    {
        var hash = KeyHash.Of(key);
        var buckets = _buckets;
        foreach (ref readonly var entry in buckets[hash & (uint)(buckets.Length - 1)].AsSpan())
        {
            if (entry.Hash == hash && string.Equals(entry.Key, key))
            {
                return entry.Item;
            }
        }

        return null;
    }

    public void Set(ItemDescriptor<Flag> item)
    {
        var copy = (Entry[]?[])_buckets.Clone();
        Put(copy, item);
        _buckets = copy;
    }

    public void SetAll(ItemDescriptor<Flag>[] items)
    {
        var copy = (Entry[]?[])_buckets.Clone();
        foreach (var item in items)
        {
            Put(copy, item);
        }

        _buckets = copy;
    }

    public readonly int Enumerate()
    {
        var count = 0;
        foreach (var bucket in _buckets)
        {
            foreach (ref readonly var entry in bucket.AsSpan())
            {
                count += entry.Item.IsTombstone ? 0 : 1;
            }
        }

        return count;
    }

    private static void Put(Entry[]?[] buckets, ItemDescriptor<Flag> item)
    {
        var hash = KeyHash.Of(item.Key);
        ref var bucket = ref buckets[hash & (uint)(buckets.Length - 1)];
        var at = bucket is null ? -1 : Array.FindIndex(bucket, entry => entry.Hash == hash && entry.Key == item.Key);
        Entry[] copy = at < 0 ? [.. bucket ?? [], default] : [.. bucket!];
        copy[at < 0 ? ^1 : at] = new(item.Key, item, hash);
        bucket = copy;
    }

    private readonly record struct Entry(string Key, ItemDescriptor<Flag> Item, uint Hash);
}
