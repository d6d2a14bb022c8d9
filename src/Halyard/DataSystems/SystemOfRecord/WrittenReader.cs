using Halyard.DataComponents;
using Halyard.DataInterfaces;
using Halyard.Model;

namespace Halyard.DataSystems;

/// <summary>
/// Reads the store as it will be when all that was pushed has been written: what is still to be written is answered from
/// memory, everything else by the store. Until something was pushed, a store without its marker counts as empty, since it
/// may hold half a data set. Thread-safe.
/// </summary>
/// <param name="reader">The store; disposed with this.</param>
/// <param name="gate">The same store, hidden until its marker is there; not disposed.</param>
internal sealed class WrittenReader(IDataReader reader, IDataReader gate) : IDataReader
{
    // A change that comes during a read makes its answer doubtful; so often the store is asked before memory answers.
    private const int MaxRounds = 3;

    // Set before the first read.
    private MemoryStore _memory = null!;
    private PersistentStoreWriter _writer = null!;

    public string Identity => reader.Identity;

    public int LargestBatch => reader.LargestBatch;

    public IStoreChangeSource? Changes => reader.Changes;

    public long BytesRead => reader.BytesRead;

    private IDataReader Store => _memory.Initialized ? reader : gate;

    /// <summary>Says what is written; to be called once, before anything is read.</summary>
    public void Follow(MemoryStore memory, PersistentStoreWriter writer) => (_memory, _writer) = (memory, writer);

    public void ReuseFrom(Func<DataKind, string, ItemDescriptor?> held) => reader.ReuseFrom(held);

    public async ValueTask<ReadItem> GetAsync(DataKind kind, string key, CancellationToken cancellationToken)
    {
        for (var round = 0; round < MaxRounds; round++)
        {
            var changes = _writer.Changes;
            if (_writer.IsPending(kind, key))
            {
                break;
            }

            var answer = await Store.GetAsync(kind, key, cancellationToken).ConfigureAwait(false);
            if (changes == _writer.Changes)
            {
                return Told(kind, key, answer);
            }
        }

        return InMemory(kind, key);
    }

    public async ValueTask<ReadItem[]> GetManyAsync(DataKind kind, string[] keys, CancellationToken cancellationToken)
    {
        for (var round = 0; round < MaxRounds; round++)
        {
            var changes = _writer.Changes;
            var pending = _writer.PendingKeys(kind);
            if (pending is null)
            {
                break;
            }

            var answers = await Store.GetManyAsync(kind, keys, cancellationToken).ConfigureAwait(false);
            if (changes == _writer.Changes)
            {
                for (var i = 0; i < keys.Length; i++)
                {
                    answers[i] = pending.Count != 0 && pending.Contains(keys[i]) ? InMemory(kind, keys[i]) : Told(kind, keys[i], answers[i]);
                }

                return answers;
            }
        }

        return Array.ConvertAll(keys, key => InMemory(kind, key));
    }

    public async ValueTask<ReadItems> AllAsync(DataKind kind, CancellationToken cancellationToken)
    {
        for (var round = 0; round < MaxRounds; round++)
        {
            var changes = _writer.Changes;
            var pending = _writer.PendingKeys(kind);
            if (pending is null)
            {
                break;
            }

            var answer = await Store.AllAsync(kind, cancellationToken).ConfigureAwait(false);
            if (changes == _writer.Changes)
            {
                return Told(kind, pending.Count == 0 ? answer : With(answer, kind, pending));
            }
        }

        var held = _memory.Snapshot;
        var items = kind == DataKind.Flag ? held.Flags.AsEnumerable<ItemDescriptor>() : held.Segments;
        return Told(kind, new([.. items.Select(static item => item.Copy())], []));
    }

    public ValueTask<bool> InitializedAsync(CancellationToken cancellationToken) => gate.InitializedAsync(cancellationToken);

    public ValueTask DisposeAsync() => reader.DisposeAsync();

    private ReadItem InMemory(DataKind kind, string key) =>
        Told(kind, key, DataWrite.Held(_memory.Snapshot, kind, key) is { } item ? ReadItem.Of(item.Copy()) : ReadItem.Absent);

    // An item that was pushed and could not be understood is not in the store; that is another answer than that there is none,
    // or none any more.
    private ReadItem Told(DataKind kind, string key, ReadItem answer) =>
        (answer.Outcome == ReadOutcome.Absent || answer.Item is { IsTombstone: true })
        && _memory.Snapshot.Quarantine is { IsEmpty: false } quarantine && quarantine.Find(kind, key) is not null
            ? ReadItem.Malformed
            : answer;

    private ReadItems Told(DataKind kind, ReadItems answer)
    {
        var quarantine = _memory.Snapshot.Quarantine;
        if (quarantine.IsEmpty || ReferenceEquals(answer, ReadItems.Pending))
        {
            return answer;
        }

        var malformed = answer.MalformedKeys.ToHashSet(StringComparer.Ordinal);
        malformed.UnionWith(quarantine.Items.Where(item => item.Kind == kind).Select(static item => item.Key));
        malformed.ExceptWith(answer.Items.Where(static item => !item.IsTombstone).Select(static item => item.Key));
        return new([.. answer.Items.Where(item => !malformed.Contains(item.Key))], [.. malformed]);
    }

    private ReadItems With(ReadItems answer, DataKind kind, IReadOnlyCollection<string> pending)
    {
        var keys = pending.ToHashSet(StringComparer.Ordinal);
        var written = keys.Select(key => InMemory(kind, key).Item).OfType<ItemDescriptor>();
        return new(
            [.. answer.Items.Where(item => !keys.Contains(item.Key)), .. written],
            [.. answer.MalformedKeys.Where(key => !keys.Contains(key))]);
    }
}
