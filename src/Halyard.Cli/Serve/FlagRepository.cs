using Halyard.Model;

namespace Halyard.Cli;

/// <summary>
/// The data that the development server serves, whatever the protocol. Writes are serialised; each one that changes
/// something makes a new revision and is announced once, in order. Versions rise by themselves. Thread-safe.
/// </summary>
internal sealed class FlagRepository
{
    private readonly Lock _writing = new();
    private volatile RepositorySnapshot _current = RepositorySnapshot.Empty;

    /// <summary>
    /// Raised for each change, in the order of revisions, once <see cref="Current"/> shows it. Handlers run inside
    /// the write and must be quick.
    /// </summary>
    public event Action<RepositoryChange>? Changed;

    // Those who are told once the data is complete. Guarded by _writing.
    private Action<RepositorySnapshot>? _completed;

    // Written under _writing.
    private volatile bool _isComplete;

    /// <summary>The newest data.</summary>
    public RepositorySnapshot Current => _current;

    /// <summary>Whether a whole data set has come; before that nothing is served.</summary>
    public bool IsComplete => _isComplete;

    /// <summary>Says that what is held is a whole data set; a second call does nothing.</summary>
    public void Complete()
    {
        lock (_writing)
        {
            if (!_isComplete)
            {
                _isComplete = true;
                _completed?.Invoke(_current);
            }
        }
    }

    /// <summary>Tells of the data once it is complete, which it may be now, and of every change.</summary>
    /// <param name="complete">Runs inside the write, as <paramref name="changed"/> does.</param>
    /// <param name="changed">As for <see cref="Changed"/>; called before the data is complete too.</param>
    public void Follow(Action<RepositorySnapshot> complete, Action<RepositoryChange> changed)
    {
        lock (_writing)
        {
            Changed += changed;
            _completed += complete;
            if (_isComplete)
            {
                complete(_current);
            }
        }
    }

    /// <summary>Ends what <see cref="Follow"/> began.</summary>
    public void Leave(Action<RepositorySnapshot> complete, Action<RepositoryChange> changed)
    {
        lock (_writing)
        {
            Changed -= changed;
            _completed -= complete;
        }
    }

    /// <summary>
    /// Stores items and tombstones together. An item that says what is held already changes nothing, whatever its
    /// version; a changed one gets its own version or, if that is not newer, the next.
    /// </summary>
    /// <returns>What changed; null when nothing did.</returns>
    public RepositoryChange? Apply(IEnumerable<ItemDescriptor> items)
    {
        lock (_writing)
        {
            return Commit(items, beforeCommit: null);
        }
    }

    /// <summary>Changes one item on the basis of what is held, with no other write in between.</summary>
    /// <param name="kind">Flag or segment.</param>
    /// <param name="key">The key.</param>
    /// <param name="change">Makes the new item, or a tombstone, from the live item held; what it throws ends the edit.</param>
    /// <param name="beforeCommit">Told of the item held, if any, and of what will be held; what it throws ends the edit.</param>
    /// <returns>The item as it is held now; null when there was nothing to delete.</returns>
    public RepositoryItem? Edit(
        DataKind kind, string key, Func<RepositoryItem?, ItemDescriptor> change, Action<RepositoryItem?, RepositoryItem>? beforeCommit = null)
    {
        lock (_writing)
        {
            var edit = change(_current.Find(kind, key));
            Commit([edit], beforeCommit);
            return edit.IsTombstone && !_current.Of(kind).ContainsKey(key) ? null : _current.Of(kind)[key];
        }
    }

    private RepositoryChange? Commit(IEnumerable<ItemDescriptor> items, Action<RepositoryItem?, RepositoryItem>? beforeCommit)
    {
        var revision = _current.Revision + 1;
        var flags = _current.Flags.ToBuilder();
        var segments = _current.Segments.ToBuilder();
        var changed = new List<RepositoryItem>();
        foreach (var item in items)
        {
            var target = item.Kind == DataKind.Flag ? flags : segments;
            var held = target.GetValueOrDefault(item.Key);
            if (Next(held, item, revision) is { } next)
            {
                beforeCommit?.Invoke(held, next);
                target[item.Key] = next;
                changed.Add(next);
            }
        }

        if (changed.Count == 0)
        {
            return null;
        }

        _current = new RepositorySnapshot(revision, flags.ToImmutable(), segments.ToImmutable());
        var change = new RepositoryChange(revision, changed);
        Changed?.Invoke(change);
        return change;
    }

    private static RepositoryItem? Next(RepositoryItem? held, ItemDescriptor item, long revision)
    {
        var version = held is null ? item.Version : Math.Max(held.Version + 1, item.Version);
        if (item.IsTombstone)
        {
            return held is null or { IsTombstone: true } ? null : new(item.Kind, item.Key, version, revision, Json: null);
        }

        var json = item.ToUtf8Json();
        var unchanged = held?.Json is { } before && ItemJson.WithVersion(json, held.Version).AsSpan().SequenceEqual(before);
        return unchanged ? null : new(item.Kind, item.Key, version, revision, ItemJson.WithVersion(json, version));
    }
}
