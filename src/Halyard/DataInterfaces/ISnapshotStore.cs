namespace Halyard.DataInterfaces;

/// <summary>
/// A store whose data at one moment can be held on to, so that one evaluation never mixes versions. Its snapshots hold
/// tombstones, which the public <see cref="IStore"/> does not show. Thread-safe; reads take no lock.
/// </summary>
internal interface ISnapshotStore
{
    /// <summary>Whether a complete data set has been stored at some time.</summary>
    bool Initialized { get; }

    /// <summary>The newest data; immutable.</summary>
    DataSnapshot Snapshot { get; }
}
