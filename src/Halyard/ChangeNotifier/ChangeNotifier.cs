using Halyard.Model;

namespace Halyard;

/// <summary>
/// Stands in front of a store: drops stale items, works out which flags a change touches (through prerequisites and
/// segments), stores, and then announces.
/// </summary>
internal sealed class ChangeNotifier : IDataDestination
{
    public ChangeNotifier(IStore store, IDataDestination destination, FlagChanges changes) => throw new NotImplementedException();

    public string Identity => throw new NotImplementedException();

    public void Init(DataSet dataSet) => throw new NotImplementedException();

    public bool Upsert(DataKind kind, string key, ItemDescriptor item) => throw new NotImplementedException();

    public void Apply(ChangeSet changeSet) => throw new NotImplementedException();
}
