using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Halyard.DataInterfaces;
using Halyard.Model;

namespace Halyard.DataComponents;

/// <summary>One write as a source gave it: a whole data set, one item, or a change set.</summary>
internal readonly struct DataWrite
{
    private readonly DataSet? _dataSet;
    private readonly ChangeSet? _changeSet;
    private readonly ItemDescriptor? _item;
    private readonly DataKind _kind;
    private readonly string? _key;

    private DataWrite(DataSet? dataSet, ChangeSet? changeSet, ItemDescriptor? item, DataKind kind, string? key)
    {
        _dataSet = dataSet;
        _changeSet = changeSet;
        _item = item;
        _kind = kind;
        _key = key;
    }

    /// <summary>Whether everything held before is replaced.</summary>
    public bool ReplacesAll => _dataSet is not null || _changeSet is { Kind: ChangeSetKind.Full };

    /// <summary>Whether its version was compared with the one held: that of an item alone is, those of a change set are not.</summary>
    public bool IsGuarded => _item is not null;

    /// <summary>The items that replace those of their keys alone; empty when everything is replaced, or nothing.</summary>
    [UnscopedRef]
    public ReadOnlySpan<ItemDescriptor> Items =>
        _item is not null ? MemoryMarshal.CreateReadOnlySpan(in _item, 1)
        : _changeSet is { Kind: ChangeSetKind.Partial, Items.IsDefault: false } ? _changeSet.Items.AsSpan()
        : default;

    public static DataWrite Of(DataSet dataSet) => new(dataSet, null, null, default, null);

    public static DataWrite Of(ChangeSet changeSet) => new(null, changeSet, null, default, null);

    public static DataWrite Of(DataKind kind, string key, ItemDescriptor item) => new(null, null, item, kind, key);

    /// <summary>
    /// Whether the version held, or quarantined, is the same or newer. Only an item alone can be stale: a data set is the
    /// new truth, and a change set carries its own order.
    /// </summary>
    public bool IsStale(DataSnapshot held) =>
        _item is not null && (IsNoNewerThan(Held(held, _kind, _key!)) || IsNoNewerThan(held.Quarantine));

    /// <summary>The items among those written that could not be understood.</summary>
    public IEnumerable<MalformedItem> Malformed() =>
        _item is MalformedItem one ? [one]
        : _dataSet is not null ? _dataSet.Malformed
        : _changeSet is { Items.IsDefault: false } ? _changeSet.Items.OfType<MalformedItem>()
        : [];

    /// <summary>Stores it.</summary>
    public void StoreIn(IDataDestination destination)
    {
        if (_item is not null)
        {
            destination.Upsert(_kind, _key!, _item);
        }
        else if (_dataSet is not null)
        {
            destination.Init(_dataSet);
        }
        else
        {
            destination.Apply(_changeSet!);
        }
    }

    // An item whose version cannot be read cannot be told to be older.
    private bool IsNoNewerThan(ItemDescriptor? stored) =>
        stored is not null && stored.Version >= _item!.Version && _item is not MalformedItem { HasVersion: false };

    private bool IsNoNewerThan(Quarantine quarantine) =>
        !quarantine.IsEmpty && quarantine.Find(_kind, _key!) is { HasVersion: true } item && IsNoNewerThan(item);

    /// <summary>What is held under a key, tombstones included.</summary>
    public static ItemDescriptor? Held(DataSnapshot held, DataKind kind, string key) =>
        kind == DataKind.Flag ? held.Flags.Find(key) : held.Segments.Find(key);
}
