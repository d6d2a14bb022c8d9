using Halyard.Model;

namespace Halyard.DataComponents;

/// <summary>An item that a persistent store lacks.</summary>
/// <param name="Item">The item or tombstone.</param>
/// <param name="Version">The version that the store is to compare; see <see cref="StoreVersions"/>.</param>
internal readonly record struct PendingWrite(ItemDescriptor Item, long Version)
{
    public DataKind Kind => Item.Kind;

    public string Key => Item.Key;
}
