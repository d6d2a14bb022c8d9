using Halyard.Telemetry;
using Microsoft.Extensions.Logging;

namespace Halyard.DataComponents;

/// <summary>
/// Tells how the writing of a persistent store goes: to the log, to the metrics and to who asks for the status. A logger
/// and a listener of metrics are foreign code; what they throw goes no further. Told by the writer's loop; read by anybody.
/// </summary>
internal sealed partial class WriteThroughReport
{
    private readonly string _store;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly KeyValuePair<string, object?> _tag;
    private readonly ClientMetrics _metrics;
    private volatile State _state;

    /// <param name="store">The store's name, for people.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="logger">Where to log.</param>
    /// <param name="metrics">What counts.</param>
    public WriteThroughReport(string store, TimeProvider timeProvider, ILogger logger, ClientMetrics metrics)
    {
        _metrics = metrics;
        _store = store;
        _timeProvider = timeProvider;
        _logger = logger;
        _tag = new(HalyardMetrics.StoreTag, store);
        _state = new(false, timeProvider.GetUtcNow(), null);
    }

    public WriteThroughStatus Status(int pending) => new(_store, _state.IsDown, _state.Since, pending, _state.LastError);

    public void Requested(string operation) => _metrics.Add(_metrics.Instruments.StoreWrites, 1, _tag, new(HalyardMetrics.OperationTag, operation));

    /// <summary>A request has failed: if it is the first in a row, the store counts as down from now on.</summary>
    public void Failed(Exception failure)
    {
        var before = _state;
        _state = before.IsDown ? before with { LastError = failure.Message } : new(true, _timeProvider.GetUtcNow(), failure.Message);
        _metrics.Add(_metrics.Instruments.StoreErrors, 1, _tag);
        if (!before.IsDown)
        {
            _metrics.Add(_metrics.Instruments.StoreWritersDown, 1, _tag);
            Guarded(() => LogDown(_logger, _store, failure.Message));
        }
    }

    /// <summary>All that was pending is written.</summary>
    public void Wrote()
    {
        if (_state.IsDown)
        {
            Recover();
            Guarded(() => LogUp(_logger, _store));
        }
    }

    public void Wiped() => Guarded(() => LogWiped(_logger, _store));

    /// <summary>The writing has ended, with so much left.</summary>
    public void Closed(int pending, TimeSpan after)
    {
        if (pending > 0)
        {
            Guarded(() => LogLost(_logger, _store, pending, after.TotalSeconds));
        }

        if (_state.IsDown)
        {
            // Of a writer that is no more there is nothing to count.
            _metrics.Add(_metrics.Instruments.StoreWritersDown, -1, _tag);
        }
    }

    private void Recover()
    {
        _state = _state with { IsDown = false, Since = _timeProvider.GetUtcNow() };
        _metrics.Add(_metrics.Instruments.StoreWritersDown, -1, _tag);
    }

    private static void Guarded(Action tell)
    {
        try
        {
            tell();
        }
        catch (Exception)
        {
            // There is nobody left to tell that telling fails.
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "Store {Store} cannot be written; changes are kept and written when it can: {Error}")]
    private static partial void LogDown(ILogger logger, string store, string error);

    [LoggerMessage(2, LogLevel.Information, "Store {Store} can be written again and is up to date")]
    private static partial void LogUp(ILogger logger, string store);

    [LoggerMessage(3, LogLevel.Warning, "Store {Store} has lost its data (its marker, or all items of a kind, are gone); writing everything again")]
    private static partial void LogWiped(ILogger logger, string store);

    [LoggerMessage(4, LogLevel.Warning, "Store {Store} was closed with {Pending} changes not written, after {Seconds:0.#} s")]
    private static partial void LogLost(ILogger logger, string store, int pending, double seconds);

    private sealed record State(bool IsDown, DateTimeOffset Since, string? LastError);
}
