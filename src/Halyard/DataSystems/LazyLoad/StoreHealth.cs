using Microsoft.Extensions.Logging;

namespace Halyard.DataSystems;

/// <summary>
/// Knows whether the store is down. The first failure begins an outage of the whole store: it is reported once, and from
/// then on readers do not ask the store; one probe at a time does, as the <see cref="ProbeSchedule"/> says. The first
/// probe that succeeds ends the outage, and that is reported too. The status manager writes the log lines. Thread-safe.
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
    private StoreRead _failedRead;
    private long _confirmedAt;
    private bool _everValid;
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
    }

    public bool IsDown => _isDown;

    /// <summary>The last failure's message; null when there was none.</summary>
    public string? LastError => _lastError;

    /// <summary>Until when a reader does not ask in an outage: the time of the next probe or, while one runs, a second from now.</summary>
    public long NextTryAt(long now) => Math.Max(_schedule.NextAt, now + _confirmInterval);

    /// <summary>Notes an answer of the store, outside of a probe.</summary>
    public void Succeeded()
    {
        var now = _timeProvider.GetTimestamp();
        lock (_gate)
        {
            // In an outage the probe alone decides. Otherwise a report only renews the data's age, so one a second is enough.
            if (_isDown || _disposed || (_everValid && now - _confirmedAt < _confirmInterval))
            {
                return;
            }

            _everValid = true;
            _confirmedAt = now;
        }

        _report.Publish();
    }

    /// <summary>Notes a failure of the store.</summary>
    public void Failed(StoreRead read, Exception exception)
    {
        lock (_gate)
        {
            _lastError = exception.Message;
            if (_isDown || _disposed)
            {
                return;
            }

            _failedRead = read;
            _schedule.Start();
            _report.Set($"{_store}: {Describe(exception)}");
            _isDown = true;
        }

        LogFailure(_logger, exception, _store, read);
        _report.Publish();
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
        Exception? failure;
        try
        {
            failure = await _probe(_failedRead).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            failure = e;
        }

        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            if (failure is not null)
            {
                _lastError = failure.Message;
                _schedule.Continue();
                return;
            }

            _everValid = true;
            _confirmedAt = _timeProvider.GetTimestamp();
            _report.Set(null);
            _isDown = false;
        }

        _report.Publish();
    }

    private static string Describe(Exception exception) => exception is OperationCanceledException or TimeoutException
        ? "no answer in time"
        : exception.Message;

    [LoggerMessage(10, LogLevel.Debug, "Store {Store} failed reading {Read}")]
    private static partial void LogFailure(ILogger logger, Exception exception, string store, StoreRead read);
}
