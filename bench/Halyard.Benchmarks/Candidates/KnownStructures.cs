using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Collections.Immutable;
using Halyard.DataComponents.Trie;
using Halyard.Model;

namespace Halyard.Benchmarks.Candidates;

/// <summary>What the store has.</summary>
internal struct ItemMapCandidate : ICandidate
{
    private ItemMap<ItemDescriptor<Flag>> _map;

    public static string Name => "ItemMap";

    public static bool KeepsVersions => true;

    public void Build(ItemDescriptor<Flag>[] items) => _map = ItemMap<ItemDescriptor<Flag>>.Empty.WithAll(items);

    public readonly ItemDescriptor<Flag>? Find(string key) => _map.Find(key);

    public void Set(ItemDescriptor<Flag> item) => _map = _map.With(item);

    public void SetAll(ItemDescriptor<Flag>[] items) => _map = _map.WithAll(items);

    public readonly int Enumerate()
    {
        var count = 0;
        foreach (var item in _map)
        {
            count += item.IsTombstone ? 0 : 1;
        }

        return count;
    }
}

/// <summary>The reference: what no reader may touch while it is written.</summary>
internal struct DictionaryCandidate : ICandidate
{
    private Dictionary<string, ItemDescriptor<Flag>> _map;

    public static string Name => "Dictionary";

    public static bool KeepsVersions => false;

    public void Build(ItemDescriptor<Flag>[] items) => _map = items.ToDictionary(static item => item.Key, StringComparer.Ordinal);

    public readonly ItemDescriptor<Flag>? Find(string key) => _map.GetValueOrDefault(key);

    public readonly void Set(ItemDescriptor<Flag> item) => _map[item.Key] = item;

    public readonly void SetAll(ItemDescriptor<Flag>[] items)
    {
        foreach (var item in items)
        {
            _map[item.Key] = item;
        }
    }

    public readonly int Enumerate()
    {
        var count = 0;
        foreach (var (_, item) in _map)
        {
            count += item.IsTombstone ? 0 : 1;
        }

        return count;
    }
}

/// <summary>Lock-free reads, but no versions: a reader sees a change set half done.</summary>
internal struct ConcurrentDictionaryCandidate : ICandidate
{
    private ConcurrentDictionary<string, ItemDescriptor<Flag>> _map;

    public static string Name => "ConcurrentDictionary";

    public static bool KeepsVersions => false;

    public void Build(ItemDescriptor<Flag>[] items) =>
        _map = new(items.Select(static item => KeyValuePair.Create(item.Key, item)), StringComparer.Ordinal);

    public readonly ItemDescriptor<Flag>? Find(string key) => _map.GetValueOrDefault(key);

    public readonly void Set(ItemDescriptor<Flag> item) => _map[item.Key] = item;

    public readonly void SetAll(ItemDescriptor<Flag>[] items)
    {
        foreach (var item in items)
        {
            _map[item.Key] = item;
        }
    }

    public readonly int Enumerate()
    {
        var count = 0;
        foreach (var (_, item) in _map)
        {
            count += item.IsTombstone ? 0 : 1;
        }

        return count;
    }
}

/// <summary>The platform's persistent map: a balanced tree.</summary>
internal struct ImmutableDictionaryCandidate : ICandidate
{
    private ImmutableDictionary<string, ItemDescriptor<Flag>> _map;

    public static string Name => "ImmutableDictionary";

    public static bool KeepsVersions => true;

    public void Build(ItemDescriptor<Flag>[] items) =>
        _map = items.ToImmutableDictionary(static item => item.Key, StringComparer.Ordinal);

    public readonly ItemDescriptor<Flag>? Find(string key) => _map.GetValueOrDefault(key);

    public void Set(ItemDescriptor<Flag> item) => _map = _map.SetItem(item.Key, item);

    public void SetAll(ItemDescriptor<Flag>[] items) =>
        _map = _map.SetItems(items.Select(static item => KeyValuePair.Create(item.Key, item)));

    public readonly int Enumerate()
    {
        var count = 0;
        foreach (var (_, item) in _map)
        {
            count += item.IsTombstone ? 0 : 1;
        }

        return count;
    }
}

/// <summary>
/// A frozen dictionary under a small copied overlay of what changed since; a full overlay freezes all of it again, so
/// that some updates cost as much as the whole.
/// </summary>
internal struct FrozenCandidate : ICandidate
{
    private const int OverlayLimit = 32;

    private FrozenDictionary<string, ItemDescriptor<Flag>> _frozen;
    private Dictionary<string, ItemDescriptor<Flag>>? _overlay;

    public static string Name => "FrozenDictionary, overlay";

    public static bool KeepsVersions => true;

    public void Build(ItemDescriptor<Flag>[] items)
    {
        _frozen = items.ToFrozenDictionary(static item => item.Key, StringComparer.Ordinal);
        _overlay = null;
    }

    public readonly ItemDescriptor<Flag>? Find(string key) =>
        _overlay is not null && _overlay.TryGetValue(key, out var item) ? item : _frozen.GetValueOrDefault(key);

    public void Set(ItemDescriptor<Flag> item) => SetAll([item]);

    public void SetAll(ItemDescriptor<Flag>[] items)
    {
        var overlay = _overlay is null ? new(StringComparer.Ordinal) : new Dictionary<string, ItemDescriptor<Flag>>(_overlay, StringComparer.Ordinal);
        foreach (var item in items)
        {
            overlay[item.Key] = item;
        }

        if (overlay.Count <= OverlayLimit)
        {
            _overlay = overlay;
            return;
        }

        var all = new Dictionary<string, ItemDescriptor<Flag>>(_frozen, StringComparer.Ordinal);
        foreach (var (key, item) in overlay)
        {
            all[key] = item;
        }

        _frozen = all.ToFrozenDictionary(StringComparer.Ordinal);
        _overlay = null;
    }

    public readonly int Enumerate()
    {
        var count = 0;
        foreach (var (key, item) in _frozen)
        {
            count += (_overlay?.GetValueOrDefault(key) ?? item).IsTombstone ? 0 : 1;
        }

        return count;
    }
}
