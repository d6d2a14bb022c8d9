using Microsoft.Extensions.Logging;

namespace Halyard.DataSystems;

/// <summary>
/// Knows whether the store is down. The first failure begins an outage, for the store as a whole: it is reported once,
/// and from then on one probe at a time asks, after a second, doubling to the longest back-off; readers do not. The
/// first probe that succeeds ends it, and that is reported. Whoever keeps the status logs both. Thread-safe.
/// </summary>
internal sealed partial class StoreHealth : IDisposable
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _timeProvider;
    private readonly IDataSourceStatusReporter _status;
    private readonly ILogger _logger;
    private readonly string _store;
    private readonly TimeSpan _maxDelay;
    private readonly Func<double> _random;
    private readonly Func<StoreRead, ValueTask<Exception?>> _probe;
    private readonly ITimer _timer;
    private readonly Lock _gate = new();
    private readonly long _confirmInterval;
    private StoreRead _failedRead;
    private long _retryAt;
    private long _confirmedAt;
    private int _attempts;
    private bool _everValid;
    private bool _disposed;
    private volatile bool _down;
    private volatile string? _lastError;
    private volatile string? _outage;
    private string? _reportedOutage;
    private int _reports;

    /// <param name="store">The store's name, for people.</param>
    /// <param name="ttl">The time items stay fresh: waiting longer than that between two probes would not be worth it.</param>
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
        _status = status;
        _logger = logger;
        _random = random;
        _probe = probe;
        var longest = TimeSpan.FromSeconds(30);
        _maxDelay = ttl == Timeout.InfiniteTimeSpan || ttl > longest ? longest : ttl < FirstDelay ? FirstDelay : ttl;
        _confirmInterval = timeProvider.TimestampFrequency;
        _timer = timeProvider.CreateTimer(static health => _ = ((StoreHealth)health!).ProbeAsync(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public bool Down => _down;

    public string? LastError => _lastError;

    /// <summary>Until when a reader does not ask again, in an outage: the next probe, or a moment if that is running.</summary>
    public long HoldUntil(long now) => Math.Max(Volatile.Read(ref _retryAt), now + _confirmInterval);

    /// <summary>Notes an answer of the store, outside of a probe.</summary>
    public void Succeeded()
    {
        var now = _timeProvider.GetTimestamp();
        lock (_gate)
        {
            // In an outage the probe alone decides. Otherwise the status only learns the data's age, and need not at every read.
            if (_down || _disposed || (_everValid && now - _confirmedAt < _confirmInterval))
            {
                return;
            }

            _everValid = true;
            _confirmedAt = now;
        }

        Report();
    }

    /// <summary>Notes a failure.</summary>
    public void Failed(StoreRead read, Exception exception)
    {
        lock (_gate)
        {
            _lastError = exception.Message;
            if (_down || _disposed)
            {
                return;
            }

            _failedRead = read;
            _attempts = 0;
            ScheduleProbe();
            _outage = $"{_store}: {Describe(exception)}";
            _down = true;
        }

        LogFailure(_logger, exception, _store, read);
        Report();
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
        }

        _timer.Dispose();
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
                ScheduleProbe();
                return;
            }

            _everValid = true;
            _confirmedAt = _timeProvider.GetTimestamp();
            _outage = null;
            _down = false;
        }

        Report();
    }

    // Outside the lock, since whoever is told may log, and a logger is foreign code; one thread at a time and always the
    // newest, so that the last report is the last state.
    private void Report()
    {
        if (Interlocked.Increment(ref _reports) != 1)
        {
            return;
        }

        int told;
        do
        {
            told = Volatile.Read(ref _reports);
            if (_outage is { } outage)
            {
                // An outage is one report, however many threads noticed it.
                if (!ReferenceEquals(outage, _reportedOutage))
                {
                    _status.ReportInterrupted(DataSourceErrorKind.StoreError, outage);
                }

                _reportedOutage = outage;
            }
            else
            {
                _reportedOutage = null;
                _status.ReportValid();
            }
        }
        while (Interlocked.Add(ref _reports, -told) != 0);
    }

    // Within the lock.
    private void ScheduleProbe()
    {
        var delay = FirstDelay.TotalSeconds * Math.Pow(2, Math.Min(_attempts++, 16));
        delay = Math.Min(delay, _maxDelay.TotalSeconds) * (1 - (0.2 * _random()));
        Volatile.Write(ref _retryAt, _timeProvider.GetTimestamp() + (long)(delay * _timeProvider.TimestampFrequency));
        _timer.Change(TimeSpan.FromSeconds(delay), Timeout.InfiniteTimeSpan);
    }

    private static string Describe(Exception exception) => exception is OperationCanceledException or TimeoutException
        ? "no answer in time"
        : exception.Message;

    [LoggerMessage(10, LogLevel.Debug, "Store {Store} failed reading {Read}")]
    private static partial void LogFailure(ILogger logger, Exception exception, string store, StoreRead read);
}
