using Halyard.DataComponents.Trie;
using Halyard.Model;

namespace Halyard.DataInterfaces;

/// <summary>All flag data of one moment. Immutable: whoever holds it sees one state, whatever is written meanwhile.</summary>
internal sealed record DataSnapshot(
    ItemMap<ItemDescriptor<Flag>> Flags,
    ItemMap<ItemDescriptor<Segment>> Segments,
    bool Initialized)
{
    /// <summary>The state of the payload that this data is; empty when the data names none.</summary>
    public Selector Selector { get; init; }

    public static DataSnapshot Empty { get; } = new(ItemMap<ItemDescriptor<Flag>>.Empty, ItemMap<ItemDescriptor<Segment>>.Empty, false);
}
