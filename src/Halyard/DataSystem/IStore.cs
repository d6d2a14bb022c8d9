using Halyard.Model;

namespace Halyard;

/// <summary>The read side of flag data. Thread-safe; reads take no lock.</summary>
internal interface IStore
{
    /// <summary>Whether a complete data set has been stored at some time.</summary>
    bool Initialized { get; }

    /// <summary>The item, or its tombstone; null when the key is unknown.</summary>
    ItemDescriptor<Flag>? GetFlag(string key);

    /// <summary>The item, or its tombstone; null when the key is unknown.</summary>
    ItemDescriptor<Segment>? GetSegment(string key);

    /// <summary>All live flags, of one moment; tombstones are left out.</summary>
    IReadOnlyCollection<ItemDescriptor<Flag>> AllFlags();

    /// <summary>All live segments, of one moment; tombstones are left out.</summary>
    IReadOnlyCollection<ItemDescriptor<Segment>> AllSegments();
}

/// <summary>A store whose data at one moment can be held on to, so that one evaluation never mixes versions.</summary>
internal interface ISnapshotStore : IStore
{
    /// <summary>The newest data; immutable.</summary>
    DataSnapshot Snapshot { get; }
}

/// <summary>A store with a life: what a client reads from.</summary>
internal interface IDataSystem : ISnapshotStore, IAsyncDisposable
{
    /// <summary>A short name for logs and status.</summary>
    string Identity { get; }

    /// <summary>Starts the work; a second call does nothing. Data may arrive long after it returns.</summary>
    Task StartAsync(CancellationToken cancellationToken);
}
