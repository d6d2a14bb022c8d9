using Halyard.Model;

namespace Halyard.DataInterfaces;

/// <summary>
/// A store whose data at one moment can be held on to, so that one evaluation never mixes versions. Its snapshots hold
/// tombstones, which the look-ups of <see cref="IStore"/> do not show. Thread-safe; reads take no lock.
/// </summary>
/// <remarks>The look-ups answer from the snapshot at once. A store that fetches has its own (<see cref="ILazyDataSystem"/>).</remarks>
internal interface ISnapshotStore : IStore
{
    /// <summary>The newest data; immutable.</summary>
    new DataSnapshot Snapshot { get; }

    DataSnapshot IStore.Snapshot() => Snapshot;

    ItemDescriptor<Flag>? IStore.GetFlag(string key) => Snapshot.GetFlag(key);

    ItemDescriptor<Segment>? IStore.GetSegment(string key) => Snapshot.GetSegment(key);

    IReadOnlyCollection<ItemDescriptor<Flag>> IStore.AllFlags() => Snapshot.AllFlags();

    IReadOnlyCollection<ItemDescriptor<Segment>> IStore.AllSegments() => Snapshot.AllSegments();

    ValueTask<ItemDescriptor<Flag>?> IStore.GetFlagAsync(string key, CancellationToken cancellationToken) => new(Snapshot.GetFlag(key));

    ValueTask<ItemDescriptor<Segment>?> IStore.GetSegmentAsync(string key, CancellationToken cancellationToken) => new(Snapshot.GetSegment(key));

    ValueTask<IReadOnlyCollection<ItemDescriptor<Flag>>> IStore.AllFlagsAsync(CancellationToken cancellationToken) => new(Snapshot.AllFlags());

    ValueTask<IReadOnlyCollection<ItemDescriptor<Segment>>> IStore.AllSegmentsAsync(CancellationToken cancellationToken) => new(Snapshot.AllSegments());
}
