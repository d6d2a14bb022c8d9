using Halyard.DataComponents;
using Halyard.DataInterfaces;
using Halyard.DataSystems;
using Halyard.Model;

namespace Halyard.Tests;

/// <summary>What a store holds for a key, tombstones included, which <see cref="IStore"/> does not show.</summary>
internal static class HeldItems
{
    public static ItemDescriptor<Flag>? GetFlag(this MemoryStore store, string key) => store.Snapshot.Flags.Find(key);

    public static ItemDescriptor<Segment>? GetSegment(this MemoryStore store, string key) => store.Snapshot.Segments.Find(key);

    public static IReadOnlyCollection<ItemDescriptor<Flag>> AllFlags(this MemoryStore store) => store.Snapshot.Flags.Live;

    public static IReadOnlyCollection<ItemDescriptor<Segment>> AllSegments(this MemoryStore store) => store.Snapshot.Segments.Live;

    public static ItemDescriptor<Flag>? GetFlag(this BackgroundSync system, string key) => system.Snapshot.Flags.Find(key);

    public static ItemDescriptor<Segment>? GetSegment(this BackgroundSync system, string key) => system.Snapshot.Segments.Find(key);

    public static IReadOnlyCollection<ItemDescriptor<Flag>> AllFlags(this BackgroundSync system) => system.Snapshot.Flags.Live;

    public static IReadOnlyCollection<ItemDescriptor<Segment>> AllSegments(this BackgroundSync system) => system.Snapshot.Segments.Live;

    public static IReadOnlyCollection<ItemDescriptor<Flag>> AllFlags(this LazyLoad system) => ((IStore)system).AllFlags();

    public static IReadOnlyCollection<ItemDescriptor<Segment>> AllSegments(this LazyLoad system) => ((IStore)system).AllSegments();

    public static ItemDescriptor<Segment>? GetSegment(this LazyLoad system, string key) => ((IStore)system).GetSegment(key);

    /// <summary>The flag, fetched if it is not fresh, and its tombstone if it is deleted.</summary>
    public static ItemDescriptor<Flag>? GetFlag(this LazyLoad system, string key)
    {
        _ = ((IStore)system).GetFlag(key);
        return system.Snapshot.Flags.Find(key) is { } item && !Placeholder.Is(item) ? item : null;
    }
}
