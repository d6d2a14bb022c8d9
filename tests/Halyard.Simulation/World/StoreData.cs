using Halyard.Model;
using Halyard.Simulation.Engine;

namespace Halyard.Simulation.World;

/// <summary>What a store holds, and has held.</summary>
internal sealed class StoreData(SimScheduler scheduler)
{
    private static readonly List<(TimeSpan At, string Stamp)> Nothing = [(TimeSpan.Zero, "")];

    private readonly SortedDictionary<string, (SerializedItem Item, string Stamp)> _items = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<(TimeSpan At, string Stamp)>> _past = [];

    /// <summary>Whether the marker is there.</summary>
    public bool IsComplete { get; private set; }

    public IEnumerable<SerializedItem> Items => _items.Values.Select(static held => held.Item);

    public static string PathOf(DataKind kind, string key) => (kind == DataKind.Flag ? "/flags/" : "/segments/") + key;

    /// <summary>The stamps that stood under a path, with the time at which each came; an empty one for nothing.</summary>
    public IReadOnlyList<(TimeSpan At, string Stamp)> Past(string path) => _past.GetValueOrDefault(path, Nothing);

    public SerializedItem? Find(DataKind kind, string key) => _items.TryGetValue(PathOf(kind, key), out var held) ? held.Item : null;

    public bool Upsert(SerializedItem item)
    {
        if (Find(item.Kind, item.Key) is { } held && held.Item.Version >= item.Item.Version)
        {
            return false;
        }

        Put(item);
        return true;
    }

    public void Put(SerializedItem item)
    {
        var path = PathOf(item.Kind, item.Key);
        var stamp = item.Item.Deleted ? "" : SimItem.StampOf(ItemDescriptor.FromJson(item.Kind, item.Key, item.Item.SerializedItem.Span));
        _items[path] = (item, stamp);
        Note(path, stamp);
    }

    public void Remove(string path)
    {
        if (_items.Remove(path))
        {
            Note(path, "");
        }
    }

    public void RemoveOthers(IReadOnlyCollection<SerializedItem> than)
    {
        var kept = than.Select(static item => PathOf(item.Kind, item.Key)).ToHashSet();
        foreach (var path in _items.Keys.Where(path => !kept.Contains(path)).ToList())
        {
            Remove(path);
        }
    }

    public void Complete() => IsComplete = true;

    public void Wipe()
    {
        RemoveOthers([]);
        IsComplete = false;
    }

    /// <summary>A part is lost: some items, or the marker.</summary>
    public void LosePart(SimRandom random)
    {
        if (random.Chance(0.5))
        {
            IsComplete = false;
            return;
        }

        foreach (var path in _items.Keys.ToList())
        {
            if (random.Chance(0.4))
            {
                Remove(path);
            }
        }

        IsComplete = false;
    }

    /// <summary>Holds what the service has, as a relay writes it.</summary>
    public void Mirror(SimState state)
    {
        foreach (var (path, version) in state.Versions)
        {
            var kind = path.StartsWith("/flags/", StringComparison.Ordinal) ? DataKind.Flag : DataKind.Segment;
            var key = path[(path.LastIndexOf('/') + 1)..];
            var item = state.Items.TryGetValue(path, out var held)
                ? new SerializedItem(kind, key, new(version, false, System.Text.Encoding.UTF8.GetBytes(held.Json)))
                : SerializedItem.Of(ItemDescriptor.Tombstone(kind, key, version));
            if (Find(kind, key) is not { } stored || stored.Item.Version != version
                || !stored.Item.SerializedItem.Span.SequenceEqual(item.Item.SerializedItem.Span))
            {
                Put(item);
            }
        }

        foreach (var path in _items.Keys.Where(path => !state.Versions.ContainsKey(path)).ToList())
        {
            Remove(path);
        }

        IsComplete = true;
    }

    private void Note(string path, string stamp)
    {
        if (!_past.TryGetValue(path, out var past))
        {
            _past[path] = past = [(TimeSpan.Zero, "")];
        }

        if (past[^1].Stamp != stamp)
        {
            past.Add((scheduler.Now, stamp));
        }
    }
}
