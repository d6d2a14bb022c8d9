using System.Diagnostics;
using Halyard.Model;

namespace Halyard.DataSystems.Sources;

/// <summary>
/// Measures how long a source takes to make each change set of bytes, in however many pieces those come: it stands before the destination,
/// so that the time of a write is known to be none of it. For one loop.
/// </summary>
internal sealed class ParseClock(IParseTimes times) : IDataDestination
{
    private IDataDestination _destination = null!;

    // When reading began; zero while nothing is read, or nobody wants to know.
    private long _began;
    private long _spent;

    public string Identity => _destination.Identity;

    /// <summary>Stands before a destination from now on; what was read for another is forgotten.</summary>
    public IDataDestination Before(IDataDestination destination)
    {
        (_destination, _began, _spent) = (destination, 0, 0);
        return this;
    }

    public void Begin() => _began = times.AreWanted ? Stopwatch.GetTimestamp() : 0;

    public void End()
    {
        if (_began != 0)
        {
            _spent += Stopwatch.GetTimestamp() - _began;
            _began = 0;
        }
    }

    public void Init(DataSet dataSet)
    {
        var wasReading = Note();
        _destination.Init(dataSet);
        GoOn(wasReading);
    }

    public bool Upsert(DataKind kind, string key, ItemDescriptor item)
    {
        var wasReading = Note();
        var isStored = _destination.Upsert(kind, key, item);
        GoOn(wasReading);
        return isStored;
    }

    public void Apply(ChangeSet changeSet)
    {
        var wasReading = Note();
        _destination.Apply(changeSet);
        GoOn(wasReading);
    }

    private bool Note()
    {
        var wasReading = _began != 0;
        End();
        if (_spent != 0)
        {
            times.Add(Stopwatch.GetElapsedTime(0, _spent));
            _spent = 0;
        }

        return wasReading;
    }

    private void GoOn(bool wasReading)
    {
        if (wasReading)
        {
            Begin();
        }
    }
}
