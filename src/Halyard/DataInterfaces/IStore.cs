using Halyard.Model;

namespace Halyard.DataInterfaces;

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
