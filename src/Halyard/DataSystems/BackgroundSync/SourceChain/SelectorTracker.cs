using Halyard.Model;

namespace Halyard.DataSystems;

/// <summary>
/// A destination that knows which state of the payload it holds, so that every source can go on from where another
/// one stopped. Data of no known state makes it forget: what is asked for next is everything. One writer at a time.
/// </summary>
internal sealed class SelectorTracker(IDataDestination inner, Selector held) : IDataDestination
{
    private readonly Lock _gate = new();
    private Selector _selector = held;

    public string Identity => inner.Identity;

    /// <summary>The state held; empty when it is not known.</summary>
    public Selector Selector
    {
        get
        {
            lock (_gate)
            {
                return _selector;
            }
        }

        private set
        {
            lock (_gate)
            {
                _selector = value;
            }
        }
    }

    /// <summary>Whether a complete set of data was written or confirmed.</summary>
    public bool HasData { get; private set; }

    public void Init(DataSet dataSet)
    {
        inner.Init(dataSet);
        (Selector, HasData) = (Selector.Empty, true);
    }

    public bool Upsert(DataKind kind, string key, ItemDescriptor item)
    {
        if (!inner.Upsert(kind, key, item))
        {
            return false;
        }

        Selector = Selector.Empty;
        return true;
    }

    public void Apply(ChangeSet changeSet)
    {
        inner.Apply(changeSet);
        if (changeSet.Kind != ChangeSetKind.None || !changeSet.Selector.IsEmpty)
        {
            Selector = changeSet.Selector;
        }

        HasData |= changeSet.Kind != ChangeSetKind.Partial || !changeSet.Selector.IsEmpty;
    }
}
