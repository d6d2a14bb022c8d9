using Halyard.Model;

namespace Halyard.Cli;

/// <summary>A flag or segment as the server holds it, or the tombstone of a deleted one. Immutable.</summary>
/// <param name="Kind">Flag or segment.</param>
/// <param name="Key">The key within the kind.</param>
/// <param name="Version">The version served; it rises with every change of the item.</param>
/// <param name="Revision">The repository's revision that last changed the item: what a delta is computed from.</param>
/// <param name="Json">The item's JSON on one line, version included; null in a tombstone.</param>
internal sealed record RepositoryItem(DataKind Kind, string Key, long Version, long Revision, byte[]? Json)
{
    public bool IsTombstone => Json is null;
}

/// <summary>Items that changed together, in the order in which they were given.</summary>
/// <param name="Revision">The revision that the change led to.</param>
/// <param name="Items">The changed items and tombstones; each key once.</param>
internal sealed record RepositoryChange(long Revision, IReadOnlyList<RepositoryItem> Items);
