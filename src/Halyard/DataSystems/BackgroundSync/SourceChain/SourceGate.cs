using Halyard.Model;

namespace Halyard.DataSystems;

/// <summary>
/// The destination of one source of a chain, for as long as the source is in use. What it writes after that, however
/// late it lets go, is dropped quietly. Thread-safe.
/// </summary>
/// <param name="destination">Where the chain writes.</param>
internal sealed class SourceGate(ChainDestination destination) : IDataDestination
{
    public string Identity => destination.Identity;

    public void Init(DataSet dataSet) => destination.Init(this, dataSet);

    public bool Upsert(DataKind kind, string key, ItemDescriptor item) => destination.Upsert(this, kind, key, item);

    public void Apply(ChangeSet changeSet) => destination.Apply(this, changeSet);

    /// <summary>Once this has returned, no write is under way and none gets through.</summary>
    public void Close() => destination.Close(this);
}
