using Halyard.Model;

namespace Halyard;

/// <summary>An item to be written.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Key">The key.</param>
/// <param name="Item">Version, deletion mark, and JSON (for a deleted item, the JSON of its tombstone).</param>
public readonly record struct SerializedItem(DataKind Kind, string Key, SerializedItemDescriptor Item)
{
    /// <summary>An item as persistent stores hold it: in the version written inside it, which is the one that stores compare.</summary>
    public static SerializedItem Of(ItemDescriptor item)
    {
        ArgumentNullException.ThrowIfNull(item);
        return InVersion(item, item.OwnVersion);
    }

    /// <summary>The same in another version: a tombstone takes it over, and a live item keeps the one inside it.</summary>
    internal static SerializedItem InVersion(ItemDescriptor item, long version)
    {
        var written = item.IsTombstone && item.Version != version ? ItemDescriptor.Tombstone(item.Kind, item.Key, version) : item;
        return new(item.Kind, item.Key, new(version, item.IsTombstone, written.ToUtf8Json()));
    }
}
