using System.Diagnostics;
using Halyard.Model;

namespace Halyard.DataInterfaces;

/// <summary>
/// A data system whose snapshot holds what has been asked for so far. A read takes <see cref="Now"/> once, evaluates over
/// the snapshot, lets this system fetch what was missing, and evaluates again over the new snapshot with the same
/// <see cref="Now"/>, until nothing is missing. Thread-safe. No method throws for a failure of the store.
/// </summary>
internal interface ILazyDataSystem : IDataSystem
{
    /// <summary>
    /// Whether items are fetched when a read asks for them. Once false it stays false: the snapshot is complete, and
    /// nothing is ever missing. To be read before <see cref="ISnapshotStore.Snapshot"/>.
    /// </summary>
    bool FetchesOnDemand { get; }

    /// <summary>
    /// The timestamp by which a read judges freshness; to be taken once, at the start of the read. Its unit is private to
    /// the system. With a TTL of zero no two reads get the same timestamp.
    /// </summary>
    long Now { get; }

    /// <summary>
    /// Fetches the items; each is fetched once at a time, however many callers ask for it. Afterwards none of them is
    /// missing at a <see cref="Now"/> taken before the call: it was fetched, or the fetch failed and the item stays as it
    /// was known (or unknown) until the back-off ends. If the options allow stale items, those are refreshed in the
    /// background, and the call waits for unknown items only.
    /// </summary>
    /// <exception cref="OperationCanceledException">The token was cancelled; the fetch itself goes on.</exception>
    ValueTask FetchAsync(IReadOnlyList<MissedItem> misses, CancellationToken cancellationToken);

    /// <summary>
    /// The same for a caller that cannot await: it blocks at most for the read timeout. Neither the caller's
    /// synchronization context nor the thread pool is needed for the answer.
    /// </summary>
    /// <param name="misses">The items.</param>
    /// <param name="began">
    /// When the read began to wait, by <see cref="Stopwatch"/>, so that one that fetches several times waits for the read timeout
    /// in all; 0 for now.
    /// </param>
    void Fetch(IReadOnlyList<MissedItem> misses, long began = 0);

    /// <summary>
    /// Fetches all flags and all segments, each kind with one request. Afterwards <see cref="ISnapshotStore.Snapshot"/> is
    /// to be evaluated as it is, without noting misses.
    /// </summary>
    /// <exception cref="OperationCanceledException">The token was cancelled; the fetch itself goes on.</exception>
    ValueTask FetchAllAsync(CancellationToken cancellationToken);

    /// <summary>The same for a caller that cannot await: it blocks at most for the read timeout.</summary>
    void FetchAll();

    /// <summary>Whether both kinds were fetched as a whole and that is still fresh.</summary>
    bool AllFresh { get; }

    /// <summary>
    /// Whether the store has ever answered for the key: that it exists, is deleted, or is absent. False when the store
    /// could not be read, or held only malformed text for it.
    /// </summary>
    bool IsKnown(DataKind kind, string key);

    ItemDescriptor<Flag>? IStore.GetFlag(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (FetchesOnDemand && IsOutdated(Snapshot.Flags.Find(key)))
        {
            Fetch([new(MissKind.Flag, key)]);
        }

        return Snapshot.GetFlag(key);
    }

    ItemDescriptor<Segment>? IStore.GetSegment(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (FetchesOnDemand && IsOutdated(Snapshot.Segments.Find(key)))
        {
            Fetch([new(MissKind.Segment, key)]);
        }

        return Snapshot.GetSegment(key);
    }

    IReadOnlyCollection<ItemDescriptor<Flag>> IStore.AllFlags() => Whole().AllFlags();

    IReadOnlyCollection<ItemDescriptor<Segment>> IStore.AllSegments() => Whole().AllSegments();

    async ValueTask<ItemDescriptor<Flag>?> IStore.GetFlagAsync(string key, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (FetchesOnDemand && IsOutdated(Snapshot.Flags.Find(key)))
        {
            await FetchAsync([new(MissKind.Flag, key)], cancellationToken).ConfigureAwait(false);
        }

        return Snapshot.GetFlag(key);
    }

    async ValueTask<ItemDescriptor<Segment>?> IStore.GetSegmentAsync(string key, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (FetchesOnDemand && IsOutdated(Snapshot.Segments.Find(key)))
        {
            await FetchAsync([new(MissKind.Segment, key)], cancellationToken).ConfigureAwait(false);
        }

        return Snapshot.GetSegment(key);
    }

    async ValueTask<IReadOnlyCollection<ItemDescriptor<Flag>>> IStore.AllFlagsAsync(CancellationToken cancellationToken) =>
        (await WholeAsync(cancellationToken).ConfigureAwait(false)).AllFlags();

    async ValueTask<IReadOnlyCollection<ItemDescriptor<Segment>>> IStore.AllSegmentsAsync(CancellationToken cancellationToken) =>
        (await WholeAsync(cancellationToken).ConfigureAwait(false)).AllSegments();

    private DataSnapshot Whole()
    {
        if (FetchesOnDemand && !AllFresh)
        {
            FetchAll();
        }

        return Snapshot;
    }

    private async ValueTask<DataSnapshot> WholeAsync(CancellationToken cancellationToken)
    {
        if (FetchesOnDemand && !AllFresh)
        {
            await FetchAllAsync(cancellationToken).ConfigureAwait(false);
        }

        return Snapshot;
    }

    private bool IsOutdated<T>(ItemDescriptor<T>? item)
        where T : class => item is null || item.FreshUntil <= Now;
}
