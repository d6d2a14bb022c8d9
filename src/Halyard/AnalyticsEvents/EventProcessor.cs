using Halyard.Concurrency;
using Halyard.Evaluation;
using Halyard.Http;
using Halyard.Migrations;
using Halyard.Model;
using Halyard.Telemetry;
using Microsoft.Extensions.Logging;

namespace Halyard.AnalyticsEvents;

/// <summary>
/// The client's analytics. A caller only fills a pooled record and puts it into the <see cref="EventQueue"/>; the
/// <see cref="EventLoop"/> has the <see cref="EventReader"/> make events of the records, and delivers them. Thread-safe.
/// </summary>
internal sealed class EventProcessor : IAsyncDisposable
{
    /// <summary>How long the last delivery may take when the client ends.</summary>
    public static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(5);

    private readonly EventQueue _queue;
    private readonly EventAggregator _aggregator;
    private readonly EventReader _reader;
    private readonly EventSender _sender;
    private readonly EventCounters _counters;
    private readonly EventLoop _loop;
    private readonly EventDiagnostics? _diagnostics;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _abort;

    private EventProcessor(ClientOptions options, string instanceId, StreamInits? streams, ILogger logger, Func<double>? random, ClientMetrics metrics)
    {
        var settings = options.Events!;
        _time = options.TimeProvider;
        _logger = logger;
        _abort = new(Timeout.InfiniteTimeSpan, _time);
        _queue = new(settings.Capacity);
        _sender = new(options, instanceId, logger);
        Sampler = new(random);
        _aggregator = new(settings, Sampler, () => _sender.ServerTime, logger);
        _counters = new(logger, metrics);
        _reader = new(_queue, _aggregator, _counters);
        _loop = new(options, _queue, _reader, _sender, _counters, logger, _abort.Token);
        _diagnostics = settings.Diagnostics ? new(options, _sender, _counters.Diagnostics, streams ?? new(_time), logger, _abort.Token) : null;
    }

    public RatioSampler Sampler { get; }

    /// <param name="options">The client's options, validated.</param>
    /// <param name="instanceId">The client's random id.</param>
    /// <param name="streams">What diagnostics tell of streams; null when there are none.</param>
    /// <param name="random">The source of sampling; null takes the shared one.</param>
    /// <param name="metrics">What counts; null for a client without a name.</param>
    public static EventProcessor Start(
        ClientOptions options, string instanceId, StreamInits? streams = null, Func<double>? random = null, ClientMetrics? metrics = null)
    {
        var logger = options.Loggers.CreateLogger("Halyard.Events");
        if (ExecutionContext.IsFlowSuppressed())
        {
            return new(options, instanceId, streams, logger, random, metrics ?? ClientMetrics.Unnamed);
        }

        // It outlives the caller: it must not carry the caller's activity and other ambient state along.
        using (ExecutionContext.SuppressFlow())
        {
            return new(options, instanceId, streams, logger, random, metrics ?? ClientMetrics.Unnamed);
        }
    }

    /// <summary>A record for an evaluation that begins; it comes back with <see cref="Evaluated"/> or <see cref="Return"/>.</summary>
    public EventRecord Rent() => _queue.Rent();

    /// <summary>Gives back a record of which no event is made.</summary>
    public void Return(EventRecord? record)
    {
        if (record is not null)
        {
            _queue.Return(record);
        }
    }

    /// <summary>Reports an evaluation.</summary>
    /// <param name="record">The record that was rented for it; null if none was.</param>
    /// <param name="key">The flag's key.</param>
    /// <param name="context">A valid context.</param>
    /// <param name="flag">The flag; null when it is unknown.</param>
    /// <param name="variation">The variation served; negative for none.</param>
    /// <param name="value">The value served.</param>
    /// <param name="defaultValue">The caller's default.</param>
    /// <param name="reason">Why.</param>
    /// <param name="wantsReason">Whether the caller asked for the reason.</param>
    public void Evaluated(
        EventRecord? record, string key, Context context, Flag? flag, int variation, in Value value, in Value defaultValue, in EvaluationReason reason, bool wantsReason)
    {
        if (_queue.IsClosed)
        {
            Return(record);
            return;
        }

        record ??= Rent();
        record.Kind = EventKind.Evaluation;
        record.Context = context;
        record.Key = key;
        record.Flag = flag;
        record.Variation = variation;
        record.Value = value;
        record.Default = defaultValue;
        record.Reason = reason;
        record.WantsReason = wantsReason;
        Enqueue(record);
    }

    /// <summary>Reports a context.</summary>
    public void Identify(Context context)
    {
        if (_queue.IsClosed || !IsValid(context, nameof(Identify)))
        {
            return;
        }

        var record = Rent();
        record.Kind = EventKind.Identify;
        record.Context = context;
        Enqueue(record);
    }

    /// <summary>Reports something of the application's own.</summary>
    public void Track(string name, Context context, in Value data, double? metricValue)
    {
        if (_queue.IsClosed || !IsValid(context, nameof(Track)))
        {
            return;
        }

        var record = Rent();
        record.Kind = EventKind.Custom;
        record.Context = context;
        record.Key = name;
        record.Value = data;
        // JSON has no form for infinities and not-a-number.
        record.Metric = metricValue is { } metric && double.IsFinite(metric) ? metric : null;
        Enqueue(record);
    }

    /// <summary>Reports a migration's operation.</summary>
    public void Track(MigrationOpEvent operation, Context context)
    {
        if (_queue.IsClosed)
        {
            return;
        }

        var record = Rent();
        record.Kind = EventKind.Migration;
        record.Context = context;
        record.Migration = operation;
        Enqueue(record);
    }

    /// <summary>Says why an operation is not reported.</summary>
    public void Refuse(string flag, string problem) => EventLog.MigrationNotTracked(_logger, flag, problem);

    /// <summary>Delivers what happened up to now; false when something could not be delivered.</summary>
    public Task<bool> FlushAsync() => _loop.FlushAsync();

    public async ValueTask DisposeAsync()
    {
        if (!_loop.BeginEnd())
        {
            return;
        }

        var ending = new Ending();
        ending.Step(() => _abort.CancelAfter(EndLimit));
        await ending.StepAsync("the sending of events", _loop.DisposeAsync, Ending.Patience, _time).ConfigureAwait(false);
        if (_abort.IsCancellationRequested)
        {
            ending.Step(() => EventLog.EndedUndelivered(_logger, EndLimit));
        }

        await ending.StopAsync("the sending of events", _abort, _diagnostics?.Running, Ending.Patience, _time).ConfigureAwait(false);
        ending.Step(_aggregator.Dispose);
        ending.Step(_sender.Dispose);
        ending.Step(_abort.Dispose);
        ending.ThrowIfFailed();
    }

    private bool IsValid(Context context, string what)
    {
        if (context is { IsValid: true })
        {
            return true;
        }

        EventLog.InvalidContext(_logger, what, context?.Error ?? "the context is null");
        return false;
    }

    private void Enqueue(EventRecord record)
    {
        record.Time = _time.GetUtcNow().ToUnixTimeMilliseconds();
        if (_queue.TryAdd(record) || _reader.TryAddByHelping(record))
        {
            _loop.SetTimer();
            return;
        }

        _counters.Unqueued();
        _queue.Return(record);
        _queue.Signal(EventWork.None);
    }
}
