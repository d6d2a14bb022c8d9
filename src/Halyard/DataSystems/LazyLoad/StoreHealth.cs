using Halyard.Concurrency;
using Microsoft.Extensions.Logging;

namespace Halyard.DataSystems;

/// <summary>
/// Knows whether the store is down: it is a circuit breaker that opens as <see cref="RecentCalls"/> says. A read that failed
/// while the store counts as up has the store asked once more, a second later, so that an outage is noticed even if nobody
/// reads. An outage of the whole store is reported once, and from then on readers do not ask the store; one probe at a time
/// does, as the <see cref="ProbeSchedule"/> says. The first probe that succeeds ends the outage, and so does the answer to a
/// read that was under way if it can only mean that the failures are over; that is reported too.
/// The status manager writes the log lines. Thread-safe.
/// </summary>
internal sealed partial class StoreHealth : IDisposable
{
    private readonly string _store;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly Func<StoreRead, ValueTask<Exception?>> _probe;
    private readonly ProbeSchedule _schedule;
    private readonly StoreStatusReport _report;
    private readonly long _confirmInterval;
    private readonly Lock _gate = new();

    // Guarded by _gate.
    private readonly RecentCalls _calls;
    private StoreRead _failedRead;
    private long _confirmedAt;
    private bool _everValid;
    private bool _isProbeDue;
    private bool _isProbing;
    private bool _disposed;

    // Written within _gate, read without.
    private volatile bool _isDown;
    private volatile string? _lastError;

    /// <param name="store">The store's name, for people.</param>
    /// <param name="ttl">The time items stay fresh.</param>
    /// <param name="status">Where to report.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="logger">Where to log.</param>
    /// <param name="random">Gives numbers from 0 to less than 1.</param>
    /// <param name="probe">Asks the store whether it can answer again, and for what failed; gives the failure, or null.</param>
    public StoreHealth(
        string store,
        TimeSpan ttl,
        IDataSourceStatusReporter status,
        TimeProvider timeProvider,
        ILogger logger,
        Func<double> random,
        Func<StoreRead, ValueTask<Exception?>> probe)
    {
        _store = store;
        _timeProvider = timeProvider;
        _logger = logger;
        _probe = probe;
        _report = new(status);
        _schedule = new(timeProvider, ttl, random, () => _ = ProbeAsync());
        _confirmInterval = timeProvider.TimestampFrequency;
        _calls = new(timeProvider);
    }

    public bool IsDown => _isDown;

    /// <summary>The last failure's message; null when there was none.</summary>
    public string? LastError => _lastError;

    /// <summary>Until when a reader does not ask in an outage: the time of the next probe or, while one runs, a second from now.</summary>
    public long NextTryAt(long now) => Math.Max(_schedule.NextAt, now + _confirmInterval);

    /// <summary>Notes an answer of the store, outside of a probe.</summary>
    /// <param name="asked">When the store was asked, as a timestamp of the clock.</param>
    public void Succeeded(long asked)
    {
        var now = _timeProvider.GetTimestamp();
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            if (_isDown)
            {
                if (!_calls.AreOverWith(asked))
                {
                    return;
                }

                EndOutage(now);
            }
            else
            {
                // A report only renews the data's age, so one a second is enough.
                _calls.Succeeded(now);
                if (_everValid && now - _confirmedAt < _confirmInterval)
                {
                    return;
                }

                _everValid = true;
                _confirmedAt = now;
            }
        }

        _report.Publish();
    }

    /// <summary>Notes a failure of the store, outside of a probe.</summary>
    /// <param name="read">What was asked for.</param>
    /// <param name="exception">The failure.</param>
    /// <param name="isTriedAgain">Whether the same is asked once more at once.</param>
    public void Failed(StoreRead read, Exception exception, bool isTriedAgain = false)
    {
        var now = _timeProvider.GetTimestamp();
        bool begins;
        lock (_gate)
        {
            _lastError = exception.Message;
            if (_isDown || _disposed)
            {
                return;
            }

            begins = _calls.Failed(now);
            if (begins)
            {
                BeginOutage(read, exception);
            }
            else if (!isTriedAgain && !_isProbeDue)
            {
                _failedRead = read;
                StartProbes();
            }
        }

        LogFailure(_logger, exception, _store, read);
        if (begins)
        {
            _report.Publish();
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
        }

        _schedule.Dispose();
    }

    private async Task ProbeAsync()
    {
        StoreRead failed;
        lock (_gate)
        {
            if (_isProbing || _disposed)
            {
                return;
            }

            _isProbing = true;
            failed = _failedRead;
        }

        Exception? failure;
        try
        {
            failure = await _probe(failed).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            failure = e;
        }

        try
        {
            ICheckpoints.Pass(_timeProvider, "probe: ended");
            if (End(failed, failure))
            {
                _report.Publish();
            }
        }
        catch (Exception e)
        {
            ProbeAgain(e);
        }
    }

    // A probe that ended in a fault counts for nothing. Without another one an outage would never end.
    private void ProbeAgain(Exception fault)
    {
        LogUnexpected(_logger, fault, _store);
        lock (_gate)
        {
            _isProbing = false;
            if (_isProbeDue && !_disposed)
            {
                _schedule.Continue();
            }
        }
    }

    /// <summary>Takes in how a probe went.</summary>
    /// <returns>Whether there is something to report.</returns>
    private bool End(StoreRead failed, Exception? failure)
    {
        var now = _timeProvider.GetTimestamp();
        lock (_gate)
        {
            _isProbing = false;
            if (_disposed)
            {
                return false;
            }

            if (failure is null)
            {
                EndOutage(now);
                return true;
            }

            _lastError = failure.Message;
            if (_isDown)
            {
                _schedule.Continue();

                // It is reported once, unless that failed.
                return true;
            }

            if (_calls.Failed(now))
            {
                BeginOutage(failed, failure);
                return true;
            }
            else
            {
                StartProbes();
            }

            return false;
        }
    }

    // Within the lock.
    private void BeginOutage(StoreRead read, Exception exception)
    {
        _failedRead = read;
        StartProbes();
        _report.Set($"{_store}: {Describe(exception)}");
        _isDown = true;
    }

    // Within the lock; also when there was none.
    private void EndOutage(long now)
    {
        if (_isDown)
        {
            _calls.Clear();
        }

        _calls.Succeeded(now);
        _everValid = true;
        _confirmedAt = now;
        _isProbeDue = false;
        _report.Set(null);
        _isDown = false;
    }

    // Within the lock. A probe under way sees to the next one when it ends: there is never more than one.
    private void StartProbes()
    {
        _isProbeDue = true;
        if (!_isProbing)
        {
            _schedule.Start();
        }
    }

    private static string Describe(Exception exception) => exception is OperationCanceledException or TimeoutException
        ? "no answer in time"
        : exception.Message;

    [LoggerMessage(11, LogLevel.Error, "Unexpected failure after asking store {Store} whether it answers again; it is asked again")]
    private static partial void LogUnexpected(ILogger logger, Exception exception, string store);

    [LoggerMessage(10, LogLevel.Debug, "Store {Store} failed reading {Read}")]
    private static partial void LogFailure(ILogger logger, Exception exception, string store, StoreRead read);
}
