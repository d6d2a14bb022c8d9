using Halyard.Model;

namespace Halyard;

/// <summary>What reading one item came to.</summary>
internal enum ReadOutcome : byte
{
    /// <summary>The store has nothing of that key.</summary>
    Absent,

    /// <summary>An item, or the tombstone of a deleted one.</summary>
    Found,

    /// <summary>The store has something of that key that cannot be understood; it has been reported.</summary>
    Malformed,

    /// <summary>The store does not tell yet; it is to be asked again soon.</summary>
    Pending,
}

/// <summary>One item as read.</summary>
/// <param name="Outcome">What came of it.</param>
/// <param name="Item">The item or tombstone; null unless found.</param>
internal readonly record struct ReadItem(ReadOutcome Outcome, ItemDescriptor? Item)
{
    public static ReadItem Absent => default;

    public static ReadItem Pending => new(ReadOutcome.Pending, null);

    public static ReadItem Malformed => new(ReadOutcome.Malformed, null);

    public static ReadItem Of(ItemDescriptor item) => new(ReadOutcome.Found, item);
}

/// <summary>A kind as read.</summary>
/// <param name="Items">The items and tombstones, each key once.</param>
/// <param name="MalformedKeys">Keys whose items could not be understood; they have been reported.</param>
internal sealed record ReadItems(IReadOnlyList<ItemDescriptor> Items, IReadOnlyList<string> MalformedKeys)
{
    /// <summary>The store does not tell yet; it is to be asked again soon.</summary>
    public static ReadItems Pending { get; } = new([], []);
}

/// <summary>
/// Reads items from a source that is asked. Thread-safe. Throws when the source fails; a malformed item is an outcome
/// of that item alone, not a failure.
/// </summary>
internal interface IDataReader : IAsyncDisposable
{
    /// <summary>A short name for logs and status, such as <c>redis</c>.</summary>
    string Identity { get; }

    /// <summary>How many items of a kind can be read in one trip; 1 for a source that is asked for each by itself.</summary>
    int LargestBatch => 1;

    ValueTask<ReadItem> GetAsync(DataKind kind, string key, CancellationToken cancellationToken);

    /// <summary>Reads at most <see cref="LargestBatch"/> items in one trip; the outcomes stand in the order of the keys.</summary>
    ValueTask<ReadItem[]> GetManyAsync(DataKind kind, string[] keys, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    ValueTask<ReadItems> AllAsync(DataKind kind, CancellationToken cancellationToken);

    /// <summary>Whether a complete data set has been written at some time.</summary>
    ValueTask<bool> InitializedAsync(CancellationToken cancellationToken);
}
