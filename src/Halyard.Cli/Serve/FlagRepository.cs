using Halyard.Model;

namespace Halyard.Cli;

/// <summary>
/// The data that the development server serves, whatever the protocol. Writes are serialised; each one that changes
/// something makes a new revision and is announced once, in order. Versions rise by themselves. Thread-safe.
/// </summary>
/// <param name="state">What is laid over the source and kept over restarts; null begins without, and keeps nothing.</param>
internal sealed class FlagRepository(EnvironmentState? state = null)
{
    // What the source says of overridden items. Guarded by _writing.
    private readonly Dictionary<(DataKind Kind, string Key), ItemDescriptor> _beneath = [];

    // What the files of overrides say, and what the source says of the same keys. Guarded by _writing.
    private readonly Dictionary<(DataKind Kind, string Key), ItemDescriptor> _laid = [];
    private readonly Dictionary<(DataKind Kind, string Key), ItemDescriptor> _underLaid = [];

    private readonly Lock _writing = new();
    private volatile RepositorySnapshot _current = RepositorySnapshot.Empty;

    /// <summary>
    /// Raised for each change, in the order of revisions, once <see cref="Current"/> shows it and those who follow have it.
    /// Handlers run inside the write and must be quick.
    /// </summary>
    public event Action<RepositoryChange>? Changed;

    /// <summary>Raised when what is laid over the source is another, also where that changes nothing that is served; as <see cref="Changed"/>.</summary>
    public event Action? OverridesChanged;

    // Those who follow: who is told of a change by the others finds that they have it. Guarded by _writing.
    private Action<RepositoryChange>? _followed;

    // Those who are told once the data is complete. Guarded by _writing.
    private Action<RepositorySnapshot>? _completed;

    // Written under _writing.
    private volatile bool _isComplete;

    /// <summary>What is laid over the source.</summary>
    public EnvironmentState State { get; } = state ?? new();

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
                // What stands in place of items that the source does not have.
                Commit(State.Overrides.Where(one => !_beneath.ContainsKey(one.Key)).Select(static one => one.Value.Over(null)), beforeCommit: null);
                _completed?.Invoke(_current);
                _isComplete = true;
            }
        }
    }

    /// <summary>Tells of the data once it is complete, which it may be now, and of every change.</summary>
    /// <param name="complete">Runs inside the write, as <paramref name="changed"/> does.</param>
    /// <param name="changed">As for <see cref="Changed"/>, and before it; called before the data is complete too.</param>
    public void Follow(Action<RepositorySnapshot> complete, Action<RepositoryChange> changed)
    {
        lock (_writing)
        {
            _followed += changed;
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
            _followed -= changed;
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
            return Commit(items.Where(IsUncovered).Select(Covered), beforeCommit: null);
        }
    }

    /// <summary>
    /// Lays the items of a file over what the source says of their keys, beneath <see cref="State"/>; with a tombstone the source counts again.
    /// The versions served are kept from now on.
    /// </summary>
    /// <returns>What changed; null when nothing did.</returns>
    public RepositoryChange? Lay(IReadOnlyList<ItemDescriptor> items)
    {
        lock (_writing)
        {
            var change = Commit(items.Select(Laid).Select(Covered), beforeCommit: null);
            foreach (var item in items)
            {
                State.Keep((item.Kind, item.Key), _current.Of(item.Kind).GetValueOrDefault(item.Key)?.Version ?? 0);
            }

            return change;
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
            if (State.Overrides.ContainsKey((kind, key)))
            {
                // What is seen is the override, so that is what is edited.
                return edit.IsTombstone
                    ? throw new WriteBackException($"The {kind.Noun()} \"{key}\" is overridden; remove the override first.")
                    : SetOverride(new(kind, key, edit.ToUtf8Json(), IsValue: false));
            }

            if (Commit([edit], beforeCommit) is not null)
            {
                State.Keep((kind, key), _current.Of(kind)[key].Version);
            }

            return edit.IsTombstone && !_current.Of(kind).ContainsKey(key) ? null : _current.Of(kind)[key];
        }
    }

    /// <summary>Lays an item or a value over what the source says of its key.</summary>
    /// <returns>The item as it is served now.</returns>
    /// <exception cref="WriteBackException">It could not be kept; nothing changed.</exception>
    public RepositoryItem SetOverride(ItemOverride made) => SetOverride(made.Kind, made.Key, _ => made);

    /// <summary>Lays over what the source says of a key what is made of the item as it is served, with no other write in between.</summary>
    /// <returns>The item as it is served now.</returns>
    /// <exception cref="WriteBackException">It could not be kept; nothing changed.</exception>
    public RepositoryItem SetOverride(DataKind kind, string key, Func<RepositoryItem?, ItemOverride> make)
    {
        lock (_writing)
        {
            var id = (kind, key);
            var made = make(_current.Find(kind, key));
            var isNew = !State.Overrides.ContainsKey(id);
            var beneath = !isNew ? _beneath.GetValueOrDefault(id) : Read(_current.Find(made.Kind, made.Key));
            var item = made.Over(beneath);
            if (Commit([item], (_, next) => State.Set(id, made, next.Version)) is null)
            {
                // It says what is served already.
                State.Set(id, made, _current.Of(made.Kind)[made.Key].Version);
            }

            if (isNew && beneath is not null)
            {
                _beneath[id] = beneath;
            }

            OverridesChanged?.Invoke();
            return _current.Of(made.Kind)[made.Key];
        }
    }

    /// <summary>Serves again what the source says of a key.</summary>
    /// <returns>The item, or its tombstone, as it is served now; null when the key is not overridden.</returns>
    /// <exception cref="WriteBackException">The state could not be kept; nothing changed.</exception>
    public RepositoryItem? RemoveOverride(DataKind kind, string key)
    {
        lock (_writing)
        {
            var id = (kind, key);
            if (!State.Overrides.ContainsKey(id))
            {
                return null;
            }

            var item = _beneath.GetValueOrDefault(id) ?? ItemDescriptor.Tombstone(kind, key, 0);
            if (Commit([item], (_, next) => State.Set(id, null, next.Version)) is null)
            {
                State.Set(id, null, _current.Of(kind).GetValueOrDefault(key)?.Version ?? 0);
            }

            _beneath.Remove(id);
            OverridesChanged?.Invoke();
            return _current.Of(kind).GetValueOrDefault(key) ?? new(kind, key, 0, _current.Revision, Json: null);
        }
    }

    // What the source says of an item that a file overrides waits until the file does not any more.
    private bool IsUncovered(ItemDescriptor item)
    {
        var id = (item.Kind, item.Key);
        if (!_laid.ContainsKey(id))
        {
            return true;
        }

        if (item.IsTombstone)
        {
            _underLaid.Remove(id);
        }
        else
        {
            _underLaid[id] = item;
        }

        return false;
    }

    private ItemDescriptor Laid(ItemDescriptor item)
    {
        var id = (item.Kind, item.Key);
        if (item.IsTombstone)
        {
            _laid.Remove(id);
            return _underLaid.Remove(id, out var source) ? source : item;
        }

        if (!_laid.ContainsKey(id)
            && (State.Overrides.ContainsKey(id) ? _beneath.GetValueOrDefault(id) : Read(_current.Find(item.Kind, item.Key))) is { } under)
        {
            _underLaid[id] = under;
        }

        return _laid[id] = item;
    }

    // What the source says of an overridden item is kept beneath, and the override is what is served.
    private ItemDescriptor Covered(ItemDescriptor item)
    {
        var id = (item.Kind, item.Key);
        if (!State.Overrides.TryGetValue(id, out var made))
        {
            return item;
        }

        if (item.IsTombstone)
        {
            _beneath.Remove(id);
            return made.Over(null);
        }

        _beneath[id] = item;
        return made.Over(item);
    }

    private static ItemDescriptor? Read(RepositoryItem? item) =>
        item?.Json is { } json ? ItemDescriptor.FromJson(item.Kind, item.Key, json) : null;

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
            if (Next(held, item, revision, State.Versions.GetValueOrDefault((item.Kind, item.Key), -1)) is { } next)
            {
                beforeCommit?.Invoke(held, next);
                State.Served((next.Kind, next.Key), next.Version);
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
        _followed?.Invoke(change);
        Changed?.Invoke(change);
        return change;
    }

    /// <summary>The version after one; the highest of all has none.</summary>
    public static long Above(long version) => version == long.MaxValue ? version : version + 1;

    /// <param name="held">The item before.</param>
    /// <param name="item">The item now.</param>
    /// <param name="revision">What the change leads to.</param>
    /// <param name="served">The highest version that was served before a restart; less than 0 when that is not kept.</param>
    private static RepositoryItem? Next(RepositoryItem? held, ItemDescriptor item, long revision, long served)
    {
        var version = Math.Max(Above(held is null ? served : Math.Max(held.Version, served)), item.Version);
        if (item.IsTombstone)
        {
            return held is null or { IsTombstone: true } ? null : new(item.Kind, item.Key, version, revision, Json: null);
        }

        var json = item.ToUtf8Json();
        var unchanged = held?.Json is { } before && ItemJson.WithVersion(json, held.Version).AsSpan().SequenceEqual(before);
        return unchanged ? null : new(item.Kind, item.Key, version, revision, ItemJson.WithVersion(json, version));
    }
}
