using System.Collections.Immutable;
using Halyard.DataComponents.Trie;
using Halyard.DataInterfaces;
using Halyard.Model;

namespace Halyard.DataComponents;

/// <summary>
/// Flag data in memory: readers take immutable snapshots without a lock. It stores what it is given; which version is to
/// be kept is for the part before it to decide (<see cref="ChangeNotifier"/>). Every write makes its whole result first
/// and then swaps one reference, so that readers see all of it or none, and an error changes nothing. A
/// <see cref="MalformedItem"/> goes into the quarantine and leaves its key's last good version where it is. Thread-safe: a
/// writer that finds another one's data in place of what it began with does its work again on that.
/// </summary>
internal sealed class MemoryStore : ISnapshotStore, IDataDestination
{
    private volatile DataSnapshot _snapshot = DataSnapshot.Empty;

    public string Identity => "memory";

    public DataSnapshot Snapshot => _snapshot;

    public bool Initialized => _snapshot.Initialized;

    public void Init(DataSet dataSet)
    {
        ArgumentNullException.ThrowIfNull(dataSet);
        var flags = ItemMap<ItemDescriptor<Flag>>.Empty.WithAll(dataSet.Flags);
        var segments = ItemMap<ItemDescriptor<Segment>>.Empty.WithAll(dataSet.Segments);
        if (dataSet.Malformed.Count == 0)
        {
            _snapshot = new(flags, segments, initialized: true);
            return;
        }

        var quarantine = Quarantine.Empty.With(dataSet.Malformed);
        DataSnapshot now;
        do
        {
            now = _snapshot;
        }
        while (!TrySwap(now, WithLastGood(new(flags, segments, initialized: true, quarantine), now, beginsCount: true)));
    }

    /// <inheritdoc/>
    /// <remarks>Whatever version is held: the item is stored.</remarks>
    public bool Upsert(DataKind kind, string key, ItemDescriptor item)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(item);
        if (item.Kind != kind || item.Key != key)
        {
            throw new ArgumentException($"A {item.Kind} '{item.Key}' cannot be stored as {kind} '{key}'.", nameof(item));
        }

        DataSnapshot now;
        do
        {
            now = _snapshot;
        }
        while (!TrySwap(now, With(now, item)));
        return true;
    }

    /// <inheritdoc/>
    /// <remarks>
    /// The store counts as initialized after a full change set, after one that says that the data held is up to date,
    /// and after a partial one that names the state reached with it: in each the service says that the data is
    /// complete. A partial one without a state says nothing of the rest.
    /// </remarks>
    public void Apply(ChangeSet changeSet)
    {
        ArgumentNullException.ThrowIfNull(changeSet);
        DataSnapshot now;
        do
        {
            now = _snapshot;
        }
        while (!TrySwap(now, With(now, changeSet)));
    }

    /// <summary>
    /// Replaces the data by what the function makes of it, in one step and with no other write in between. The
    /// function may be called again on newer data, and must not write to this store; when it throws, nothing changes.
    /// </summary>
    /// <returns>The new data.</returns>
    public DataSnapshot Update(Func<DataSnapshot, DataSnapshot> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        while (true)
        {
            var now = _snapshot;
            var next = change(now) ?? throw new ArgumentException("The change gave no data.", nameof(change));
            if (TrySwap(now, next))
            {
                return next;
            }
        }
    }

    /// <summary>Replaces the data by other data; for an owner that is the only writer of this store.</summary>
    public void Replace(DataSnapshot next) => _snapshot = next;

    private bool TrySwap(DataSnapshot now, DataSnapshot next) =>
        ReferenceEquals(Interlocked.CompareExchange(ref _snapshot, next, now), now);

    private static DataSnapshot With(DataSnapshot now, ChangeSet changeSet)
    {
        var items = changeSet.Items.IsDefault ? [] : changeSet.Items;
        var initialized = now.Initialized || changeSet.Kind != ChangeSetKind.Partial || !changeSet.Selector.IsEmpty;
        var next = changeSet.Kind switch
        {
            ChangeSetKind.None => now,
            ChangeSetKind.Full => WithLastGood(WithAll(DataSnapshot.Empty, items), now),
            ChangeSetKind.Partial => WithAll(now, items),
            _ => throw new ArgumentOutOfRangeException(nameof(changeSet), changeSet.Kind, "There is no such kind of change set."),
        };

        // Data that names no state has left the one before it.
        var selector = changeSet.Kind == ChangeSetKind.None && changeSet.Selector.IsEmpty ? now.Selector : changeSet.Selector;
        return next.Initialized == initialized && next.Selector == selector
            ? next
            : next with { Initialized = initialized, Selector = selector };
    }

    // Built by its constructor: a copy by "with" runs the setters of what stays as well, and would keep the selector.
    private static DataSnapshot With(DataSnapshot snapshot, ItemDescriptor item) => item switch
    {
        ItemDescriptor<Flag> flag => new(snapshot.Flags.With(flag), snapshot.Segments, snapshot.Initialized, Without(snapshot, item)),
        ItemDescriptor<Segment> segment => new(snapshot.Flags, snapshot.Segments.With(segment), snapshot.Initialized, Without(snapshot, item)),
        _ => new(snapshot.Flags, snapshot.Segments, snapshot.Initialized, snapshot.Quarantine.With((MalformedItem)item)),
    };

    private static Quarantine Without(DataSnapshot snapshot, ItemDescriptor item) =>
        snapshot.Quarantine.IsEmpty ? snapshot.Quarantine : snapshot.Quarantine.Without(item.Kind, item.Key);

    private static DataSnapshot WithAll(DataSnapshot snapshot, ImmutableArray<ItemDescriptor> items)
    {
        if (items.Any(static item => item is null))
        {
            throw new ArgumentException("An item of the change set is null.", nameof(items));
        }

        return items.Length switch
        {
            0 => snapshot,
            1 => With(snapshot, items[0]),
            _ when items.Any(static item => item is MalformedItem) => WithMalformed(snapshot, items),
            _ => new(
                snapshot.Flags.WithAllOf(DataKind.Flag, items.AsSpan()),
                snapshot.Segments.WithAllOf(DataKind.Segment, items.AsSpan()),
                snapshot.Initialized,
                snapshot.Quarantine.Without(items.AsSpan())),
        };
    }

    // All good items are stored; a key is in quarantine if its last item is malformed.
    private static DataSnapshot WithMalformed(DataSnapshot snapshot, ImmutableArray<ItemDescriptor> items)
    {
        var good = WithAll(snapshot, items.RemoveAll(static item => item is MalformedItem));
        var malformed = new Dictionary<(DataKind, string), MalformedItem>();
        foreach (var item in items)
        {
            if (item is MalformedItem bad)
            {
                malformed[(item.Kind, item.Key)] = bad;
            }
            else
            {
                malformed.Remove((item.Kind, item.Key));
            }
        }

        return new(good.Flags, good.Segments, good.Initialized, good.Quarantine.With(malformed.Values));
    }

    /// <summary>Data that replaces everything, with the last good versions of the items in it that could not be understood.</summary>
    /// <param name="next">The new data.</param>
    /// <param name="before">The data before.</param>
    /// <param name="beginsCount">Whether what comes next is compared with the versions of the new data.</param>
    private static DataSnapshot WithLastGood(DataSnapshot next, DataSnapshot before, bool beginsCount = false)
    {
        if (next.Quarantine.IsEmpty)
        {
            return next;
        }

        var flags = new List<ItemDescriptor<Flag>>();
        var segments = new List<ItemDescriptor<Segment>>();
        foreach (var item in next.Quarantine.Items)
        {
            if (item.Kind == DataKind.Flag)
            {
                AddLastGood(flags, next.Flags, before.Flags, item, beginsCount);
            }
            else
            {
                AddLastGood(segments, next.Segments, before.Segments, item, beginsCount);
            }
        }

        return new(next.Flags.WithAll(flags), next.Segments.WithAll(segments), next.Initialized, next.Quarantine);
    }

    private static void AddLastGood<T>(
        List<ItemDescriptor<T>> lastGood, ItemMap<ItemDescriptor<T>> next, ItemMap<ItemDescriptor<T>> before, MalformedItem bad, bool beginsCount)
        where T : class
    {
        if (next.Find(bad.Key) is null && before.Find(bad.Key) is { IsTombstone: false } item)
        {
            lastGood.Add(beginsCount ? (ItemDescriptor<T>)item.WithVersion(VersionBelow(item, bad)) : item);
        }
    }

    // The last good version may be of another count (that of FDv2's events), or of a service that has begun anew: it must not
    // hold back what mends the item. What is no newer than the item in quarantine is held back by that one.
    private static long VersionBelow(ItemDescriptor item, MalformedItem bad)
    {
        var version = Math.Min(item.Version, item.OwnVersion);
        return bad.HasVersion ? Math.Min(version, Math.Max(bad.Version - 1, 0)) : version;
    }
}
