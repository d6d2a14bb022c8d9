using Halyard.Model;

namespace Halyard.DataInterfaces;

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
