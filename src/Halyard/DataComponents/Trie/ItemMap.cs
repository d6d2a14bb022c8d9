using System.Buffers;
using System.Collections;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Halyard.Model;

namespace Halyard.DataComponents.Trie;

/// <summary>
/// A persistent map from key to descriptor, tombstones included: a hash trie whose versions share all but the path
/// to what changed, so that an update costs the same at any size and every version stays readable without a lock.
/// Immutable. The order of enumeration depends on the keys and the process alone, not on the order they came in.
/// </summary>
internal sealed class ItemMap<T> : IReadOnlyCollection<T>
    where T : ItemDescriptor
{
    private readonly object? _root;
    private readonly int _tombstones;

    private ItemMap(object? root, int count, int tombstones)
    {
        _root = root;
        Count = count;
        _tombstones = tombstones;
    }

    public static ItemMap<T> Empty { get; } = new(null, 0, 0);

    public int Count { get; }

    /// <summary>The items that are no tombstones, without a copy.</summary>
    public IReadOnlyCollection<T> Live => _tombstones == 0 ? this : new LiveItems(this);

    /// <summary>The item of a key, or null.</summary>
    public T? Find(string key) => Unsafe.As<T?>(HashTrie.Find(_root, key));

    /// <summary>A map with the item added, or in place of the one of the same key.</summary>
    public ItemMap<T> With(T item)
    {
        ArgumentNullException.ThrowIfNull(item);
        var root = HashTrie.With(_root, item, KeyHash.Of(item.Key), 0, out var replaced);
        return Of(root, replaced, item);
    }

    /// <summary>A map without the key; the same map when it has no such key.</summary>
    public ItemMap<T> Without(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        var root = HashTrie.Without(_root, key, KeyHash.Of(key), 0, out var removed);
        return removed is null ? this : root is null ? Empty : Of(root, removed, null);
    }

    /// <summary>
    /// A map with all the items, made in one go: a node is made once for a batch, not once for each item. Of several
    /// items with one key the last stays.
    /// </summary>
    public ItemMap<T> WithAll(IEnumerable<T> items)
    {
        ArgumentNullException.ThrowIfNull(items);
        switch (items)
        {
            case ItemMap<T> map when Count == 0:
                return map;
            case T[] array:
                return WithAll(array.AsSpan());
            case ImmutableArray<T> array:
                return WithAll(array.AsSpan());
            case List<T> list:
                return WithAll(CollectionsMarshal.AsSpan(list));
        }

        var buffer = ArrayPool<T>.Shared.Rent(items.TryGetNonEnumeratedCount(out var known) ? known : 16);
        var count = 0;
        try
        {
            foreach (var item in items)
            {
                if (count == buffer.Length)
                {
                    var larger = ArrayPool<T>.Shared.Rent(Math.Max(16, count * 2));
                    buffer.AsSpan(0, count).CopyTo(larger);
                    ArrayPool<T>.Shared.Return(buffer, clearArray: true);
                    buffer = larger;
                }

                buffer[count++] = item;
            }

            return WithAll(buffer.AsSpan(0, count));
        }
        finally
        {
            ArrayPool<T>.Shared.Return(buffer, clearArray: true);
        }
    }

    /// <summary>As <see cref="WithAll(IEnumerable{T})"/>, of items that lie in one place.</summary>
    public ItemMap<T> WithAll(ReadOnlySpan<T> items)
    {
        foreach (var item in items)
        {
            if (item is null)
            {
                throw new ArgumentException("An item is null.", nameof(items));
            }
        }

        return items.Length == 1 ? With(items[0]) : WithAll(ReadOnlySpan<ItemDescriptor>.CastUp(items), kind: null);
    }

    /// <summary>A map with those of the items that are of the map's own kind; none of the items is null.</summary>
    public ItemMap<T> WithAllOf(DataKind kind, ReadOnlySpan<ItemDescriptor> items) => WithAll(items, kind);

    public Enumerator GetEnumerator() => new(_root);

    IEnumerator<T> IEnumerable<T>.GetEnumerator() => GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private ItemMap<T> WithAll(ReadOnlySpan<ItemDescriptor> items, DataKind? kind)
    {
        if (items.IsEmpty)
        {
            return this;
        }

        var tally = default(HashTrie.Tally);
        var root = HashTrie.WithAll(_root, items, kind, ref tally);
        return new(root, Count + tally.Items, _tombstones + tally.Tombstones);
    }

    private ItemMap<T> Of(object root, ItemDescriptor? replaced, ItemDescriptor? added)
    {
        var tally = default(HashTrie.Tally);
        tally.Count(replaced, added);
        return new(root, Count + tally.Items, _tombstones + tally.Tombstones);
    }

    /// <summary>Walks the branches of a node in order, depth first; allocates nothing unless boxed.</summary>
    public struct Enumerator : IEnumerator<T>
    {
        private readonly object? _root;
        private Path _path;
        private Positions _next;
        private int _depth;
        private TrieLeaf? _leaf;
        private int _at;

        internal Enumerator(object? root)
        {
            _root = root;
            _depth = -1;
            Enter(root);
        }

        public T Current { get; private set; } = null!;

        readonly object IEnumerator.Current => Current;

        // Mostly there is a next item in the leaf; that much is short enough to become part of the loop.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public bool MoveNext()
        {
            if (_leaf is { } leaf && _at < leaf.Count)
            {
                Current = Unsafe.As<T>(leaf.Entries[_at++].Item);
                return true;
            }

            return MoveToLeaf();
        }

        public void Reset() => this = new(_root);

        public readonly void Dispose()
        {
        }

        private bool MoveToLeaf()
        {
            _leaf = null;
            while (_depth >= 0)
            {
                var inner = _path[_depth];
                var next = _next[_depth]++;
                if (next == inner.Length)
                {
                    _depth--;
                    continue;
                }

                Enter(inner[next]);
                if (_leaf is { Count: > 0 } leaf)
                {
                    Current = Unsafe.As<T>(leaf.Entries[_at++].Item);
                    return true;
                }
            }

            return false;
        }

        private void Enter(object? node)
        {
            // The exact type: asking "is it an array of objects" takes a call, as arrays are covariant.
            if (node is not null && node.GetType() == typeof(object[]))
            {
                _path[++_depth] = Unsafe.As<object?[]>(node);
                _next[_depth] = 0;
            }
            else
            {
                _leaf = Unsafe.As<TrieLeaf?>(node);
                _at = 0;
            }
        }
    }

    [InlineArray(HashTrie.MaxDepth)]
    private struct Path
    {
        private object?[] _first;
    }

    [InlineArray(HashTrie.MaxDepth)]
    private struct Positions
    {
        private int _first;
    }

    private sealed class LiveItems(ItemMap<T> map) : IReadOnlyCollection<T>
    {
        public int Count => map.Count - map._tombstones;

        public IEnumerator<T> GetEnumerator()
        {
            foreach (var item in map)
            {
                if (!item.IsTombstone)
                {
                    yield return item;
                }
            }
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
