using System.Diagnostics.CodeAnalysis;
using Halyard.BigSegments;
using Halyard.Concurrency;
using Halyard.DataComponents.Listeners;
using Halyard.Telemetry;
using Microsoft.Extensions.Logging;

namespace Halyard;

/// <summary>Asks the store of big segments from time to time how up to date it is, and tells listeners of changes. Thread-safe.</summary>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "The client ends it; the source has no timer or handle of its own.")]
public sealed class BigSegmentStoreStatusManager : IBigSegmentStoreStatusProvider
{
    private static readonly BigSegmentStoreStatus Unavailable = new(false, false);

    private readonly BigSegmentsOptions? _options;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly ClientMetrics _metrics;
    private readonly ListenerHub<BigSegmentStoreStatus> _listeners;

    // Continuations run on the completing thread, because a request on the store threads waits for this and must not need
    // the thread pool. GetAsync, which is for applications, moves its caller to the pool itself.
    private readonly TaskCompletionSource _firstAnswer = new();
    private readonly CancellationTokenSource _closing = new();
    private readonly Supervisor _supervisor;

    // Set by Start, read by CloseAsync.
    private Task _polling = Task.CompletedTask;

    // The fields below are written by the polling alone, one request at a time.
    private DateTimeOffset? _synchronizedOn;
    private volatile BigSegmentStoreStatus _status = Unavailable;
    private volatile bool _isStale = true;
    private bool _hasBegun;

    /// <param name="options">Validated options; null when no store is configured.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="logger">Where to log.</param>
    /// <param name="metrics">What counts; null for a client without a name.</param>
    internal BigSegmentStoreStatusManager(BigSegmentsOptions? options, TimeProvider timeProvider, ILogger logger, ClientMetrics? metrics = null)
    {
        _metrics = metrics ?? ClientMetrics.Unnamed;
        _options = options;
        _timeProvider = timeProvider;
        _logger = logger;
        _listeners = new(nameof(BigSegmentStoreStatus), static () => new NewestOnly<BigSegmentStoreStatus>(), logger);
        _supervisor = new("the polling of the store of big segments", timeProvider, logger, (fault, _) => Tell(fault));
        if (options is null)
        {
            _firstAnswer.SetResult();
        }
    }

    /// <summary>The status as of the last answer. Before the first answer the store counts as not available; <see cref="GetAsync"/> waits for that.</summary>
    public BigSegmentStoreStatus Current => _status;

    /// <summary>
    /// Raised after every change, the first answer included, in order, off the asking thread. A handler that throws or
    /// blocks reaches neither the client nor other handlers; one that is far behind misses statuses between, never the newest.
    /// </summary>
    public event Action<BigSegmentStoreStatus>? Changed
    {
        add => _listeners.Add(value);
        remove => _listeners.Remove(value);
    }

    /// <summary>The status now, after the store's first answer or failure to answer.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async ValueTask<BigSegmentStoreStatus> GetAsync(CancellationToken cancellationToken = default)
    {
        if (!_firstAnswer.Task.IsCompleted)
        {
            await _firstAnswer.Task.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        }

        return _status;
    }

    /// <summary>Whether memberships may be outdated: the store is behind, or has not said how up to date it is.</summary>
    internal bool IsStale => _isStale;

    /// <summary>Completes when the store has been asked for the first time.</summary>
    internal Task FirstAnswer => _firstAnswer.Task;

    /// <summary>Starts asking: the first time at once and without the thread pool, since reads wait for that answer.</summary>
    internal void Start(IBigSegmentStore store, StoreThreads threads)
    {
        var first = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        threads.Post(_ => BeginAsync(store, first), null);
        _polling = _supervisor.RunAsync(stop => PollAsync(store, first.Task, stop), _closing.Token);
    }

    /// <summary>Stops asking; listeners still get the statuses that wait for them.</summary>
    internal async ValueTask CloseAsync()
    {
        // The store may have registered anything on the token.
        await new Ending().StopAsync("big segments", _closing, _polling, Ending.Patience, _timeProvider).ConfigureAwait(false);
        _firstAnswer.TrySetResult();
        _status = Unavailable;
        _listeners.Complete();
    }

    private async void BeginAsync(IBigSegmentStore store, TaskCompletionSource done)
    {
        try
        {
            await AskAsync(store).ConfigureAwait(true);
            done.SetResult();
        }
        catch (Exception e)
        {
            // The polling meets it there, as a fault of its own.
            done.SetException(e);
        }
    }

    private async Task PollAsync(IBigSegmentStore store, Task first, CancellationToken stop)
    {
        var interval = _options!.StatusPollInterval < _options.StaleAfter ? _options.StatusPollInterval : _options.StaleAfter;
        if (!_hasBegun)
        {
            _hasBegun = true;
            await first.ConfigureAwait(false);
        }
        else
        {
            // After a fault the next question does not wait for its time.
            await AskAsync(store).ConfigureAwait(false);
        }

        while (true)
        {
            _supervisor.Pass("big segments: pause");
            await Task.Delay(interval, _timeProvider, stop).ConfigureAwait(false);
            _supervisor.Pass("big segments: ask");
            await AskAsync(store).ConfigureAwait(false);
        }
    }

    // A fault is no answer: nothing is known of the store until the next one.
    private void Tell(Exception fault)
    {
        _isStale = true;
        Tell(Unavailable, fault);
    }

    private async Task AskAsync(IBigSegmentStore store)
    {
        Exception? failure = null;
        try
        {
            using var query = new BigSegmentQuery("metadata", _options!.QueryTimeout, _timeProvider, _metrics, _closing.Token);
            var metadata = await query.RunAsync(store, static (store, token) => store.GetMetadataAsync(token)).ConfigureAwait(true);
            _synchronizedOn = metadata?.SynchronizedOn;
        }
        catch (Exception e)
        {
            _closing.Token.ThrowIfCancellationRequested();
            failure = e;
        }

        ICheckpoints.Pass(_timeProvider, "big segments: answered");

        var isStale = _synchronizedOn is not { } time || _timeProvider.GetUtcNow() - time > _options!.StaleAfter;
        _isStale = isStale;
        Tell(failure is null ? new BigSegmentStoreStatus(true, isStale) : Unavailable, failure);
    }

    private void Tell(BigSegmentStoreStatus status, Exception? failure)
    {
        var old = _status;
        var isFirst = !_firstAnswer.Task.IsCompleted;
        _status = status;
        if (status != old)
        {
            _listeners.Publish(status);
        }

        _firstAnswer.TrySetResult();
        if (status != old || isFirst)
        {
            Log(status, failure, isFirst);
        }
    }

    private void Log(BigSegmentStoreStatus status, Exception? failure, bool isFirst)
    {
        if (failure is not null)
        {
            BigSegmentLog.Unavailable(_logger, failure, failure.Message);
        }
        else if (status.Stale && _synchronizedOn is { } time)
        {
            BigSegmentLog.Stale(_logger, time);
        }
        else if (status.Stale)
        {
            BigSegmentLog.NeverSynchronized(_logger);
        }
        else if (!isFirst)
        {
            BigSegmentLog.UpToDate(_logger);
        }
    }
}
