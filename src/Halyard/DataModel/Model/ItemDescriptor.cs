namespace Halyard.Model;

/// <summary>A key, a version, and an item of either kind or the tombstone of a deleted one. Immutable.</summary>
public abstract class ItemDescriptor
{
    private protected ItemDescriptor(string key, long version)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        Key = key;
        Version = version;
    }

    /// <summary>The key within the kind.</summary>
    public string Key { get; }

    /// <summary>The version: a higher number is newer.</summary>
    public long Version { get; }

    /// <summary>At which moment of Lazy Load's cache the store had answered with this item; zero when it did not come from there.</summary>
    internal long ReadAt;

    /// <summary>Which kind of item this is.</summary>
    public abstract DataKind Kind { get; }

    /// <summary>Whether this is a tombstone: the item was deleted at <see cref="Version"/>.</summary>
    public abstract bool IsTombstone { get; }

    /// <summary>Makes the tombstone of an item of the given kind.</summary>
    public static ItemDescriptor Tombstone(DataKind kind, string key, long version) => kind switch
    {
        DataKind.Flag => ItemDescriptor<Flag>.Tombstone(key, version),
        DataKind.Segment => ItemDescriptor<Segment>.Tombstone(key, version),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "There are two kinds: Flag and Segment."),
    };
}
