using Microsoft.AspNetCore.Http;

namespace Halyard.Cli;

/// <summary>A fault that happens to answers until it is used up or cleared.</summary>
/// <param name="Id">Names it, for as long as the server runs.</param>
/// <param name="Fault">What happens.</param>
/// <param name="Hits">How many answers it has happened to.</param>
internal sealed record ActiveFault(int Id, Fault Fault, int Hits);

/// <summary>The faults that wait for requests. Thread-safe.</summary>
internal sealed class FaultBoard
{
    private readonly Lock _lock = new();
    private readonly List<ActiveFault> _faults = [];
    private int _lastId;

    /// <summary>The faults that wait, the oldest first.</summary>
    public IReadOnlyList<ActiveFault> Active
    {
        get
        {
            lock (_lock)
            {
                return [.. _faults];
            }
        }
    }

    public ActiveFault Add(Fault fault)
    {
        lock (_lock)
        {
            var active = new ActiveFault(++_lastId, fault, 0);
            _faults.Add(active);
            return active;
        }
    }

    /// <returns>Whether the fault was there.</returns>
    public bool Remove(int id)
    {
        lock (_lock)
        {
            return _faults.RemoveAll(fault => fault.Id == id) != 0;
        }
    }

    public void Clear()
    {
        lock (_lock)
        {
            _faults.Clear();
        }
    }

    /// <summary>The faults that happen to a request: of each kind the oldest, and one time less is left of each.</summary>
    public IReadOnlyList<Fault> Take(HttpRequest request)
    {
        lock (_lock)
        {
            if (_faults.Count == 0)
            {
                return [];
            }

            var taken = new List<Fault>();
            for (var i = 0; i < _faults.Count; i++)
            {
                var (_, fault, hits) = _faults[i];
                // Of two faults of one kind only one can happen; the other waits for the next request.
                if (fault.Hits(request) && !taken.Exists(other => other.Kind == fault.Kind))
                {
                    taken.Add(fault);
                    _faults[i] = _faults[i] with { Hits = hits + 1 };
                }
            }

            _faults.RemoveAll(static active => active.Hits >= active.Fault.Times);
            return taken;
        }
    }
}
