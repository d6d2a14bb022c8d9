using Halyard.Model;

namespace Halyard.DataInterfaces;

/// <summary>
/// What Lazy Load's cache holds in place of an item that the store does not have or could not give: a tombstone with a
/// version that no item has. So a read of such a key costs what any other read costs.
/// </summary>
internal static class Placeholder
{
    private const long AbsentVersion = -1;
    private const long UnknownVersion = -2;
    private const long MalformedVersion = -3;

    /// <summary>Says that the store does not hold the key.</summary>
    public static ItemDescriptor Absent(DataKind kind, string key) => ItemDescriptor.Tombstone(kind, key, AbsentVersion);

    /// <summary>Says that nothing is known of the key, because the store could not be read.</summary>
    public static ItemDescriptor Unknown(DataKind kind, string key) => ItemDescriptor.Tombstone(kind, key, UnknownVersion);

    /// <summary>Says that the store holds the key with an item that cannot be understood, and that none before it is known.</summary>
    public static ItemDescriptor Malformed(DataKind kind, string key) => ItemDescriptor.Tombstone(kind, key, MalformedVersion);

    public static bool Is(ItemDescriptor item) => item.Version < 0 && item.IsTombstone;

    public static bool IsMalformed(ItemDescriptor item) => item.Version == MalformedVersion && item.IsTombstone;

    /// <summary>Whether something is known of the key: an item, a tombstone, or that the store has none.</summary>
    public static bool IsKnown(ItemDescriptor? item) =>
        item is not null && !(item.Version is UnknownVersion or MalformedVersion && item.IsTombstone);
}
