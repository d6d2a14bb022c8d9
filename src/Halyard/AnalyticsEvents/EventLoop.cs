using Halyard.Concurrency;
using Microsoft.Extensions.Logging;

namespace Halyard.AnalyticsEvents;

/// <summary>
/// Empties the queue whenever it is woken, and delivers when the timer or a caller asks for it; one delivery is under way
/// at a time. The timer is set by the first record after a delivery, so that a client without events has none. Runs until
/// it is ended. Thread-safe.
/// </summary>
internal sealed class EventLoop : IAsyncDisposable
{
    private readonly EventQueue _queue;
    private readonly EventReader _reader;
    private readonly EventSender _sender;
    private readonly EventCounters _counters;
    private readonly ILogger _logger;
    private readonly CancellationToken _abort;
    private readonly TimeProvider _time;
    private readonly Alarm _flushTimer;
    private readonly TimeSpan _flushInterval;
    private readonly TimeSpan _forgetInterval;
    private readonly Supervisor _supervisor;
    private readonly CancellationTokenSource _closing = new();
    private readonly Task _running;
    private readonly Lock _gate = new();

    // Guarded by _gate: who waits for the next delivery, and whether the end has begun.
    private List<TaskCompletionSource<bool>> _waiting = [];
    private bool _ended;

    // 1 while the timer is set.
    private int _timerIsSet;

    // The loop's own.
    private long? _forgotAt;
    private Task _sending = Task.CompletedTask;
    private bool _flushes;

    public EventLoop(
        ClientOptions options, EventQueue queue, EventReader reader, EventSender sender, EventCounters counters, ILogger logger, CancellationToken abort)
    {
        _queue = queue;
        _reader = reader;
        _sender = sender;
        _counters = counters;
        _logger = logger;
        _abort = abort;
        var settings = options.Events!;
        _time = options.TimeProvider;
        _flushInterval = settings.FlushInterval;
        _forgetInterval = settings.ContextKeysResetInterval;
        _flushTimer = new(_time, static queue => ((EventQueue)queue!).Signal(EventWork.Flush), queue);
        _supervisor = new("the sending of events", _time, logger, ReportFault);
        _running = Task.Run(() => _supervisor.RunAsync(_ => RunAsync(), _abort, _closing.Token), CancellationToken.None);
    }

    /// <summary>To be called after a record was added: it is delivered within the interval.</summary>
    public void SetTimer()
    {
        if (Volatile.Read(ref _timerIsSet) == 0 && Interlocked.Exchange(ref _timerIsSet, 1) == 0)
        {
            _flushTimer.Set(_flushInterval);
        }
    }

    /// <summary>Delivers what happened up to now; false when something could not be delivered.</summary>
    public Task<bool> FlushAsync()
    {
        var waiter = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_queue.IsClosed)
            {
                return Task.FromResult(true);
            }

            _waiting.Add(waiter);
        }

        _queue.Signal(EventWork.Flush);
        return waiter.Task;
    }

    /// <summary>Closes the queue; false when the end had begun before.</summary>
    public bool BeginEnd()
    {
        lock (_gate)
        {
            if (_ended)
            {
                return false;
            }

            _ended = true;
            _queue.Close();
            return true;
        }
    }

    /// <summary>Delivers for the last time, and completes when that has ended. To be called once, after <see cref="BeginEnd"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        _flushTimer.Dispose();
        await _closing.CancelAsync().ConfigureAwait(false);
        _queue.Signal(EventWork.Close);
        await _running.ConfigureAwait(false);
        Finish(TakeWaiting(), false);
        _closing.Dispose();
    }

    private async Task RunAsync()
    {
        while (true)
        {
            // First what is due, then the queue: whoever asks for a delivery has put its events there before. A fault may have
            // taken the signal of the end with it.
            _supervisor.Pass("events: wait");
            var due = _closing.IsCancellationRequested ? EventWork.Close : await _queue.WaitAsync().ConfigureAwait(false);
            if (due.HasFlag(EventWork.Flush))
            {
                // Before the queue is emptied: a record that comes too late for that sets the timer. Whoever found the timer set has
                // claimed its place before it looked, with a full fence, and the queue is emptied of all claimed places.
                _flushes = true;
                Interlocked.Exchange(ref _timerIsSet, 0);
            }

            _supervisor.Pass("events: drain");
            _reader.Drain(IsTimeToForget());
            if (_flushes && _sending.IsCompleted)
            {
                _flushes = false;
                _sending = SendAsync();
            }

            if (due.HasFlag(EventWork.Close))
            {
                _supervisor.Pass("events: end");
                await _sending.ConfigureAwait(false);
                await SendAsync(isLast: true).ConfigureAwait(false);
                return;
            }

            if (_reader.HasEvents)
            {
                // Of before the timer rang, and not delivered: the service has refused events.
                SetTimer();
            }
        }
    }

    // Looked at whenever there is something to describe, so that it needs no timer.
    private bool IsTimeToForget()
    {
        try
        {
            var now = _time.GetTimestamp();
            _forgotAt ??= now;
            if (_time.GetElapsedTime(_forgotAt.Value, now) < _forgetInterval)
            {
                return false;
            }

            _forgotAt = now;
            return true;
        }
        catch (Exception)
        {
            // A clock that fails is not to keep events from being sent.
            return false;
        }
    }

    // Nobody is to wait for a delivery that may not come; what the fault left is delivered when the loop is back.
    private void ReportFault(Exception fault, TimeSpan delay)
    {
        Finish(TakeWaiting(), false);
        _queue.Signal(EventWork.Flush);
    }

    // Up to its first wait this runs in the loop, and takes what belongs to the loop there. The last payload is sent even to
    // a service that refused those before: there is no later.
    private async Task SendAsync(bool isLast = false)
    {
        var waiting = TakeWaiting();
        var isDelivered = false;
        try
        {
            _supervisor.Pass("events: send");
            isDelivered = (isLast || !_sender.IsPaused) && (_reader.TakePayload() is not { } payload || await SendAsync(payload).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (_abort.IsCancellationRequested)
        {
            // The client has ended and its time is over.
        }
        catch (Exception e)
        {
            EventLog.Broken(_logger, e);
        }
        finally
        {
            Finish(waiting, isDelivered);
            _queue.Signal(EventWork.Sent);
        }
    }

    private async Task<bool> SendAsync(EventPayload payload)
    {
        using var buffer = payload.Buffer;
        _counters.Diagnostics.LastBatch = payload.Count;
        var outcome = Delivery.Failed;
        try
        {
            outcome = await _sender.SendEventsAsync(buffer.Written, payload.Count, _abort).ConfigureAwait(false);
        }
        finally
        {
            _counters.Delivered(outcome, payload.Count);
        }

        return outcome == Delivery.Done;
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
}
