using Halyard.Model;

namespace Halyard.DataInterfaces;

/// <summary>
/// Reads items from a store, as the model. Thread-safe. Throws when the store fails; a malformed item is an outcome of that
/// item alone, not a failure.
/// </summary>
internal interface IDataReader : IAsyncDisposable
{
    /// <summary>A short name for logs and status, such as <c>redis</c>.</summary>
    string Identity { get; }

    /// <summary>How many items of a kind can be read in one request; 1 for a store that is asked for each alone.</summary>
    int LargestBatch => 1;

    /// <summary>Where the store says that something was written; null when it does not.</summary>
    IStoreChangeSource? Changes => null;

    /// <summary>How many bytes of items have been read so far.</summary>
    long BytesRead => 0;

    /// <summary>
    /// Says what is held of earlier reads, so that an item whose text has not changed need not be made anew. To be called
    /// once, before anything is read.
    /// </summary>
    /// <param name="held">Finds a held item, tombstone or null; thread-safe.</param>
    void ReuseFrom(Func<DataKind, string, ItemDescriptor?> held)
    {
    }

    ValueTask<ReadItem> GetAsync(DataKind kind, string key, CancellationToken cancellationToken);

    /// <summary>Whether <see cref="Get"/> may be called now.</summary>
    bool CanGet => false;

    /// <summary>
    /// Reads an item on the calling thread, which blocks for no longer than the given time, if <see cref="CanGet"/> says
    /// that it can. Needs neither the thread pool nor a synchronization context.
    /// </summary>
    ReadItem Get(DataKind kind, string key, TimeSpan limit) => throw new NotSupportedException();

    /// <summary>Reads at most <see cref="LargestBatch"/> items in one request; the outcomes are in the order of the keys.</summary>
    ValueTask<ReadItem[]> GetManyAsync(DataKind kind, string[] keys, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    /// <summary>Reads at most <see cref="LargestBatch"/> items as <see cref="Get"/> reads one; the outcomes are in the order of the keys.</summary>
    ReadItem[] GetMany(DataKind kind, string[] keys, TimeSpan limit) => throw new NotSupportedException();

    ValueTask<ReadItems> AllAsync(DataKind kind, CancellationToken cancellationToken);

    /// <summary>Whether a complete data set has been written at some time.</summary>
    ValueTask<bool> InitializedAsync(CancellationToken cancellationToken);
}
