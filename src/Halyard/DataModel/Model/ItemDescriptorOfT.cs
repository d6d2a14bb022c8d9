namespace Halyard.Model;

/// <summary>A version and an item, or the tombstone of a deleted item. Immutable.</summary>
/// <typeparam name="T"><see cref="Flag"/> or <see cref="Segment"/>.</typeparam>
public sealed class ItemDescriptor<T> : ItemDescriptor
    where T : class
{
    private ItemDescriptor(string key, long version, T? item)
        : base(key, version) => Item = item;

    /// <summary>The item; null in a tombstone.</summary>
    public T? Item { get; }

    /// <inheritdoc/>
    public override DataKind Kind => typeof(T) == typeof(Flag) ? DataKind.Flag : DataKind.Segment;

    /// <inheritdoc/>
    public override bool IsTombstone => Item is null;

    internal override long OwnVersion => (object?)Item switch
    {
        Flag { Version: not 0 and var version } => version,
        Segment { Version: not 0 and var version } => version,
        _ => Version,
    };

    /// <summary>
    /// Until when a fetched item counts as fresh, as a <see cref="TimeProvider"/> timestamp. Written by Lazy Load's
    /// expiration tracker alone; kept here so that a warm read needs no second look-up. Pushed items never expire.
    /// </summary>
    internal long FreshUntil = long.MaxValue;

    /// <summary>Makes the descriptor of a live item.</summary>
    public static ItemDescriptor<T> Of(string key, long version, T item)
    {
        ArgumentNullException.ThrowIfNull(item);
        return new(key, version, item);
    }

    /// <summary>Makes the tombstone of an item deleted at the given version.</summary>
    public static ItemDescriptor<T> Tombstone(string key, long version) => new(key, version, null);
}
