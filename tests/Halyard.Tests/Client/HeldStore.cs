using System.Collections.Concurrent;
using Halyard.Model;

namespace Halyard.Tests.Clients;

/// <summary>A persistent store in memory; it counts what it is asked, and fails on demand.</summary>
internal sealed class HeldStore : IPersistentStore, ISerializedDataReader, ISerializedDataWriter
{
    private readonly ConcurrentDictionary<(DataKind Kind, string Key), SerializedItemDescriptor> _items = new();
    private int _reads;

    public string Identity => "held";

    public bool IsDown { get; set; }

    /// <summary>How often it was asked for anything.</summary>
    public int Reads => Volatile.Read(ref _reads);

    /// <summary>Whether its data set is marked as complete.</summary>
    public bool IsMarked { get; set; } = true;

    /// <summary>How often all was written.</summary>
    public int Inits { get; private set; }

    /// <summary>Loses everything.</summary>
    public void Wipe()
    {
        IsMarked = false;
        _items.Clear();
    }

    /// <summary>The version held under a key; null for none.</summary>
    public long? VersionOf(DataKind kind, string key) => _items.TryGetValue((kind, key), out var item) ? item.Version : null;

    public void Put(ItemDescriptor item)
    {
        var held = SerializedItem.Of(item);
        _items[(held.Kind, held.Key)] = held.Item;
    }

    public void Put(DataSet data)
    {
        foreach (var item in data.Flags.Concat<ItemDescriptor>(data.Segments))
        {
            Put(item);
        }
    }

    public ISerializedDataReader CreateReader(PersistentStoreContext context) => this;

    public ISerializedDataWriter CreateWriter(PersistentStoreContext context) => this;

    public ValueTask<SerializedItemDescriptor?> GetAsync(DataKind kind, string key, CancellationToken cancellationToken)
    {
        Read();
        return new(_items.TryGetValue((kind, key), out var item) ? item : null);
    }

    public ValueTask<IReadOnlyDictionary<string, SerializedItemDescriptor>> AllAsync(DataKind kind, CancellationToken cancellationToken)
    {
        Read();
        return new(_items.Where(item => item.Key.Kind == kind).ToDictionary(item => item.Key.Key, item => item.Value));
    }

    public ValueTask<bool> InitializedAsync(CancellationToken cancellationToken)
    {
        Read();
        return new(IsMarked);
    }

    public ValueTask InitAsync(IReadOnlyList<SerializedItem> items, CancellationToken cancellationToken)
    {
        Read();
        _items.Clear();
        foreach (var item in items)
        {
            _items[(item.Kind, item.Key)] = item.Item;
        }

        Inits++;
        IsMarked = true;
        return default;
    }

    public ValueTask<bool> UpsertAsync(SerializedItem item, CancellationToken cancellationToken)
    {
        Read();
        if (VersionOf(item.Kind, item.Key) >= item.Item.Version)
        {
            return new(false);
        }

        _items[(item.Kind, item.Key)] = item.Item;
        return new(true);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private void Read()
    {
        Interlocked.Increment(ref _reads);
        if (IsDown)
        {
            throw new IOException("The store is down.");
        }
    }
}
