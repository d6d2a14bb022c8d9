using Halyard.DataInterfaces;
using Halyard.Model;

namespace Halyard;

/// <summary>
/// The public read side over any data system: fetches when the system does, and shows no deleted item. Thread-safe.
/// </summary>
internal sealed class ClientStore(FlagReader reader) : IStore
{
    public bool Initialized => reader.IsOpen && reader.System.Initialized;

    /// <summary>The data system when something may have to be fetched first; null when its snapshot is all there is.</summary>
    private ILazyDataSystem? Fetching => reader.IsOpen && reader.Lazy is { FetchesOnDemand: true } lazy ? lazy : null;

    public DataSnapshot Snapshot() => reader.System.Snapshot;

    public ItemDescriptor<Flag>? GetFlag(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (Fetching is { } lazy && Lacks(lazy, lazy.Snapshot.Flags.Find(key)))
        {
            lazy.Fetch([new(MissKind.Flag, key)]);
        }

        return Snapshot().GetFlag(key);
    }

    public ItemDescriptor<Segment>? GetSegment(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (Fetching is { } lazy && Lacks(lazy, lazy.Snapshot.Segments.Find(key)))
        {
            lazy.Fetch([new(MissKind.Segment, key)]);
        }

        return Snapshot().GetSegment(key);
    }

    public IReadOnlyCollection<ItemDescriptor<Flag>> AllFlags()
    {
        if (Fetching is { AllFresh: false } lazy)
        {
            lazy.FetchAll();
        }

        return Snapshot().AllFlags();
    }

    public IReadOnlyCollection<ItemDescriptor<Segment>> AllSegments()
    {
        if (Fetching is { AllFresh: false } lazy)
        {
            lazy.FetchAll();
        }

        return Snapshot().AllSegments();
    }

    public async ValueTask<ItemDescriptor<Flag>?> GetFlagAsync(string key, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (Fetching is { } lazy && Lacks(lazy, lazy.Snapshot.Flags.Find(key)))
        {
            await lazy.FetchAsync([new(MissKind.Flag, key)], cancellationToken).ConfigureAwait(false);
        }

        return Snapshot().GetFlag(key);
    }

    public async ValueTask<ItemDescriptor<Segment>?> GetSegmentAsync(string key, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (Fetching is { } lazy && Lacks(lazy, lazy.Snapshot.Segments.Find(key)))
        {
            await lazy.FetchAsync([new(MissKind.Segment, key)], cancellationToken).ConfigureAwait(false);
        }

        return Snapshot().GetSegment(key);
    }

    public async ValueTask<IReadOnlyCollection<ItemDescriptor<Flag>>> AllFlagsAsync(CancellationToken cancellationToken = default)
    {
        if (Fetching is { AllFresh: false } lazy)
        {
            await lazy.FetchAllAsync(cancellationToken).ConfigureAwait(false);
        }

        return Snapshot().AllFlags();
    }

    public async ValueTask<IReadOnlyCollection<ItemDescriptor<Segment>>> AllSegmentsAsync(CancellationToken cancellationToken = default)
    {
        if (Fetching is { AllFresh: false } lazy)
        {
            await lazy.FetchAllAsync(cancellationToken).ConfigureAwait(false);
        }

        return Snapshot().AllSegments();
    }

    private static bool Lacks<T>(ILazyDataSystem lazy, ItemDescriptor<T>? item)
        where T : class => item is null || item.FreshUntil <= lazy.Now;
}
