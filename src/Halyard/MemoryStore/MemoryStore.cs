using Halyard.Model;

namespace Halyard;

/// <summary>Flag data in memory: lock-free reads of immutable snapshots, serialised writes.</summary>
internal sealed class MemoryStore : ISnapshotStore, IDataDestination
{
    public string Identity => "memory";

    public DataSnapshot Snapshot => throw new NotImplementedException();

    public bool Initialized => throw new NotImplementedException();

    public ItemDescriptor<Flag>? GetFlag(string key) => throw new NotImplementedException();

    public ItemDescriptor<Segment>? GetSegment(string key) => throw new NotImplementedException();

    public IReadOnlyCollection<ItemDescriptor<Flag>> AllFlags() => throw new NotImplementedException();

    public IReadOnlyCollection<ItemDescriptor<Segment>> AllSegments() => throw new NotImplementedException();

    public void Init(DataSet dataSet) => throw new NotImplementedException();

    public bool Upsert(DataKind kind, string key, ItemDescriptor item) => throw new NotImplementedException();

    public void Apply(ChangeSet changeSet) => throw new NotImplementedException();
}
