using System.Runtime.CompilerServices;
using Halyard.Model;

namespace Halyard;

/// <summary>Reads the file, and looks now and then whether any process has written it.</summary>
internal sealed class SqliteStoreReader(SqliteSettings settings, TimeSpan checkInterval, TimeProvider timeProvider) : ISerializedDataReader, IStoreChangeSource
{
    // Two, so that a read of everything does not hold up single items.
    private readonly SqliteWorker _items = new(settings, writes: false);
    private readonly SqliteWorker _wholes = new(settings, writes: false);

    public string Identity => "sqlite";

    // The worker reads all of them in one go.
    public int LargestBatch => 32;

    public ValueTask<SerializedItemDescriptor?> GetAsync(DataKind kind, string key, CancellationToken cancellationToken) =>
        _items.RunAsync(session => session.Get(kind, key), cancellationToken);

    // The worker's thread reads, whatever thread asks: only so can waiting be bounded.
    public bool CanGet => true;

    public SerializedItemDescriptor? Get(DataKind kind, string key, TimeSpan limit) => _items.Run(session => session.Get(kind, key), limit);

    public ValueTask<SerializedItemDescriptor?[]> GetManyAsync(DataKind kind, IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
        _items.RunAsync(session => Many(session, kind, keys), cancellationToken);

    public SerializedItemDescriptor?[] GetMany(DataKind kind, IReadOnlyList<string> keys, TimeSpan limit) =>
        _items.Run(session => Many(session, kind, keys), limit);

    public ValueTask<IReadOnlyDictionary<string, SerializedItemDescriptor>> AllAsync(DataKind kind, CancellationToken cancellationToken) =>
        _wholes.RunAsync<IReadOnlyDictionary<string, SerializedItemDescriptor>>(session => session.All(kind), cancellationToken);

    public ValueTask<bool> InitializedAsync(CancellationToken cancellationToken) =>
        _items.RunAsync(static session => session.Initialized(), cancellationToken);

    public async IAsyncEnumerable<StoreChange> ListenAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        (Guid, long)? seen = null;
        while (true)
        {
            // Which items were written is not told; and the file may be another one by now.
            var state = await _items.RunAsync(static session => session.State(), cancellationToken).ConfigureAwait(false);
            if (state != seen)
            {
                seen = state;
                yield return StoreChange.Everything;
            }

            await Task.Delay(checkInterval, timeProvider, cancellationToken).ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _items.DisposeAsync().ConfigureAwait(false);
        await _wholes.DisposeAsync().ConfigureAwait(false);
    }

    private static SerializedItemDescriptor?[] Many(SqliteSession session, DataKind kind, IReadOnlyList<string> keys)
    {
        var items = new SerializedItemDescriptor?[keys.Count];
        for (var i = 0; i < items.Length; i++)
        {
            items[i] = session.Get(kind, keys[i]);
        }

        return items;
    }
}
