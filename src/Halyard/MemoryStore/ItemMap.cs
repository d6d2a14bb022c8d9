using System.Collections;
using Halyard.Model;

namespace Halyard;

/// <summary>
/// A persistent map from key to descriptor, tombstones included: a hash trie whose versions share all but the path
/// to what changed, so that an update costs the same at any size and every version stays readable without a lock.
/// </summary>
internal sealed class ItemMap<T> : IReadOnlyCollection<T>
    where T : ItemDescriptor
{
    public static ItemMap<T> Empty { get; } = new();

    public int Count => throw new NotImplementedException();

    /// <summary>The item of a key, or null.</summary>
    public T? Find(string key) => throw new NotImplementedException();

    /// <summary>A map with the item added, or in place of the one of the same key.</summary>
    public ItemMap<T> With(T item) => throw new NotImplementedException();

    /// <summary>A map without the key.</summary>
    public ItemMap<T> Without(string key) => throw new NotImplementedException();

    /// <summary>A map with all the items, made in one go: the nodes of a batch are changed in place, not copied for each item.</summary>
    public ItemMap<T> WithAll(IEnumerable<T> items) => throw new NotImplementedException();

    public IEnumerator<T> GetEnumerator() => throw new NotImplementedException();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
