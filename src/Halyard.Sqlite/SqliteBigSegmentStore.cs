namespace Halyard;

internal sealed class SqliteBigSegmentStore(SqliteSettings settings) : IBigSegmentStore
{
    private readonly SqliteWorker _worker = new(settings, writes: false);

    public ValueTask<BigSegmentStoreMetadata?> GetMetadataAsync(CancellationToken cancellationToken) =>
        _worker.RunAsync(static session => session.BigSegmentsMetadata(), cancellationToken);

    public ValueTask<IBigSegmentMembership?> GetMembershipAsync(string contextHash, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(contextHash);
        return _worker.RunAsync(session => session.BigSegmentsOf(contextHash), cancellationToken);
    }

    public ValueTask DisposeAsync() => _worker.DisposeAsync();
}

internal sealed class SqliteBigSegmentWriter(SqliteSettings settings) : IBigSegmentWriter
{
    private readonly SqliteWorker _worker = new(settings, writes: true);

    public async ValueTask ApplyAsync(IReadOnlyList<BigSegmentChange> changes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(changes);
        foreach (var change in changes)
        {
            ArgumentException.ThrowIfNullOrEmpty(change.ContextHash, nameof(changes));
            ArgumentException.ThrowIfNullOrEmpty(change.SegmentReference, nameof(changes));
        }

        await _worker.RunAsync(
            session =>
            {
                session.ApplyBigSegments(changes);
                return true;
            },
            cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask SetSynchronizedOnAsync(DateTimeOffset time, CancellationToken cancellationToken) =>
        await _worker.RunAsync(
            session =>
            {
                session.SetBigSegmentsSynchronizedOn(time);
                return true;
            },
            cancellationToken).ConfigureAwait(false);

    public ValueTask DisposeAsync() => _worker.DisposeAsync();
}
