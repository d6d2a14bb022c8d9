using Halyard.DataInterfaces;
using Halyard.Model;

namespace Halyard;

/// <summary>
/// The client's data system as its users read it: before the start and after the end nothing is fetched. Thread-safe.
/// </summary>
internal sealed class ClientStore(FlagReader reader) : IStore
{
    public bool Initialized => reader.IsOpen && reader.System.Initialized;

    /// <summary>What may be asked: the data system, or what it holds while it must not fetch.</summary>
    private IStore Held => reader.IsOpen ? reader.System : new Unasked(reader.System.Snapshot);

    public DataSnapshot Snapshot() => reader.System.Snapshot;

    public ItemDescriptor<Flag>? GetFlag(string key) => Held.GetFlag(key);

    public ItemDescriptor<Segment>? GetSegment(string key) => Held.GetSegment(key);

    public IReadOnlyCollection<ItemDescriptor<Flag>> AllFlags() => Held.AllFlags();

    public IReadOnlyCollection<ItemDescriptor<Segment>> AllSegments() => Held.AllSegments();

    public ValueTask<ItemDescriptor<Flag>?> GetFlagAsync(string key, CancellationToken cancellationToken = default) =>
        Held.GetFlagAsync(key, cancellationToken);

    public ValueTask<ItemDescriptor<Segment>?> GetSegmentAsync(string key, CancellationToken cancellationToken = default) =>
        Held.GetSegmentAsync(key, cancellationToken);

    public ValueTask<IReadOnlyCollection<ItemDescriptor<Flag>>> AllFlagsAsync(CancellationToken cancellationToken = default) =>
        Held.AllFlagsAsync(cancellationToken);

    public ValueTask<IReadOnlyCollection<ItemDescriptor<Segment>>> AllSegmentsAsync(CancellationToken cancellationToken = default) =>
        Held.AllSegmentsAsync(cancellationToken);

    private sealed record Unasked(DataSnapshot Snapshot) : ISnapshotStore
    {
        public bool Initialized => Snapshot.Initialized;
    }
}
