using Halyard.DataModel.Json.Reading;
using Halyard.DataModel.Json.Writing;

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

    /// <summary>
    /// The version written inside the item, by which stores compare; <see cref="Version"/> where there is none. In FDv2 the
    /// two may differ: there <see cref="Version"/> is the one of the event.
    /// </summary>
    internal abstract long OwnVersion { get; }

    /// <summary>At which moment of Lazy Load's cache the store had answered with this item; zero when it did not come from there.</summary>
    internal long ReadAt;

    /// <summary>Whether the item was read since Lazy Load last looked; what was not leaves a full cache first.</summary>
    internal bool Touched;

    // In two parts, which fit beside the mark above and so cost an item nothing.
    private uint _textHashLow;
    private ushort _textHashHigh;

    /// <summary>
    /// Tells the text of a store that this was read from, in 48 bits; zero when it did not come from there. Set before anybody
    /// else sees the descriptor.
    /// </summary>
    internal ulong TextHash
    {
        get => ((ulong)_textHashHigh << 32) | _textHashLow;
        set => (_textHashLow, _textHashHigh) = ((uint)value, (ushort)(value >> 32));
    }

    /// <summary>Which kind of item this is.</summary>
    public abstract DataKind Kind { get; }

    /// <summary>Whether this is a tombstone: the item was deleted at <see cref="Version"/>.</summary>
    public abstract bool IsTombstone { get; }

    /// <summary>Reads an item, or a tombstone (<c>"deleted": true</c>), from its JSON.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="key">
    /// The key under which the item stands: the descriptor's. The item itself keeps the key inside the text, which bucketing
    /// hashes.
    /// </param>
    /// <param name="utf8Json">The text.</param>
    /// <exception cref="MalformedDataException">The text is not an item of that kind.</exception>
    public static ItemDescriptor FromJson(DataKind kind, string key, ReadOnlySpan<byte> utf8Json) => ModelReader.ReadItem(kind, key, utf8Json);

    /// <summary>The item's JSON as UTF-8, as services send it and stores keep it; properties unknown here are kept.</summary>
    public byte[] ToUtf8Json() => ModelWriter.ToUtf8(this);

    /// <summary>The same item in another version; the version inside it stays.</summary>
    internal ItemDescriptor WithVersion(long version) => version == Version ? this : Copy(version);

    /// <summary>The same item in a descriptor of its own, for a cache that keeps its marks there.</summary>
    internal ItemDescriptor Copy() => Copy(Version);

    private ItemDescriptor Copy(long version) => this switch
    {
        ItemDescriptor<Flag> { Item: { } flag } => ItemDescriptor<Flag>.Of(Key, version, flag),
        ItemDescriptor<Segment> { Item: { } segment } => ItemDescriptor<Segment>.Of(Key, version, segment),
        MalformedItem => this,
        _ => Tombstone(Kind, Key, version),
    };

    /// <summary>Makes the tombstone of an item of the given kind.</summary>
    public static ItemDescriptor Tombstone(DataKind kind, string key, long version) => kind switch
    {
        DataKind.Flag => ItemDescriptor<Flag>.Tombstone(key, version),
        DataKind.Segment => ItemDescriptor<Segment>.Tombstone(key, version),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "There are two kinds: Flag and Segment."),
    };
}
