using Halyard.Model;

namespace Halyard.DataSystems;

/// <summary>
/// What the cache holds in place of an item that the store does not have or could not give: a tombstone with a version
/// that no item has. So a read of such a key costs what any other read costs.
/// </summary>
internal static class Placeholder
{
    private const long AbsentVersion = -1;
    private const long UnknownVersion = -2;

    /// <summary>Says that the store does not hold the key.</summary>
    public static ItemDescriptor Absent(DataKind kind, string key) => ItemDescriptor.Tombstone(kind, key, AbsentVersion);

    /// <summary>Says that nothing is known of the key, because the store could not be read.</summary>
    public static ItemDescriptor Unknown(DataKind kind, string key) => ItemDescriptor.Tombstone(kind, key, UnknownVersion);

    public static bool Is(ItemDescriptor item) => item.Version < 0 && item.IsTombstone;

    /// <summary>Whether something is known of the key: an item, a tombstone, or that the store has none.</summary>
    public static bool IsKnown(ItemDescriptor? item) => item is not null && !(item.Version == UnknownVersion && item.IsTombstone);
}
