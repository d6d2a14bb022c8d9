using Halyard.Model;
using Halyard.Simulation.Engine;

namespace Halyard.Simulation.World;

/// <summary>One process's way to a store.</summary>
internal sealed class StoreAccess(SimStore store, ProcessTime time) : IPersistentStore
{
    // Changed with Interlocked alone: a cancelled request may end on the thread that cancels it, beside another.
    private int _waiting;

    public SimStore Store => store;

    /// <summary>How many readers and writers are open.</summary>
    public int Open { get; private set; }

    /// <summary>How many requests wait for their answer.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    public ISerializedDataReader CreateReader(PersistentStoreContext context)
    {
        Open++;
        return new Reader(this);
    }

    public ISerializedDataWriter CreateWriter(PersistentStoreContext context)
    {
        Open++;
        return new Writer(this);
    }

    private async ValueTask<T> AskAsync<T>(string what, bool writes, Func<T> action, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _waiting);
        try
        {
            return await store.RunAsync(time, what, writes, action, cancellationToken);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    private sealed class Reader(StoreAccess access) : ISerializedDataReader
    {
        private readonly StoreData _data = access.Store.Data;

        public string Identity => "sim";

        public int LargestBatch => 3;

        public ValueTask<SerializedItemDescriptor?> GetAsync(DataKind kind, string key, CancellationToken cancellationToken) =>
            access.AskAsync($"get {key}", false, () => _data.Find(kind, key)?.Item, cancellationToken);

        public ValueTask<SerializedItemDescriptor?[]> GetManyAsync(DataKind kind, IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
            access.AskAsync($"get {string.Join('+', keys)}", false, () => keys.Select(key => _data.Find(kind, key)?.Item).ToArray(), cancellationToken);

        public ValueTask<IReadOnlyDictionary<string, SerializedItemDescriptor>> AllAsync(DataKind kind, CancellationToken cancellationToken) =>
            access.AskAsync<IReadOnlyDictionary<string, SerializedItemDescriptor>>(
                "all", false, () => _data.Items.Where(item => item.Kind == kind).ToDictionary(static item => item.Key, static item => item.Item), cancellationToken);

        public ValueTask<bool> InitializedAsync(CancellationToken cancellationToken) =>
            access.AskAsync("marker", false, () => _data.IsComplete, cancellationToken);

        public ValueTask DisposeAsync()
        {
            access.Open--;
            return default;
        }
    }

    private sealed class Writer(StoreAccess access) : ISerializedDataWriter
    {
        private readonly StoreData _data = access.Store.Data;

        public string Identity => "sim";

        public async ValueTask InitAsync(IReadOnlyList<SerializedItem> items, CancellationToken cancellationToken)
        {
            if (!access.Store.IsTransactional)
            {
                foreach (var item in items)
                {
                    await access.AskAsync($"put {item.Key}", true, () => Put([item]), cancellationToken);
                }
            }

            await access.AskAsync("init", true, () => Put(items) && End(items), cancellationToken);
        }

        public ValueTask<bool> UpsertAsync(SerializedItem item, CancellationToken cancellationToken) =>
            access.AskAsync($"upsert {item.Key} {item.Item.Version}", true, () => _data.Upsert(item), cancellationToken);

        public ValueTask<bool> InitializedAsync(CancellationToken cancellationToken) =>
            access.AskAsync("marker", false, () => _data.IsComplete, cancellationToken);

        public ValueTask DisposeAsync()
        {
            access.Open--;
            return default;
        }

        private bool Put(IReadOnlyList<SerializedItem> items)
        {
            foreach (var item in items)
            {
                _data.Put(item);
            }

            return true;
        }

        private bool End(IReadOnlyList<SerializedItem> items)
        {
            _data.RemoveOthers(items);
            _data.Complete();
            return true;
        }
    }
}
