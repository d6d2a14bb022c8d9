using Halyard.Model;

namespace Halyard.DataSystems;

/// <summary>
/// A destination that can be shut: once <see cref="Close"/> has returned, no write is under way and none gets
/// through, however late a synchronizer lets go. Refused writes are dropped quietly. Thread-safe.
/// </summary>
internal sealed class ClosableDestination(IDataDestination inner) : IDataDestination
{
    private readonly Lock _gate = new();
    private bool _closed;

    public string Identity => inner.Identity;

    public void Init(DataSet dataSet)
    {
        lock (_gate)
        {
            if (!_closed)
            {
                inner.Init(dataSet);
            }
        }
    }

    public bool Upsert(DataKind kind, string key, ItemDescriptor item)
    {
        lock (_gate)
        {
            return !_closed && inner.Upsert(kind, key, item);
        }
    }

    public void Apply(ChangeSet changeSet)
    {
        lock (_gate)
        {
            if (!_closed)
            {
                inner.Apply(changeSet);
            }
        }
    }

    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
        }
    }
}
