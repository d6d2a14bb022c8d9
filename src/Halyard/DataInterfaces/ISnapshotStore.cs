namespace Halyard.DataInterfaces;

/// <summary>A store whose data at one moment can be held on to, so that one evaluation never mixes versions.</summary>
internal interface ISnapshotStore : IStore
{
    /// <summary>The newest data; immutable.</summary>
    DataSnapshot Snapshot { get; }
}
