using Halyard.DataComponents.Trie;
using Halyard.DataInterfaces;
using Halyard.Model;

namespace Halyard;

/// <summary>
/// All flag data of one moment. Immutable and thread-safe: whoever holds it sees one state, whatever is written
/// meanwhile. A deleted item is absent.
/// </summary>
public sealed record DataSnapshot
{
    // Assigned here and not by setters: this runs for every update.
    internal DataSnapshot(
        ItemMap<ItemDescriptor<Flag>> flags, ItemMap<ItemDescriptor<Segment>> segments, bool initialized, Quarantine? quarantine = null)
    {
        Quarantine = quarantine ?? Quarantine.Empty;
        Flags = flags;
        Segments = segments;
        Initialized = initialized;
    }

    /// <summary>Whether a complete data set has arrived by this moment; with Lazy Load, whether the store says so of itself.</summary>
    public bool Initialized { get; internal init; }

    /// <summary>The state of the payload that this data is, as the service names it; empty when it names none.</summary>
    public Selector Selector { get; internal init; }

    /// <summary>The flags, tombstones included.</summary>
    internal ItemMap<ItemDescriptor<Flag>> Flags { get; init; }

    /// <summary>The segments, tombstones included.</summary>
    internal ItemMap<ItemDescriptor<Segment>> Segments { get; init; }

    /// <summary>The items that could not be understood.</summary>
    internal Quarantine Quarantine { get; init; }

    internal static DataSnapshot Empty { get; } = new(ItemMap<ItemDescriptor<Flag>>.Empty, ItemMap<ItemDescriptor<Segment>>.Empty, false);

    /// <summary>The flag; null when there is none.</summary>
    public ItemDescriptor<Flag>? GetFlag(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return Flags.Find(key) is { IsTombstone: false } flag ? flag : null;
    }

    /// <summary>The segment; null when there is none.</summary>
    public ItemDescriptor<Segment>? GetSegment(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return Segments.Find(key) is { IsTombstone: false } segment ? segment : null;
    }

    /// <summary>Whether a flag was delivered that could not be understood. For keys of which there is no good version: it is asked last.</summary>
    internal bool IsMalformed(string flagKey) =>
        Quarantine.Find(DataKind.Flag, flagKey) is not null || (Flags.Find(flagKey) is { } item && Placeholder.IsMalformed(item));

    /// <summary>All flags, in no particular order.</summary>
    public IReadOnlyCollection<ItemDescriptor<Flag>> AllFlags() => Flags.Live;

    /// <summary>All segments, in no particular order.</summary>
    public IReadOnlyCollection<ItemDescriptor<Segment>> AllSegments() => Segments.Live;
}
