using System.Collections.Immutable;
using Halyard.Model;

namespace Halyard;

/// <summary>How a change set relates to the data before it.</summary>
public enum ChangeSetKind : byte
{
    /// <summary>Nothing changed: the data held is up to date.</summary>
    None,

    /// <summary>The items replace the whole data set.</summary>
    Full,

    /// <summary>The items are added to, or replace, those of the same key.</summary>
    Partial,
}

/// <summary>Which state of which payload has been transferred, to be sent back as <c>basis</c>. Opaque to the client.</summary>
/// <param name="State">The service's own text.</param>
/// <param name="Version">The payload's version.</param>
public readonly record struct Selector(string State, long Version)
{
    /// <summary>No state: a full transfer is wanted.</summary>
    public static Selector Empty => default;

    /// <summary>Whether this names no state.</summary>
    public bool IsEmpty => string.IsNullOrEmpty(State);
}

/// <summary>Changes that become visible together. Their versions are not compared with stored ones (newer protocol: its transfers carry their own order).</summary>
/// <param name="Kind">Whether the items replace everything, or their own keys, or nothing changed.</param>
/// <param name="Items">Items and tombstones in order; a later one of the same kind and key wins.</param>
/// <param name="Selector">The state reached; empty when the source has none.</param>
public sealed record ChangeSet(ChangeSetKind Kind, ImmutableArray<ItemDescriptor> Items, Selector Selector)
{
    /// <summary>Says that the data held is up to date.</summary>
    public static ChangeSet Nothing(Selector selector = default) => new(ChangeSetKind.None, [], selector);
}
