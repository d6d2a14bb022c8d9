using System.Collections.Concurrent;
using Halyard.Model;

namespace Halyard.Tests.Clients;

/// <summary>A persistent store in memory, for reading; it counts what it is asked, and fails on demand.</summary>
internal sealed class HeldStore : IPersistentStore, ISerializedDataReader
{
    private readonly ConcurrentDictionary<(DataKind Kind, string Key), SerializedItemDescriptor> _items = new();
    private int _reads;

    public string Identity => "held";

    public bool IsDown { get; set; }

    /// <summary>How often it was asked for anything.</summary>
    public int Reads => Volatile.Read(ref _reads);

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

    public ISerializedDataWriter CreateWriter(PersistentStoreContext context) => throw new NotSupportedException();

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
