using Halyard.Model;

namespace Halyard.DataSystems;

/// <summary>
/// Where the sources of a chain write, one at a time: each through a gate of its own, and opening one shuts the one
/// before. It knows which state of the payload it holds, so that every source can go on from where another one stopped.
/// Data of no known state makes it forget, and the next source asks for everything. Thread-safe.
/// </summary>
/// <param name="inner">The way into memory.</param>
/// <param name="held">The state held before; empty when it is not known.</param>
internal sealed class ChainDestination(IDataDestination inner, Selector held)
{
    private readonly Lock _writing = new();

    // Guarded by _writing. The gate that may write; null when none may.
    private SourceGate? _open;

    // Guarded by _writing.
    private Selector _selector = held;

    // Guarded by _writing.
    private bool _hasData;

    public string Identity => inner.Identity;

    /// <summary>The state held; empty when it is not known.</summary>
    public Selector Selector
    {
        get
        {
            lock (_writing)
            {
                return _selector;
            }
        }
    }

    /// <summary>Whether a complete set of data was written or confirmed.</summary>
    public bool HasData
    {
        get
        {
            lock (_writing)
            {
                return _hasData;
            }
        }
    }

    /// <summary>Opens the gate of the source that comes into use.</summary>
    public SourceGate Open()
    {
        var gate = new SourceGate(this);
        lock (_writing)
        {
            _open = gate;
        }

        return gate;
    }

    /// <summary>Shuts a gate. Once this has returned, no write of it is under way and none gets through.</summary>
    public void Close(SourceGate gate)
    {
        lock (_writing)
        {
            if (_open == gate)
            {
                _open = null;
            }
        }
    }

    /// <summary>As <see cref="IDataDestination.Init"/>, if the gate is open.</summary>
    public void Init(SourceGate gate, DataSet dataSet)
    {
        lock (_writing)
        {
            if (_open == gate)
            {
                inner.Init(dataSet);
                _selector = Selector.Empty;
                _hasData = true;
            }
        }
    }

    /// <summary>As <see cref="IDataDestination.Upsert"/>, if the gate is open.</summary>
    public bool Upsert(SourceGate gate, DataKind kind, string key, ItemDescriptor item)
    {
        lock (_writing)
        {
            if (_open != gate || !inner.Upsert(kind, key, item))
            {
                return false;
            }

            _selector = Selector.Empty;
            return true;
        }
    }

    /// <summary>As <see cref="IDataDestination.Apply"/>, if the gate is open.</summary>
    public void Apply(SourceGate gate, ChangeSet changeSet)
    {
        lock (_writing)
        {
            if (_open != gate)
            {
                return;
            }

            inner.Apply(changeSet);
            if (changeSet.Kind != ChangeSetKind.None || !changeSet.Selector.IsEmpty)
            {
                _selector = changeSet.Selector;
            }

            _hasData |= changeSet.Kind != ChangeSetKind.Partial || !changeSet.Selector.IsEmpty;
        }
    }
}
