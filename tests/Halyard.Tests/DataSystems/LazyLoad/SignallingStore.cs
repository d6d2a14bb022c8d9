using Halyard.Model;
using Halyard.Tests.Clients;

namespace Halyard.Tests.LazyLoading;

/// <summary>A store in memory that tells of changes when a test has it do so.</summary>
internal sealed class SignallingStore(HeldStore held, FakeSignals signals) : IPersistentStore, ISerializedDataReader, IStoreChangeSource
{
    public string Identity => held.Identity;

    public ISerializedDataReader CreateReader(PersistentStoreContext context) => this;

    public ISerializedDataWriter CreateWriter(PersistentStoreContext context) => throw new NotSupportedException();

    public ValueTask<SerializedItemDescriptor?> GetAsync(DataKind kind, string key, CancellationToken cancellationToken) =>
        held.GetAsync(kind, key, cancellationToken);

    public ValueTask<IReadOnlyDictionary<string, SerializedItemDescriptor>> AllAsync(DataKind kind, CancellationToken cancellationToken) =>
        held.AllAsync(kind, cancellationToken);

    public ValueTask<bool> InitializedAsync(CancellationToken cancellationToken) => held.InitializedAsync(cancellationToken);

    public IAsyncEnumerable<StoreChange> ListenAsync(CancellationToken cancellationToken) => signals.ListenAsync(cancellationToken);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
