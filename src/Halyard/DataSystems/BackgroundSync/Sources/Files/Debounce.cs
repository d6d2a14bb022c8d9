using Halyard.Concurrency;

namespace Halyard.DataSystems.Sources.Files;

/// <summary>
/// Waits until nothing more has happened for a time, and no longer than ten times that time, so that events without end
/// cannot put off the load for ever. Thread-safe.
/// </summary>
internal sealed class Debounce : IDisposable
{
    private const int MostPeriods = 10;

    private readonly TimeSpan _period;
    private readonly TimeProvider _time;
    private readonly Action<bool> _onQuiet;
    private readonly Alarm _timer;
    private readonly Lock _gate = new();

    // Guarded by _gate.
    private bool _armed;
    private bool _named;
    private long _armedAt;
    private bool _disposed;

    /// <param name="period">For how long nothing must happen.</param>
    /// <param name="time">The clock.</param>
    /// <param name="onQuiet">Told when it is quiet, and whether any event was of the files themselves.</param>
    public Debounce(TimeSpan period, TimeProvider time, Action<bool> onQuiet)
    {
        _period = period;
        _time = time;
        _onQuiet = onQuiet;
        _timer = new(time, static self => ((Debounce)self!).OnQuiet(), this);
    }

    /// <summary>Whether something happened and it is not quiet yet.</summary>
    public bool IsArmed
    {
        get
        {
            lock (_gate)
            {
                return _armed;
            }
        }
    }

    /// <summary>Notes that something happened.</summary>
    /// <param name="named">Whether it happened to the files themselves; what happens to others in their directory does not prolong the wait.</param>
    public void Arm(bool named)
    {
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            _named |= named;
            if (!_armed)
            {
                // Set first: a clock that fails is not to leave it armed and never quiet.
                _timer.Set(_period);
                _armedAt = _time.GetTimestamp();
                _armed = true;
            }
            else if (named)
            {
                var left = (_period * MostPeriods) - _time.GetElapsedTime(_armedAt);
                var delay = left < TimeSpan.Zero ? TimeSpan.Zero : left < _period ? left : _period;
                _timer.Set(delay);
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
        }

        _timer.Dispose();
    }

    private void OnQuiet()
    {
        bool named;
        lock (_gate)
        {
            named = _named;
            _armed = false;
            _named = false;
        }

        _onQuiet(named);
    }
}
