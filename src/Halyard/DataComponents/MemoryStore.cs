using System.Collections.Immutable;
using Halyard.DataComponents.Trie;
using Halyard.DataInterfaces;
using Halyard.Model;

namespace Halyard.DataComponents;

/// <summary>
/// Flag data in memory: lock-free reads of immutable snapshots, serialised writes. Every write makes its whole result
/// first and then publishes it with one reference, so that readers see all of it or none, and an error changes nothing.
/// </summary>
internal sealed class MemoryStore : ISnapshotStore, IDataDestination
{
    private readonly Lock _writing = new();
    private volatile DataSnapshot _snapshot = DataSnapshot.Empty;

    public string Identity => "memory";

    public DataSnapshot Snapshot => _snapshot;

    public bool Initialized => _snapshot.Initialized;

    public ItemDescriptor<Flag>? GetFlag(string key) => _snapshot.Flags.Find(key);

    public ItemDescriptor<Segment>? GetSegment(string key) => _snapshot.Segments.Find(key);

    public IReadOnlyCollection<ItemDescriptor<Flag>> AllFlags() => _snapshot.Flags.Live;

    public IReadOnlyCollection<ItemDescriptor<Segment>> AllSegments() => _snapshot.Segments.Live;

    public void Init(DataSet dataSet)
    {
        ArgumentNullException.ThrowIfNull(dataSet);
        lock (_writing)
        {
            _snapshot = new(
                ItemMap<ItemDescriptor<Flag>>.Empty.WithAll(dataSet.Flags),
                ItemMap<ItemDescriptor<Segment>>.Empty.WithAll(dataSet.Segments),
                Initialized: true);
        }
    }

    public bool Upsert(DataKind kind, string key, ItemDescriptor item)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(item);
        if (item.Kind != kind || item.Key != key)
        {
            throw new ArgumentException($"A {item.Kind} '{item.Key}' cannot be stored as {kind} '{key}'.", nameof(item));
        }

        lock (_writing)
        {
            var now = _snapshot;
            ItemDescriptor? stored = kind == DataKind.Flag ? now.Flags.Find(key) : now.Segments.Find(key);
            if (stored is not null && stored.Version >= item.Version)
            {
                return false;
            }

            _snapshot = With(now, item);
            return true;
        }
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
        var items = changeSet.Items.IsDefault ? [] : changeSet.Items;
        lock (_writing)
        {
            var now = _snapshot;
            var initialized = now.Initialized || changeSet.Kind != ChangeSetKind.Partial || !changeSet.Selector.IsEmpty;
            var next = changeSet.Kind switch
            {
                ChangeSetKind.None => now,
                ChangeSetKind.Full => WithAll(DataSnapshot.Empty, items),
                ChangeSetKind.Partial => WithAll(now, items),
                _ => throw new ArgumentOutOfRangeException(nameof(changeSet), changeSet.Kind, "There is no such kind of change set."),
            };

            // Data that names no state has left the one before it.
            var selector = changeSet.Kind == ChangeSetKind.None && changeSet.Selector.IsEmpty ? now.Selector : changeSet.Selector;
            if (next.Initialized != initialized || next.Selector != selector)
            {
                next = next with { Initialized = initialized, Selector = selector };
            }

            _snapshot = next;
        }
    }

    /// <summary>
    /// Replaces the data by what the function makes of it, in one step and with no other write in between. The
    /// function must not write to this store; when it throws, nothing changes.
    /// </summary>
    /// <returns>The new data.</returns>
    public DataSnapshot Update(Func<DataSnapshot, DataSnapshot> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        lock (_writing)
        {
            return _snapshot = change(_snapshot) ?? throw new ArgumentException("The change gave no data.", nameof(change));
        }
    }

    // Built by its constructor: a copy by "with" runs the setters of what stays as well, and would keep the selector.
    private static DataSnapshot With(DataSnapshot snapshot, ItemDescriptor item) => item is ItemDescriptor<Flag> flag
        ? new(snapshot.Flags.With(flag), snapshot.Segments, snapshot.Initialized)
        : new(snapshot.Flags, snapshot.Segments.With((ItemDescriptor<Segment>)item), snapshot.Initialized);

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
            _ => new(
                snapshot.Flags.WithAllOf(DataKind.Flag, items.AsSpan()),
                snapshot.Segments.WithAllOf(DataKind.Segment, items.AsSpan()),
                snapshot.Initialized),
        };
    }
}
