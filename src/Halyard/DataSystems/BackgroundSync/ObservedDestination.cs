using Halyard.Model;

namespace Halyard.DataSystems;

/// <summary>A destination that tells after each write that the data may have changed.</summary>
internal sealed class ObservedDestination(IDataDestination inner, Action written) : IDataDestination
{
    public string Identity => inner.Identity;

    public void Init(DataSet dataSet)
    {
        inner.Init(dataSet);
        written();
    }

    public bool Upsert(DataKind kind, string key, ItemDescriptor item)
    {
        if (!inner.Upsert(kind, key, item))
        {
            return false;
        }

        written();
        return true;
    }

    public void Apply(ChangeSet changeSet)
    {
        inner.Apply(changeSet);
        written();
    }
}
