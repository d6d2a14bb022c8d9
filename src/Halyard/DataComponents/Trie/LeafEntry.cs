using Halyard.Model;

namespace Halyard.DataComponents.Trie;

/// <summary>An item with its key beside it, so that comparing keys reads no item.</summary>
internal readonly struct LeafEntry(ItemDescriptor item)
{
    public readonly string Key = item.Key;
    public readonly ItemDescriptor Item = item;
}
