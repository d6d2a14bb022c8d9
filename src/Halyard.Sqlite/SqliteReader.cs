using Halyard.Model;

namespace Halyard;

internal sealed class SqliteReader(SqliteSettings settings) : ISerializedDataReader
{
    // Two, so that a read of everything does not hold up single items.
    private readonly SqliteWorker _items = new(settings, writes: false);
    private readonly SqliteWorker _wholes = new(settings, writes: false);

    public string Identity => "sqlite";

    public ValueTask<SerializedItemDescriptor?> GetAsync(DataKind kind, string key, CancellationToken cancellationToken) =>
        _items.RunAsync(session => session.Get(kind, key), cancellationToken);

    public ValueTask<IReadOnlyDictionary<string, SerializedItemDescriptor>> AllAsync(DataKind kind, CancellationToken cancellationToken) =>
        _wholes.RunAsync<IReadOnlyDictionary<string, SerializedItemDescriptor>>(session => session.All(kind), cancellationToken);

    public ValueTask<bool> InitializedAsync(CancellationToken cancellationToken) =>
        _items.RunAsync(static session => session.Initialized(), cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _items.DisposeAsync().ConfigureAwait(false);
        await _wholes.DisposeAsync().ConfigureAwait(false);
    }
}
