namespace Halyard;

internal sealed class SqliteStoreWriter(SqliteSettings settings) : ISerializedDataWriter
{
    private readonly SqliteWorker _worker = new(settings, writes: true);

    public string Identity => "sqlite";

    public async ValueTask InitAsync(IReadOnlyList<SerializedItem> items, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(items);
        await _worker.RunAsync(
            session =>
            {
                session.Init(items);
                return true;
            },
            cancellationToken).ConfigureAwait(false);
    }

    public ValueTask<bool> UpsertAsync(SerializedItem item, CancellationToken cancellationToken) =>
        _worker.RunAsync(session => session.Upsert(item), cancellationToken);

    public ValueTask<bool> InitializedAsync(CancellationToken cancellationToken) =>
        _worker.RunAsync(static session => session.Initialized(), cancellationToken);

    public ValueTask DisposeAsync() => _worker.DisposeAsync();
}
