using System.Collections.Immutable;
using Halyard.DataComponents.Trie;
using Halyard.DataInterfaces;
using Halyard.Model;

namespace Halyard.DataComponents;

/// <summary>
/// Stands in front of a store: drops stale items, works out which flags a change touches (through prerequisites and
/// segments), stores, and then announces. It must be the store's only writer. Thread-safe: writes are serialised.
/// </summary>
internal sealed class ChangeNotifier : IDataDestination
{
    private readonly Lock _writing = new();
    private readonly ISnapshotStore _store;
    private readonly IDataDestination _destination;
    private readonly FlagChanges _changes;

    // Made at the first write that somebody listens to, and kept in step from then on: whoever never listens pays
    // neither the time nor the room.
    private DependencyTracker? _dependencies;

    /// <param name="store">Where what is stored can be read; data it holds already counts as known.</param>
    /// <param name="destination">The way into that store.</param>
    /// <param name="changes">Where changes are announced.</param>
    public ChangeNotifier(ISnapshotStore store, IDataDestination destination, FlagChanges changes)
    {
        _store = store;
        _destination = destination;
        _changes = changes;
    }

    public string Identity => _destination.Identity;

    public void Init(DataSet dataSet)
    {
        ArgumentNullException.ThrowIfNull(dataSet);
        lock (_writing)
        {
            var listening = StartTracking();
            var before = _store.Snapshot;
            _destination.Init(dataSet);
            AfterReplacement(before, listening);
        }
    }

    public bool Upsert(DataKind kind, string key, ItemDescriptor item)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(item);
        lock (_writing)
        {
            ItemDescriptor? stored = kind == DataKind.Flag ? _store.GetFlag(key) : _store.GetSegment(key);
            if (stored is not null && stored.Version >= item.Version)
            {
                return false;
            }

            var listening = StartTracking();
            if (!_destination.Upsert(kind, key, item))
            {
                return false;
            }

            // All dependents can be found after the change: the item's own references may differ now, but the item
            // is part of the result in any case, and nobody else's references have moved.
            _dependencies?.Set(item);
            if (listening)
            {
                Announce(_dependencies!.Closure(kind, key));
            }

            return true;
        }
    }

    public void Apply(ChangeSet changeSet)
    {
        ArgumentNullException.ThrowIfNull(changeSet);
        lock (_writing)
        {
            var listening = StartTracking();
            var before = _store.Snapshot;
            _destination.Apply(changeSet);
            switch (changeSet.Kind)
            {
                case ChangeSetKind.Full:
                    AfterReplacement(before, listening);
                    break;
                case ChangeSetKind.Partial when !changeSet.Items.IsDefaultOrEmpty:
                    AfterChanges(changeSet.Items, listening);
                    break;
            }
        }
    }

    /// <summary>Whether anybody listens; if so, the dependencies are known, of the data before the change.</summary>
    private bool StartTracking()
    {
        var listening = _changes.HasListeners;
        if (listening)
        {
            _dependencies ??= DependencyTracker.Of(_store.Snapshot);
        }

        return listening;
    }

    private void AfterChanges(ImmutableArray<ItemDescriptor> items, bool listening)
    {
        if (_dependencies is null)
        {
            return;
        }

        // Of several items with one key the last comes last here too.
        foreach (var item in items)
        {
            _dependencies.Set(item);
        }

        if (listening)
        {
            Announce(items.Length == 1 ? _dependencies.Closure(items[0].Kind, items[0].Key) : _dependencies.Closure(items));
        }
    }

    private void AfterReplacement(DataSnapshot before, bool listening)
    {
        // Without a listener what is known is dropped, to be found again when it is wanted.
        var dependenciesBefore = _dependencies;
        _dependencies = null;
        if (!listening)
        {
            return;
        }

        var after = _store.Snapshot;
        _dependencies = DependencyTracker.Of(after);

        var changed = new List<ItemDescriptor>();
        AddChanged(before.Segments, after.Segments, changed);
        AddChanged(before.Flags, after.Flags, changed);
        if (changed.Count != 0)
        {
            Announce(ClosureOfBoth(changed, dependenciesBefore!, _dependencies));
        }
    }

    /// <summary>Adds the items that are live on one side only, or on both in different versions (also in a lower one).</summary>
    private static void AddChanged<T>(ItemMap<ItemDescriptor<T>> before, ItemMap<ItemDescriptor<T>> after, List<ItemDescriptor> changed)
        where T : class
    {
        foreach (var item in after)
        {
            var old = before.Find(item.Key);
            if (item.Item is null ? old?.Item is not null : old?.Item is null || old.Version != item.Version)
            {
                changed.Add(item);
            }
        }

        foreach (var item in before)
        {
            if (item.Item is not null && after.Find(item.Key) is null)
            {
                changed.Add(item);
            }
        }
    }

    // An item sent again in the same version may refer to others than before: a way from a change to a dependent
    // may use references of both sides in turn.
    private static ImmutableArray<string> ClosureOfBoth(List<ItemDescriptor> changed, DependencyTracker before, DependencyTracker after)
    {
        var seen = new HashSet<(DataKind, string)>();
        var queue = new List<(DataKind Kind, string Key)>();
        var next = new List<(DataKind Kind, string Key)>();
        foreach (var item in changed)
        {
            if (seen.Add((item.Kind, item.Key)))
            {
                queue.Add((item.Kind, item.Key));
            }
        }

        for (var at = 0; at < queue.Count; at++)
        {
            next.Clear();
            before.AddDirectDependents(queue[at].Kind, queue[at].Key, next);
            after.AddDirectDependents(queue[at].Kind, queue[at].Key, next);
            foreach (var dependent in next)
            {
                if (seen.Add(dependent))
                {
                    queue.Add(dependent);
                }
            }
        }

        var keys = ImmutableArray.CreateBuilder<string>();
        foreach (var (kind, key) in queue)
        {
            if (kind == DataKind.Flag)
            {
                keys.Add(key);
            }
        }

        return keys.DrainToImmutable();
    }

    private void Announce(ImmutableArray<string> keys)
    {
        if (!keys.IsEmpty)
        {
            _changes.Publish(new(keys));
        }
    }
}
