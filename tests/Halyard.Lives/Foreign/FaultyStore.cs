using System.Runtime.CompilerServices;
using System.Text;
using Halyard.Model;

namespace Halyard.Lives.Foreign;

/// <summary>A persistent store that fails, waits, blocks, and ends badly; some of its readers can be asked by blocking, some tell of changes.</summary>
internal sealed class FaultyStore(Part part) : IPersistentStore
{
    public ISerializedDataReader CreateReader(PersistentStoreContext context)
    {
        part.Opened("store");
        return part.Dice.Chance(0.5) ? new Reader(part) : new TellingReader(part);
    }

    public ISerializedDataWriter CreateWriter(PersistentStoreContext context)
    {
        part.Opened("store");
        return new Writer(part);
    }

    private static SerializedItemDescriptor? Item(DataKind kind, string key) =>
        kind == DataKind.Flag && key.StartsWith('f') ? new(1, false, Encoding.UTF8.GetBytes(Texts.FlagJson(key[1] - '0', 1))) : null;

    private class Reader(Part part) : ISerializedDataReader
    {
        private readonly bool _blocks = part.Dice.Chance(0.5);
        private readonly int _largest = part.Dice.Pick(1, 10);

        public string Identity => "faulty";

        public int LargestBatch => _largest;

        public bool CanGet => _blocks;

        public async ValueTask<SerializedItemDescriptor?> GetAsync(DataKind kind, string key, CancellationToken cancellationToken)
        {
            await part.CallAsync("a read", cancellationToken);
            return Item(kind, key);
        }

        public SerializedItemDescriptor? Get(DataKind kind, string key, TimeSpan limit)
        {
            part.Call("a blocking read", limit);
            return Item(kind, key);
        }

        public async ValueTask<SerializedItemDescriptor?[]> GetManyAsync(DataKind kind, IReadOnlyList<string> keys, CancellationToken cancellationToken)
        {
            await part.CallAsync("a read of many", cancellationToken);
            return [.. keys.Select(key => Item(kind, key))];
        }

        public async ValueTask<IReadOnlyDictionary<string, SerializedItemDescriptor>> AllAsync(DataKind kind, CancellationToken cancellationToken)
        {
            await part.CallAsync("a read of all", cancellationToken);
            return kind == DataKind.Flag
                ? Enumerable.Range(0, Texts.Flags).ToDictionary(Texts.Key, static i => Item(DataKind.Flag, Texts.Key(i))!.Value)
                : new Dictionary<string, SerializedItemDescriptor>();
        }

        public async ValueTask<bool> InitializedAsync(CancellationToken cancellationToken)
        {
            await part.CallAsync("a question for the marker", cancellationToken);
            return part.Dice.Chance(0.8);
        }

        public ValueTask DisposeAsync() => part.EndAsync("reader");
    }

    private sealed class TellingReader(Part part) : Reader(part), IStoreChangeSource
    {
        private readonly Part _part = part;

        public async IAsyncEnumerable<StoreChange> ListenAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            while (true)
            {
                await _part.CallAsync("the listening", cancellationToken);
                yield return _part.Dice.Chance(0.5) ? StoreChange.Everything : StoreChange.Of(DataKind.Flag, Texts.Key(_part.Dice.Below(Texts.Flags)));
                await Task.Delay(_part.Dice.Below(20), cancellationToken);
            }
        }
    }

    private sealed class Writer(Part part) : ISerializedDataWriter
    {
        public string Identity => "faulty";

        public ValueTask InitAsync(IReadOnlyList<SerializedItem> items, CancellationToken cancellationToken) => part.CallAsync("a write of all", cancellationToken);

        public async ValueTask<bool> UpsertAsync(SerializedItem item, CancellationToken cancellationToken)
        {
            await part.CallAsync("a write", cancellationToken);
            return true;
        }

        public async ValueTask<bool> InitializedAsync(CancellationToken cancellationToken)
        {
            await part.CallAsync("the writer's question for the marker", cancellationToken);
            return part.Dice.Chance(0.9);
        }

        public ValueTask DisposeAsync() => part.EndAsync("writer");
    }
}
