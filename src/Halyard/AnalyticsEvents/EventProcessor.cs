using System.Threading.Channels;
using Halyard.Concurrency;
using Halyard.Evaluation;
using Halyard.Migrations;
using Halyard.Model;
using Halyard.Telemetry;
using Microsoft.Extensions.Logging;

namespace Halyard.AnalyticsEvents;

/// <summary>
/// The client's analytics. Callers only put a pooled record into a bounded queue, without a lock; one reader makes
/// events of them and delivers them. Only a caller that finds the queue full lends the reader a hand, so that counts
/// stay right even when evaluations outrun it. Thread-safe.
/// </summary>
internal sealed class EventProcessor : IAsyncDisposable
{
    /// <summary>How long the last delivery may take when the client ends.</summary>
    public static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(5);

    private const int FewestWaiting = 1_024;
    private const int MostHelped = 128;
    private const int MostTries = 50;

    private readonly BoundedRing<EventRecord> _queue;
    private readonly BoundedRing<EventRecord> _pool;
    private readonly int _wakeMask;
    private readonly EventAggregator _aggregator;
    private readonly EventSender _sender;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _abort;
    private readonly ITimer _flushTimer;
    private readonly ITimer _forgetTimer;
    private readonly EventDiagnostics? _diagnostics;
    private readonly Task _running;

    // One waiting signal is enough: the reader looks at everything each time.
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    // Guards the aggregator; only a full queue ever makes two threads meet here.
    private readonly Lock _aggregating = new();
    private readonly Lock _gate = new();
    private List<TaskCompletionSource<bool>> _waiting = [];
    private int _due;
    private long _unqueued;
    private long _counted;
    private int _saidOverflow;
    private volatile bool _closed;
    private volatile bool _refused;
    private Task _sending = Task.CompletedTask;

    private EventProcessor(ClientOptions options, string instanceId, StreamInits? streams, ILogger logger, Func<double>? random)
    {
        var settings = options.Events!;
        _time = options.TimeProvider;
        _logger = logger;
        _abort = new(Timeout.InfiniteTimeSpan, _time);
        _queue = new(Math.Max(settings.Capacity, FewestWaiting));
        _pool = new(_queue.Capacity);
        _wakeMask = (_queue.Capacity / 4) - 1;
        _sender = new(options, instanceId, logger);
        Sampler = new(random);
        _aggregator = new(settings, Sampler, () => _sender.ServerTime, logger);
        _flushTimer = _time.CreateTimer(static self => ((EventProcessor)self!).Signal(Due.Flush), this, settings.FlushInterval, settings.FlushInterval);
        _forgetTimer = _time.CreateTimer(
            static self => ((EventProcessor)self!).Signal(Due.Forget), this, settings.ContextKeysResetInterval, settings.ContextKeysResetInterval);
        _running = Task.Run(RunAsync);
        _diagnostics = settings.Diagnostics ? new(options, _sender, this, streams ?? new(_time), _abort.Token) : null;
    }

    [Flags]
    private enum Due
    {
        Nothing = 0,
        Flush = 1,
        Forget = 2,
        Sent = 4,
        Close = 8,
    }

    public RatioSampler Sampler { get; }

    public EventCounts Counts { get; } = new();

    /// <param name="options">The client's options, validated.</param>
    /// <param name="instanceId">The client's random id.</param>
    /// <param name="streams">What diagnostics tell of streams; null when there are none.</param>
    /// <param name="random">The source of sampling; null takes the shared one.</param>
    public static EventProcessor Start(ClientOptions options, string instanceId, StreamInits? streams = null, Func<double>? random = null)
    {
        var logger = options.LoggerFactory.CreateLogger("Halyard.Events");
        if (ExecutionContext.IsFlowSuppressed())
        {
            return new(options, instanceId, streams, logger, random);
        }

        // It outlives the caller: it must not carry the caller's activity and other ambient state along.
        using (ExecutionContext.SuppressFlow())
        {
            return new(options, instanceId, streams, logger, random);
        }
    }

    /// <summary>A record for an evaluation that begins; it comes back with <see cref="Evaluated"/> or <see cref="Return"/>.</summary>
    public EventRecord Rent() => _pool.TryDequeue(out var record) ? record : new EventRecord();

    /// <summary>Gives back a record that stands for nothing.</summary>
    public void Return(EventRecord? record)
    {
        if (record is not null)
        {
            record.Clear();
            _pool.TryEnqueue(record, out _);
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
        if (_closed || _refused)
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
        if (_closed || _refused || !IsValid(context, nameof(Identify)))
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
        if (_closed || _refused || !IsValid(context, nameof(Track)))
        {
            return;
        }

        var record = Rent();
        record.Kind = EventKind.Custom;
        record.Context = context;
        record.Key = name;
        record.Value = data;
        // There is no JSON for the others.
        record.Metric = metricValue is { } metric && double.IsFinite(metric) ? metric : null;
        Enqueue(record);
    }

    /// <summary>Reports a migration's operation.</summary>
    public void Track(MigrationOpEvent operation, Context context)
    {
        if (_closed || _refused)
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
    public Task<bool> FlushAsync()
    {
        var waiter = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_closed || _refused)
            {
                return Task.FromResult(!_refused);
            }

            _waiting.Add(waiter);
        }

        Signal(Due.Flush);
        return waiter.Task;
    }

    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            if (_closed)
            {
                return;
            }

            _closed = true;
        }

        await _flushTimer.DisposeAsync().ConfigureAwait(false);
        await _forgetTimer.DisposeAsync().ConfigureAwait(false);
        _abort.CancelAfter(EndLimit);
        Signal(Due.Close);
        await _running.ConfigureAwait(false);
        if (_abort.IsCancellationRequested)
        {
            EventLog.EndedUndelivered(_logger, EndLimit);
        }

        await _abort.CancelAsync().ConfigureAwait(false);
        if (_diagnostics is not null)
        {
            await _diagnostics.Running.ConfigureAwait(false);
        }

        _aggregator.Dispose();
        _sender.Dispose();
        _abort.Dispose();
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
        if (!_queue.TryEnqueue(record, out var position) && !TryEnqueueByHelping(record))
        {
            Interlocked.Increment(ref _unqueued);
            SayOverflow();
            Return(record);
            Signal(Due.Nothing);
        }
        else if ((position & _wakeMask) == _wakeMask)
        {
            // Waking the reader costs more than the record: once for many, long before the queue is full.
            Signal(Due.Nothing);
        }
    }

    // Bounded, so that an evaluation cannot hang on analytics, whatever the reader is doing.
    private bool TryEnqueueByHelping(EventRecord record)
    {
        Signal(Due.Nothing);
        var wait = new SpinWait();
        for (var i = 0; i < MostTries && !_aggregating.IsHeldByCurrentThread; i++)
        {
            if (_aggregating.TryEnter())
            {
                try
                {
                    for (var helped = 0; helped < MostHelped && _queue.TryDequeue(out var other); helped++)
                    {
                        Aggregate(other);
                    }
                }
                finally
                {
                    _aggregating.Exit();
                }
            }
            else
            {
                wait.SpinOnce(sleep1Threshold: -1);
            }

            if (_queue.TryEnqueue(record, out _))
            {
                return true;
            }
        }

        return false;
    }

    private void Signal(Due due)
    {
        Interlocked.Or(ref _due, (int)due);
        _wake.Writer.TryWrite(true);
    }

    private async Task RunAsync()
    {
        try
        {
            var flushes = false;
            while (true)
            {
                await _wake.Reader.ReadAsync().ConfigureAwait(false);

                // First what is due, then the queue: whoever asks for a delivery has put its events there before.
                var due = (Due)Interlocked.Exchange(ref _due, 0);
                Drain(due.HasFlag(Due.Forget));
                flushes |= due.HasFlag(Due.Flush);
                if (flushes && _sending.IsCompleted)
                {
                    flushes = false;
                    _sending = SendAsync();
                }

                if (due.HasFlag(Due.Close))
                {
                    await _sending.ConfigureAwait(false);
                    await SendAsync().ConfigureAwait(false);
                    return;
                }
            }
        }
        catch (Exception e)
        {
            EventLog.Broken(_logger, e);
            _refused = true;
            Finish(TakeWaiting(), false);
        }
    }

    private void Drain(bool forgetsContexts)
    {
        lock (_aggregating)
        {
            if (forgetsContexts)
            {
                _aggregator.ForgetContexts();
            }

            // Up to here and no further, or busy callers would keep the reader from delivering.
            var upTo = _queue.Added;
            var wait = new SpinWait();
            while (_queue.Taken < upTo)
            {
                if (_queue.TryDequeue(out var record))
                {
                    Aggregate(record);
                }
                else
                {
                    // A caller was interrupted between taking its place and filling it; those behind it count too.
                    wait.SpinOnce();
                }
            }

            Count();
        }
    }

    // Here and not where records are queued, so that a count costs an evaluation nothing.
    private void Count()
    {
        var taken = _queue.Taken;
        HalyardMetrics.Count(HalyardMetrics.EventsQueued, taken - _counted);
        _counted = taken;

        var (dropped, deduplicated) = _aggregator.TakeCounts();
        if (dropped > 0)
        {
            SayOverflow();
        }

        var lost = dropped + Interlocked.Exchange(ref _unqueued, 0);
        HalyardMetrics.Count(HalyardMetrics.EventsDropped, lost);
        Counts.Add(lost, deduplicated);
    }

    private void Aggregate(EventRecord record)
    {
        if (!_refused)
        {
            _aggregator.Add(record);
        }

        Return(record);
    }

    private EventPayload? TakePayload()
    {
        lock (_aggregating)
        {
            if (!_refused)
            {
                return _aggregator.Take();
            }

            _aggregator.Clear();
            return null;
        }
    }

    private void SayOverflow()
    {
        if (Interlocked.Exchange(ref _saidOverflow, 1) == 0)
        {
            EventLog.Overflow(_logger);
        }
    }

    private List<TaskCompletionSource<bool>> TakeWaiting()
    {
        lock (_gate)
        {
            var waiting = _waiting;
            _waiting = [];
            return waiting;
        }
    }

    private static void Finish(List<TaskCompletionSource<bool>> waiting, bool isDelivered)
    {
        foreach (var waiter in waiting)
        {
            waiter.TrySetResult(isDelivered);
        }
    }

    // Up to its first wait this runs in the reader, and takes what belongs to the reader there.
    private async Task SendAsync()
    {
        var waiting = TakeWaiting();
        var isDelivered = false;
        try
        {
            isDelivered = TakePayload() is { } payload
                ? await SendAsync(payload).ConfigureAwait(false)
                : !_refused;
        }
        catch (OperationCanceledException)
        {
            // The client has ended and its time is over.
        }
        catch (Exception e)
        {
            EventLog.Broken(_logger, e);
        }

        Finish(waiting, isDelivered);
        Signal(Due.Sent);
    }

    private async Task<bool> SendAsync(EventPayload payload)
    {
        using var buffer = payload.Buffer;
        Counts.LastBatch = payload.Count;
        var outcome = Delivery.Failed;
        try
        {
            outcome = await _sender.SendEventsAsync(buffer.Written, payload.Count, _abort.Token).ConfigureAwait(false);
        }
        finally
        {
            CountDelivery(outcome, payload.Count);
        }

        _refused |= outcome == Delivery.Refused;
        return outcome == Delivery.Done;
    }

    private static void CountDelivery(Delivery outcome, int events)
    {
        if (outcome == Delivery.Done)
        {
            HalyardMetrics.EventsSent.Add(events);
        }
        else
        {
            HalyardMetrics.FailedDeliveries.Add(1);
            HalyardMetrics.EventsLost.Add(events);
        }
    }
}
