using Halyard.Concurrency;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Halyard.DataComponents.Status;

/// <summary>
/// Logs outages, not retries: one line when one begins, one more when it has lasted a minute, one at its end. The
/// methods that change it are called one at a time and give what is to be logged; <see cref="Write"/> logs it and
/// is to be called outside all locks, because a logger may run code of the application.
/// </summary>
internal sealed partial class OutageLog(TimeProvider timeProvider, ILogger? logger)
{
    /// <summary>After how long an outage is logged as an error (<c>LogDataSourceOutageAsErrorAfter</c> in LaunchDarkly's SDKs).</summary>
    public static readonly TimeSpan LongOutage = TimeSpan.FromMinutes(1);

    private readonly ILogger _logger = logger ?? NullLogger.Instance;
    private Outage? _outage;

    internal enum Line
    {
        None,
        Began,
        BeganUnexpectedly,
        Repeated,
        EndedForGood,
        Recovered,
    }

    /// <param name="error">What failed.</param>
    /// <param name="unexpected">Whether retrying soon will not mend it.</param>
    /// <param name="hasDelivered">Whether the source has delivered before, so that there is something to serve.</param>
    public Entry Failed(DataSourceError error, bool unexpected, bool hasDelivered)
    {
        var began = _outage is null;
        _outage ??= new(this, timeProvider.GetTimestamp());
        _outage.LastError = error;
        var line = unexpected && !_outage.LoggedUnexpected ? Line.BeganUnexpectedly
            : began ? Line.Began
            : Line.Repeated;
        _outage.LoggedUnexpected |= unexpected;
        return new(line, error, default, hasDelivered);
    }

    public Entry Recovered()
    {
        if (_outage is not { } outage)
        {
            return default;
        }

        var lasted = timeProvider.GetElapsedTime(outage.Since);
        Forget();
        return new(Line.Recovered, null, lasted, true);
    }

    /// <inheritdoc cref="Failed"/>
    public Entry EndedForGood(DataSourceError error, bool hasDelivered)
    {
        Forget();
        return new(Line.EndedForGood, error, default, hasDelivered);
    }

    /// <summary>Ends an outage without logging it.</summary>
    public void Forget()
    {
        _outage?.Dispose();
        _outage = null;
    }

    /// <summary>Logs. A logger that throws does not reach the source.</summary>
    public void Write(Entry entry)
    {
        try
        {
            var (line, error, lasted, hasDelivered) = entry;
            switch (line)
            {
                case Line.Began:
                    LogBegan(hasDelivered ? "is interrupted; last known data is served while it is retried" : "has delivered nothing yet and is retried", error!);
                    break;
                case Line.BeganUnexpectedly:
                    LogUnexpected(
                        hasDelivered ? "fails in a way that retrying soon will not mend; last known data is served" : "has delivered nothing, and fails in a way that retrying soon will not mend",
                        error!);
                    break;
                case Line.Repeated:
                    LogRepeated(error!);
                    break;
                case Line.EndedForGood:
                    LogEnded(hasDelivered ? "has ended for good; last known data is served" : "has ended for good and has delivered nothing", error!);
                    break;
                case Line.Recovered:
                    LogRecovered(lasted);
                    break;
            }
        }
        catch (Exception)
        {
            // A logger that fails leaves no place to report that.
        }
    }

    private void WriteLong(Outage outage)
    {
        try
        {
            LogLong(LongOutage, outage.LastError!);
        }
        catch (Exception)
        {
            // As above.
        }
    }

    [LoggerMessage(EventId = 10, EventName = "OutageBegan", Level = LogLevel.Warning,
        Message = "The data source {Problem}. {Cause}")]
    private partial void LogBegan(string problem, DataSourceError cause);

    [LoggerMessage(EventId = 11, EventName = "OutageUnexpected", Level = LogLevel.Error,
        Message = "The data source {Problem}. {Cause}")]
    private partial void LogUnexpected(string problem, DataSourceError cause);

    [LoggerMessage(EventId = 12, EventName = "OutageGoesOn", Level = LogLevel.Debug,
        Message = "The data source still fails. {Cause}")]
    private partial void LogRepeated(DataSourceError cause);

    [LoggerMessage(EventId = 13, EventName = "OutageIsLong", Level = LogLevel.Error,
        Message = "The data source has failed for {Duration} so far. {Cause}")]
    private partial void LogLong(TimeSpan duration, DataSourceError cause);

    [LoggerMessage(EventId = 14, EventName = "OutageEnded", Level = LogLevel.Information,
        Message = "The data source has recovered after {Duration}.")]
    private partial void LogRecovered(TimeSpan duration);

    [LoggerMessage(EventId = 15, EventName = "SourceEnded", Level = LogLevel.Error,
        Message = "The data source {Problem}. {Cause}")]
    private partial void LogEnded(string problem, DataSourceError cause);

    /// <summary>What is to be logged; the default is nothing.</summary>
    internal readonly record struct Entry(Line Line, DataSourceError? Error, TimeSpan Lasted, bool HasDelivered);

    private sealed class Outage : IDisposable
    {
        private readonly Alarm _timer;
        private volatile DataSourceError? _lastError;
        private volatile bool _over;

        public Outage(OutageLog log, long since)
        {
            Since = since;
            _timer = log.MakeTimer(this);
            _timer.Set(LongOutage);
        }

        public long Since { get; }

        public bool LoggedUnexpected { get; set; }

        public bool Over => _over;

        public DataSourceError? LastError
        {
            get => _lastError;
            set => _lastError = value;
        }

        public void Dispose()
        {
            _over = true;
            _timer.Dispose();
        }
    }

    private Alarm MakeTimer(Outage outage) => new(
        timeProvider,
        static state =>
        {
            var (log, outage) = ((OutageLog, Outage))state!;
            if (!outage.Over)
            {
                log.WriteLong(outage);
            }
        },
        (this, outage));
}
