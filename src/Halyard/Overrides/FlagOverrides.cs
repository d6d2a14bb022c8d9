using Halyard.DataComponents;
using Halyard.DataInterfaces;
using Halyard.Model;
using Halyard.Overrides;

namespace Halyard;

/// <summary>
/// Flags and segments that stand in place of those of the same key, whatever the data system delivers: those of
/// <see cref="ClientOptions.Overrides"/>, and above them what is set here while the client runs. They answer before there
/// is any data, and before the start. An answer that they gave says so (<see cref="EvaluationReason.IsOverride"/>).
/// Nothing of them reaches the data system, its persistent store or its snapshot on disk. Thread-safe; a change is visible
/// to the next read, and announced by <see cref="Client.FlagChanges"/> with the flags that depend on it.
/// </summary>
/// <remarks>
/// An overridden flag reports the version that it states itself; a value, and an item of a file without a version, reports 1.
/// </remarks>
public sealed class FlagOverrides
{
    /// <summary>The version of a flag that is made of a value.</summary>
    private const long VersionOfValue = 1;

    private readonly Lock _changing = new();
    private readonly ISnapshotStore _data;
    private readonly FlagChanges _changes;

    // Guarded by _changing.
    private DataSnapshot _files = DataSnapshot.Empty;

    // Guarded by _changing.
    private DataSnapshot _set = DataSnapshot.Empty;

    // Written under _changing. Null until there is a first override, and never again after that: a reader that sees the same
    // reference before and after its look at the data knows that nothing changed in between.
    private volatile DataSnapshot? _current;

    /// <param name="data">What is overridden.</param>
    /// <param name="changes">Where changes are announced.</param>
    /// <param name="files">The files with overrides; null for none.</param>
    internal FlagOverrides(ISnapshotStore data, FlagChanges changes, OverrideFiles? files)
    {
        _data = data;
        _changes = changes;
        Files = files;
    }

    /// <summary>The overridden flags as they are at this moment, in no particular order.</summary>
    public IReadOnlyCollection<ItemDescriptor<Flag>> Flags => (_current ?? DataSnapshot.Empty).AllFlags();

    /// <summary>The overridden segments as they are at this moment, in no particular order.</summary>
    public IReadOnlyCollection<ItemDescriptor<Segment>> Segments => (_current ?? DataSnapshot.Empty).AllSegments();

    /// <summary>What is wrong with the files, whose last good content stays in force; null when nothing is, or there are none.</summary>
    public string? FileError => Files?.Error;

    /// <summary>The overrides of this moment; null when there never were any.</summary>
    internal DataSnapshot? Current => _current;

    /// <summary>The files; null for none.</summary>
    internal OverrideFiles? Files { get; }

    /// <summary>
    /// Has a flag serve one value to everybody, with variation 0 and the reason <c>OFF</c>; in place of what was set for the
    /// key before.
    /// </summary>
    /// <exception cref="ArgumentException">The key is null or empty.</exception>
    public void Set(string key, Value value)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        Set(new Flag { Key = key, Version = VersionOfValue, OffVariation = 0, Fallthrough = new(0, null), Variations = [value] });
    }

    /// <summary>Puts a flag in place of the one of its key. It is evaluated as usual, over overridden and other items alike.</summary>
    /// <exception cref="ArgumentException">The flag's key is null or empty.</exception>
    public void Set(Flag flag)
    {
        ArgumentNullException.ThrowIfNull(flag);
        Put(ItemDescriptor<Flag>.Of(flag.Key, flag.Version, flag.AsOverride()));
    }

    /// <summary>Puts a segment in place of the one of its key, for overridden and other flags alike.</summary>
    /// <exception cref="ArgumentException">The segment's key is null or empty.</exception>
    public void Set(Segment segment)
    {
        ArgumentNullException.ThrowIfNull(segment);
        Put(ItemDescriptor<Segment>.Of(segment.Key, segment.Version, segment));
    }

    /// <summary>Takes away what was set here for a flag. What the files say of it counts again, or else the data.</summary>
    /// <returns>Whether anything was set.</returns>
    public bool Remove(string flagKey)
    {
        ArgumentNullException.ThrowIfNull(flagKey);
        return Remove(DataKind.Flag, flagKey);
    }

    /// <summary>Takes away what was set here for a segment. What the files say of it counts again, or else the data.</summary>
    /// <returns>Whether anything was set.</returns>
    public bool RemoveSegment(string segmentKey)
    {
        ArgumentNullException.ThrowIfNull(segmentKey);
        return Remove(DataKind.Segment, segmentKey);
    }

    /// <summary>Takes away everything that was set here, in one change. The files stay in force.</summary>
    public void Clear()
    {
        lock (_changing)
        {
            Layer(_files, DataSnapshot.Empty);
        }
    }

    /// <summary>
    /// Waits until the files have been looked at for the first time, well or not (<see cref="FileError"/> says which).
    /// <see cref="Client.StartAsync(CancellationToken)"/> waits for the same, within its timeout.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public Task WaitForFilesAsync(CancellationToken cancellationToken = default) =>
        Files?.FirstLook.WaitAsync(cancellationToken) ?? Task.CompletedTask;

    /// <summary>The data and the overrides of one moment.</summary>
    internal DataView Over(ISnapshotStore store)
    {
        // The overrides after the data: there never were any at that later moment, so there were none at this one.
        var data = store.Snapshot;
        return _current is { } overrides ? Settle(store, overrides) : new(data, null);
    }

    /// <summary>Replaces all that the files say, in one change.</summary>
    internal void ReplaceFiles(DataSet files)
    {
        // An item that a file calls deleted overrides nothing.
        var next = new DataSnapshot(
            DataSnapshot.Empty.Flags.WithAll(files.Flags.Where(static flag => !flag.IsTombstone)),
            DataSnapshot.Empty.Segments.WithAll(files.Segments.Where(static segment => !segment.IsTombstone)),
            initialized: true);
        lock (_changing)
        {
            Layer(next, _set);
        }
    }

    private DataView Settle(ISnapshotStore store, DataSnapshot overrides)
    {
        while (true)
        {
            var data = store.Snapshot;
            var after = _current!;
            if (ReferenceEquals(overrides, after))
            {
                return new(data, overrides);
            }

            overrides = after;
        }
    }

    private void Put(ItemDescriptor item)
    {
        lock (_changing)
        {
            _set = With(_set, item);
            Publish(With(_current ?? DataSnapshot.Empty, item), [item]);
        }
    }

    private bool Remove(DataKind kind, string key)
    {
        lock (_changing)
        {
            if (Find(_set, kind, key) is not { } removed)
            {
                return false;
            }

            _set = Without(_set, kind, key);
            Publish(Find(_files, kind, key) is { } below ? With(_current!, below) : Without(_current!, kind, key), [removed]);
            return true;
        }
    }

    /// <summary>Takes over both layers as a whole. Under the lock.</summary>
    private void Layer(DataSnapshot files, DataSnapshot set)
    {
        _files = files;
        _set = set;
        var before = _current ?? DataSnapshot.Empty;
        var next = new DataSnapshot(files.Flags.WithAll(set.Flags), files.Segments.WithAll(set.Segments), initialized: true);

        // What the files say is read anew only where it is new, so that an item unchanged is the same object.
        var changed = new List<ItemDescriptor>();
        ItemDifference.Add(before.Segments, next.Segments, ReferenceEquals, changed);
        ItemDifference.Add(before.Flags, next.Flags, ReferenceEquals, changed);
        if (changed.Count != 0)
        {
            Publish(next, changed);
        }
    }

    /// <summary>Makes overrides visible, and announces them. Under the lock.</summary>
    private void Publish(DataSnapshot next, IReadOnlyList<ItemDescriptor> changed)
    {
        var isHeard = _changes.HasListeners;
        var before = isHeard ? _changes.OverrideDependencies() : null;

        // From here on, changes of the data are announced with the flags here that depend on them.
        _changes.Overrides = next;
        _current = next;
        if (!isHeard)
        {
            return;
        }

        var touched = DependencyClosure.Of(changed, before, _changes.OverrideDependencies(), DependencyTracker.Of(_data.Snapshot));
        if (!touched.IsEmpty)
        {
            _changes.Publish(new(touched));
        }
    }

    private static DataSnapshot With(DataSnapshot overrides, ItemDescriptor item) => item is ItemDescriptor<Flag> flag
        ? new(overrides.Flags.With(flag), overrides.Segments, initialized: true)
        : new(overrides.Flags, overrides.Segments.With((ItemDescriptor<Segment>)item), initialized: true);

    private static DataSnapshot Without(DataSnapshot overrides, DataKind kind, string key) => kind == DataKind.Flag
        ? new(overrides.Flags.Without(key), overrides.Segments, initialized: true)
        : new(overrides.Flags, overrides.Segments.Without(key), initialized: true);

    private static ItemDescriptor? Find(DataSnapshot overrides, DataKind kind, string key) =>
        kind == DataKind.Flag ? overrides.Flags.Find(key) : overrides.Segments.Find(key);
}
