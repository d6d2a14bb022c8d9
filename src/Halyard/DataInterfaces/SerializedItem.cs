using Halyard.Model;

namespace Halyard;

/// <summary>An item to be written.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Key">The key.</param>
/// <param name="Item">Version, deletion mark, and JSON (for a deleted item, the JSON of its tombstone).</param>
public readonly record struct SerializedItem(DataKind Kind, string Key, SerializedItemDescriptor Item)
{
    /// <summary>An item as persistent stores hold it.</summary>
    public static SerializedItem Of(ItemDescriptor item)
    {
        ArgumentNullException.ThrowIfNull(item);
        return new(item.Kind, item.Key, new(item.Version, item.IsTombstone, item.ToUtf8Json()));
    }
}
