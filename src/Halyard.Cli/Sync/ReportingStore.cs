namespace Halyard.Cli;

/// <summary>A store whose writes are reported.</summary>
internal sealed class ReportingStore(IPersistentStore inner, SyncReport report) : IPersistentStore
{
    public ISerializedDataReader CreateReader(PersistentStoreContext context) => inner.CreateReader(context);

    public ISerializedDataWriter CreateWriter(PersistentStoreContext context) => new Writer(inner.CreateWriter(context), report);

    private sealed class Writer(ISerializedDataWriter inner, SyncReport report) : ISerializedDataWriter
    {
        public string Identity => inner.Identity;

        public async ValueTask InitAsync(IReadOnlyList<SerializedItem> items, CancellationToken cancellationToken)
        {
            await ReportedAsync(
                async () =>
                {
                    await inner.InitAsync(items, cancellationToken);
                    return true;
                },
                items.Count);
            report.Replaced(items);
        }

        public async ValueTask<bool> UpsertAsync(SerializedItem item, CancellationToken cancellationToken)
        {
            var written = await ReportedAsync(() => inner.UpsertAsync(item, cancellationToken), items: 1);
            report.Updated(item, written);
            return written;
        }

        public ValueTask<bool> InitializedAsync(CancellationToken cancellationToken) =>
            ReportedAsync(() => inner.InitializedAsync(cancellationToken), items: 0);

        public ValueTask DisposeAsync() => inner.DisposeAsync();

        private async ValueTask<bool> ReportedAsync(Func<ValueTask<bool>> request, int items)
        {
            try
            {
                var answer = await request();
                report.Succeeded();
                return answer;
            }
            catch (Exception exception)
            {
                report.Failed(exception, items);
                throw;
            }
        }
    }
}
