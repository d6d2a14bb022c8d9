using System.Collections.Immutable;
using System.Diagnostics;
using Halyard.DataInterfaces;
using Halyard.Model;
using Halyard.Telemetry;

namespace Halyard.DataComponents;

/// <summary>
/// The one door through which pushed data is written. <see cref="Store"/> says what a write is made of, in order. The
/// door must be the store's only writer. Thread-safe: one lock serialises the writes, and readers of the store take none.
/// </summary>
internal sealed class ChangeNotifier : IDataDestination
{
    private readonly Lock _writing = new();
    private readonly ISnapshotStore _store;
    private readonly IDataDestination _destination;
    private readonly FlagChanges _changes;
    private readonly PersistentStoreWriter? _writer;
    private readonly DiskSnapshot? _disk;
    private readonly QuarantineLedger? _ledger;
    private readonly SlowPatternLog? _patterns;
    private readonly ClientMetrics _metrics;

    // Guarded by _writing. Made at the first write that somebody listens to, and kept in step from then on: who never
    // listens pays neither the time nor the room.
    private DependencyTracker? _dependencies;

    // Guarded by _writing. Null once it was called.
    private Action? _onFirstData;

    // Guarded by _writing.
    private bool _isClosed;

    /// <param name="store">Where what is stored can be read; data it holds already counts as known.</param>
    /// <param name="destination">The way into that store, which stores what it is given.</param>
    /// <param name="changes">Where changes are announced.</param>
    /// <param name="writer">What keeps a persistent store in step; null for none.</param>
    /// <param name="disk">What keeps a file in step; null for none.</param>
    /// <param name="ledger">What is told of items that could not be understood; null for nobody.</param>
    /// <param name="patterns">What logs regular expressions that may run away; null for nothing.</param>
    /// <param name="metrics">What counts; null for a client without a name.</param>
    public ChangeNotifier(
        ISnapshotStore store,
        IDataDestination destination,
        FlagChanges changes,
        PersistentStoreWriter? writer = null,
        DiskSnapshot? disk = null,
        QuarantineLedger? ledger = null,
        SlowPatternLog? patterns = null,
        ClientMetrics? metrics = null)
    {
        _store = store;
        _destination = destination;
        _changes = changes;
        _writer = writer;
        _disk = disk;
        _ledger = ledger;
        _patterns = patterns;
        _metrics = metrics ?? ClientMetrics.Unnamed;
    }

    public string Identity => _destination.Identity;

    public void Init(DataSet dataSet)
    {
        ArgumentNullException.ThrowIfNull(dataSet);
        Write(DataWrite.Of(dataSet));
    }

    public bool Upsert(DataKind kind, string key, ItemDescriptor item)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(item);
        return Write(DataWrite.Of(kind, key, item));
    }

    public void Apply(ChangeSet changeSet)
    {
        ArgumentNullException.ThrowIfNull(changeSet);
        Write(DataWrite.Of(changeSet));
    }

    /// <summary>
    /// Shuts the door. Once this has returned, no write is under way and none gets through, however late a source lets
    /// go; refused writes are dropped quietly.
    /// </summary>
    public void Close()
    {
        lock (_writing)
        {
            _isClosed = true;
        }
    }

    /// <summary>
    /// Has something done once the store is initialized, now or by the write that makes it so, on the thread that
    /// writes and under the door's lock: it must return at once.
    /// </summary>
    public void OnFirstData(Action then)
    {
        lock (_writing)
        {
            _onFirstData = then;
            TellOfFirstData();
        }
    }

    /// <summary>A write, and the word of what in it could not be understood.</summary>
    /// <returns>Whether it was stored.</returns>
    private bool Write(in DataWrite write)
    {
        var started = _metrics.Instruments.ApplyDuration.Enabled ? Stopwatch.GetTimestamp() : 0;
        if (!Store(write, out var quarantine))
        {
            return false;
        }

        if (started != 0)
        {
            _metrics.Record(_metrics.Instruments.ApplyDuration, Stopwatch.GetElapsedTime(started));
        }

        _metrics.Add(_metrics.Instruments.Changes);

        // Outside of the lock: a log may take its time.
        if (_ledger is not null && !ReferenceEquals(_store.Snapshot.Quarantine, quarantine))
        {
            Tell(_ledger, write.Malformed(), quarantine);
        }

        return true;
    }

    // A method of its own: its closure would be allocated at every write.
    private void Tell(QuarantineLedger ledger, IEnumerable<MalformedItem> added, Quarantine before) =>
        ledger.Follow(() => _store.Snapshot.Quarantine, before, added);

    /// <summary>A write from beginning to end. A failure of the store ends it before anybody has heard of it.</summary>
    /// <param name="write">The write.</param>
    /// <param name="quarantineBefore">What was in quarantine before it.</param>
    /// <returns>Whether it was stored.</returns>
    private bool Store(in DataWrite write, out Quarantine quarantineBefore)
    {
        lock (_writing)
        {
            // 1. The guard: nothing passes a closed door, and no item that is not newer than the one held.
            var before = _store.Snapshot;
            quarantineBefore = before.Quarantine;
            if (_isClosed || write.IsStale(before))
            {
                return false;
            }

            // The dependencies as they are before the change; a change may take some of them away.
            var isHeard = StartTracking(before);

            // 2. Memory, in one swap: from here on every reader sees the whole change.
            write.StoreIn(_destination);

            // 3. The dependencies follow, and tell which flags may now evaluate differently.
            var touched = Track(write, before, isHeard);

            // 4. The disk and the persistent store are told in the order of the writes. Both work on their own threads;
            // nobody waits for them here.
            _disk?.Changed();
            _writer?.Write(write, before);
            TellOfFirstData();

            // The log, which is to name what may make an evaluation of this data strange.
            if (write.ReplacesAll)
            {
                _patterns?.Note(_store.Snapshot);
            }
            else
            {
                _patterns?.Note(write.Items);
            }

            // 5. The announcement: who hears of the change can read it already.
            if (!touched.IsEmpty)
            {
                _changes.Publish(new(touched));
            }

            return true;
        }
    }

    /// <summary>Finds the dependencies when somebody listens. Under the lock.</summary>
    /// <returns>Whether anybody listens.</returns>
    private bool StartTracking(DataSnapshot snapshot)
    {
        var isHeard = _changes.HasListeners;
        if (isHeard)
        {
            _dependencies ??= DependencyTracker.Of(snapshot);
        }

        return isHeard;
    }

    /// <summary>Takes over the references of what was written. Under the lock.</summary>
    /// <returns>The keys of the flags to be announced; empty when nobody listens.</returns>
    private ImmutableArray<string> Track(in DataWrite write, DataSnapshot before, bool isHeard) =>
        write.ReplacesAll ? TrackReplacement(before, isHeard) : TrackItems(write.Items, isHeard);

    private ImmutableArray<string> TrackItems(ReadOnlySpan<ItemDescriptor> items, bool isHeard)
    {
        if (_dependencies is null || items.IsEmpty)
        {
            return [];
        }

        if (items.ContainsMalformed())
        {
            return TrackItems(items.WithoutMalformed(), isHeard);
        }

        // Of several items with one key the last comes last here too.
        foreach (var item in items)
        {
            _dependencies.Set(item);
        }

        if (!isHeard)
        {
            return [];
        }

        if (_changes.OverrideDependencies() is { } overrides)
        {
            return DependencyClosure.Of(items.ToArray(), _dependencies, overrides);
        }

        // The dependents can all be found after the change: the references of a changed item may differ now, but it is
        // part of the result in any case, and the references of the others have not moved.
        return items.Length == 1 ? _dependencies.Closure(items[0].Kind, items[0].Key) : _dependencies.Closure(items);
    }

    private ImmutableArray<string> TrackReplacement(DataSnapshot before, bool isHeard)
    {
        // When nobody listens the dependencies are dropped, to be found again when they are wanted.
        var dependenciesBefore = _dependencies;
        _dependencies = null;
        if (!isHeard)
        {
            return [];
        }

        var after = _store.Snapshot;
        _dependencies = DependencyTracker.Of(after);

        var changed = new List<ItemDescriptor>();
        // Another version is a change, also a lower one; not if it is the last good item, under a version that lets the next one in.
        // A service that went back, or began anew, may give a version away twice: then the contents tell.
        using var contents = new ContentComparer();
        ItemDifference.Add(before.Segments, after.Segments, (old, item) => old.Item == item.Item || (old.Version == item.Version && contents.AreSame(old, item)), changed);
        ItemDifference.Add(before.Flags, after.Flags, (old, item) => old.Item == item.Item || (old.Version == item.Version && contents.AreSame(old, item)), changed);
        return changed.Count == 0
            ? []
            : DependencyClosure.Of(changed, dependenciesBefore, _dependencies, _changes.OverrideDependencies());
    }

    /// <summary>Under the lock.</summary>
    private void TellOfFirstData()
    {
        if (_onFirstData is { } then && _store.Initialized)
        {
            _onFirstData = null;
            then();
        }
    }
}
