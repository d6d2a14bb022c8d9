using Halyard.Model;

namespace Halyard;

/// <summary>A complete set of flag data. Immutable; it may hold tombstones.</summary>
/// <param name="Flags">The flags; keys are unique.</param>
/// <param name="Segments">The segments; keys are unique.</param>
public sealed record DataSet(
    IReadOnlyCollection<ItemDescriptor<Flag>> Flags,
    IReadOnlyCollection<ItemDescriptor<Segment>> Segments)
{
    /// <summary>The items of the set that could not be understood: their last good versions are to stay in force.</summary>
    public IReadOnlyCollection<QuarantinedItem> Quarantined => [.. Malformed.Select(static item => item.Description)];

    /// <summary>The same as they travel to the memory.</summary>
    internal IReadOnlyCollection<MalformedItem> Malformed { get; init; } = [];

    /// <summary>A set without items.</summary>
    public static DataSet Empty { get; } = new([], []);
}
