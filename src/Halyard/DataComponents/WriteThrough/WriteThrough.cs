using Halyard.DataInterfaces;
using Halyard.Model;

namespace Halyard.DataComponents;

/// <summary>
/// A destination that stores in memory as before and has a persistent store written behind the writer's back. The
/// memory's outcome is the outcome; a store that is slow or down delays nothing.
/// </summary>
internal sealed class WriteThrough : IDataDestination, IAsyncDisposable
{
    private readonly IDataDestination _inner;
    private readonly ISnapshotStore _memory;
    private readonly PersistentStoreWriter _writer;

    /// <param name="inner">The path into memory.</param>
    /// <param name="memory">The memory at the end of that path.</param>
    /// <param name="writer">What writes the store; disposed with this.</param>
    public WriteThrough(IDataDestination inner, ISnapshotStore memory, PersistentStoreWriter writer)
    {
        _inner = inner;
        _memory = memory;
        _writer = writer;
    }

    public string Identity => _inner.Identity;

    public void Init(DataSet dataSet)
    {
        _inner.Init(dataSet);
        _writer.WriteAll();
    }

    public bool Upsert(DataKind kind, string key, ItemDescriptor item)
    {
        var stored = _inner.Upsert(kind, key, item);
        if (stored)
        {
            _writer.Write([item]);
        }

        return stored;
    }

    public void Apply(ChangeSet changeSet)
    {
        ArgumentNullException.ThrowIfNull(changeSet);
        var before = _memory.Snapshot;
        _inner.Apply(changeSet);
        switch (changeSet.Kind)
        {
            case ChangeSetKind.Full:
                _writer.WriteAll();
                break;

            // A trusted change set may go back to an older version, which the store would refuse item by item.
            case ChangeSetKind.Partial when changeSet.Items.Any(item => GoesBack(before, item)):
                _writer.WriteAll();
                break;
            case ChangeSetKind.Partial when !changeSet.Items.IsDefaultOrEmpty:
                _writer.Write(changeSet.Items);
                break;
        }
    }

    public ValueTask DisposeAsync() => _writer.DisposeAsync();

    private static bool GoesBack(DataSnapshot before, ItemDescriptor item)
    {
        ItemDescriptor? stored = item.Kind == DataKind.Flag ? before.Flags.Find(item.Key) : before.Segments.Find(item.Key);
        return stored is not null && stored.Version >= item.Version && !ReferenceEquals(stored, item);
    }
}
