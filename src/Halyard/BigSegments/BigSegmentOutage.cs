using Microsoft.Extensions.Logging;

namespace Halyard.BigSegments;

/// <summary>
/// Knows whether the store of big segments fails as a whole: after failures for several contexts in a row it counts as
/// down, and one request at a time finds out whether it is up again. A context that alone cannot be read is no outage.
/// Thread-safe.
/// </summary>
internal sealed class BigSegmentOutage
{
    private const int FailuresOfAnOutage = 3;

    private readonly long _pause;
    private readonly long _queryTimeout;
    private readonly ILogger _logger;
    private readonly Lock _gate = new();

    // Guarded by _gate.
    private string? _lastFailedKey;

    // Written within _gate, read without.
    private int _failures;
    private long _pausedUntil;

    /// <param name="pause">How long the store is not asked after a failure, in the clock's units.</param>
    /// <param name="queryTimeout">The longest time of a request, in the clock's units.</param>
    /// <param name="logger">Where to log.</param>
    public BigSegmentOutage(long pause, long queryTimeout, ILogger logger)
    {
        _pause = pause;
        _queryTimeout = queryTimeout;
        _logger = logger;
    }

    /// <summary>Whether the store is down and is not to be asked now.</summary>
    public bool IsPaused(long now) => now < Volatile.Read(ref _pausedUntil);

    /// <summary>Whether a request may be made now. In an outage this is true for one request at a time.</summary>
    public bool MayAsk(long now)
    {
        if (Volatile.Read(ref _failures) < FailuresOfAnOutage)
        {
            return true;
        }

        lock (_gate)
        {
            if (_failures < FailuresOfAnOutage)
            {
                return true;
            }

            if (now < _pausedUntil)
            {
                return false;
            }

            Volatile.Write(ref _pausedUntil, now + _queryTimeout + _pause);
            return true;
        }
    }

    /// <summary>Notes that a request succeeded.</summary>
    public void Succeeded()
    {
        if (Volatile.Read(ref _failures) == 0)
        {
            return;
        }

        lock (_gate)
        {
            if (_failures == 0)
            {
                return;
            }

            _failures = 0;
            _lastFailedKey = null;
            Volatile.Write(ref _pausedUntil, 0);
        }

        Log(null);
    }

    /// <summary>Notes that a request for a context failed.</summary>
    public void Failed(string contextKey, Exception failure, long now)
    {
        bool isFirst;
        lock (_gate)
        {
            isFirst = _failures == 0;

            // One context that fails again and again counts once.
            if (contextKey != _lastFailedKey && _failures < FailuresOfAnOutage)
            {
                _failures++;
            }

            _lastFailedKey = contextKey;
            if (_failures == FailuresOfAnOutage)
            {
                Volatile.Write(ref _pausedUntil, now + _pause);
            }
        }

        if (isFirst)
        {
            Log(failure);
        }
    }

    private void Log(Exception? failure)
    {
        try
        {
            if (failure is null)
            {
                BigSegmentLog.QueryRecovered(_logger);
            }
            else
            {
                BigSegmentLog.QueryFailed(_logger, failure, failure.Message);
            }
        }
        catch (Exception)
        {
            // A logger that fails must not leave readers waiting.
        }
    }
}
