using Halyard.Model;

namespace Halyard.DataInterfaces;

/// <summary>
/// A data system whose snapshot holds what has been asked for so far. A read takes <see cref="Now"/> once, evaluates
/// over the snapshot, has what it lacked fetched, and evaluates again over the new snapshot with the same
/// <see cref="Now"/>, until nothing is lacking. Thread-safe. No method throws for a failure of the store.
/// </summary>
internal interface ILazyDataSystem : IDataSystem
{
    /// <summary>
    /// Whether items are fetched as asked for. Once false it stays so: the snapshot is complete, and nothing is ever
    /// missing. To be read before <see cref="ISnapshotStore.Snapshot"/>.
    /// </summary>
    bool IsPulling => true;

    /// <summary>
    /// The timestamp by which a read judges freshness; to be taken once, at the start of the read. Not in any unit
    /// known outside: with a TTL of zero no two reads get the same.
    /// </summary>
    long Now { get; }

    /// <summary>
    /// Fetches the items, one flight for each however many ask. Afterwards none of them is missing at a
    /// <see cref="Now"/> taken before the call: each was fetched, or failed and stays as it was known (or unknown)
    /// until the back-off ends. If the options say to serve stale items, those are refreshed behind the caller's back,
    /// and only unknown ones are waited for.
    /// </summary>
    /// <exception cref="OperationCanceledException">The token was cancelled; the fetch itself goes on.</exception>
    ValueTask FetchAsync(IReadOnlyList<MissedItem> misses, CancellationToken cancellationToken);

    /// <summary>The same for a caller that cannot await: waits at most the read timeout, whatever the caller's synchronization context.</summary>
    void Fetch(IReadOnlyList<MissedItem> misses);

    /// <summary>
    /// Fetches all flags and all segments, each kind in one trip. Afterwards <see cref="ISnapshotStore.Snapshot"/> is
    /// to be evaluated as it is, without noting misses.
    /// </summary>
    /// <exception cref="OperationCanceledException">The token was cancelled; the fetch itself goes on.</exception>
    ValueTask FetchAllAsync(CancellationToken cancellationToken);

    /// <summary>The same for a caller that cannot await: waits at most the read timeout.</summary>
    void FetchAll();

    /// <summary>Whether both kinds were fetched as a whole and that is still fresh.</summary>
    bool AllFresh { get; }

    /// <summary>
    /// Whether the store has ever told about the key: that it exists, is deleted, or is absent. False when the store
    /// could not be read, or held only malformed text for it.
    /// </summary>
    bool IsKnown(DataKind kind, string key);
}
