namespace Halyard;

/// <summary>Writes serialized items to a persistent store. Thread-safe. Every method may throw when the store fails.</summary>
public interface ISerializedDataWriter : IAsyncDisposable
{
    /// <summary>A short name for logs and status, such as <c>redis</c>.</summary>
    string Identity { get; }

    /// <summary>
    /// Replaces the store's whole data set and sets its marker, in one transaction if the store can. Otherwise it writes
    /// the items in the given order, then removes what is not in the set, and sets the marker last.
    /// </summary>
    ValueTask InitAsync(IReadOnlyList<SerializedItem> items, CancellationToken cancellationToken);

    /// <summary>Writes an item or tombstone unless the stored version is the same or newer.</summary>
    /// <returns>Whether it was written.</returns>
    ValueTask<bool> UpsertAsync(SerializedItem item, CancellationToken cancellationToken);

    /// <summary>
    /// Whether the marker exists: false after the store was wiped, so that a writer knows to write all again. A writer that
    /// can tell answers false, too, when a part of what it wrote is gone and the marker is not.
    /// </summary>
    ValueTask<bool> InitializedAsync(CancellationToken cancellationToken);
}
