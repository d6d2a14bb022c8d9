using System.Collections.Immutable;
using Halyard.Model;

namespace Halyard;

/// <summary>Changes that become visible together. Their versions are not compared with stored ones (in FDv2 transfers carry their own order).</summary>
/// <param name="Kind">Whether the items replace everything, or their own keys, or nothing changed.</param>
/// <param name="Items">Items and tombstones in order; a later one of the same kind and key wins.</param>
/// <param name="Selector">The state reached; empty when the source has none.</param>
public sealed record ChangeSet(ChangeSetKind Kind, ImmutableArray<ItemDescriptor> Items, Selector Selector)
{
    /// <summary>Says that the data held is up to date.</summary>
    public static ChangeSet Nothing(Selector selector = default) => new(ChangeSetKind.None, [], selector);
}
