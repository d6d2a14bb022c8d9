namespace Halyard.Cli;

/// <summary>A store that holds nothing: it tells that something was written.</summary>
/// <param name="written">Called after each write, one call at a time.</param>
internal sealed class SignalStore(Action written) : IPersistentStore
{
    public ISerializedDataReader CreateReader(PersistentStoreContext context) => throw new NotSupportedException("Nothing is read from this store.");

    public ISerializedDataWriter CreateWriter(PersistentStoreContext context) => new Writer(written);

    private sealed class Writer(Action written) : ISerializedDataWriter
    {
        public string Identity => "served data";

        public ValueTask InitAsync(IReadOnlyList<SerializedItem> items, CancellationToken cancellationToken)
        {
            written();
            return default;
        }

        public ValueTask<bool> UpsertAsync(SerializedItem item, CancellationToken cancellationToken)
        {
            written();
            return ValueTask.FromResult(true);
        }

        public ValueTask<bool> InitializedAsync(CancellationToken cancellationToken) => ValueTask.FromResult(true);

        public ValueTask DisposeAsync() => default;
    }
}
