using System.Diagnostics;
using Halyard.Concurrency;
using Halyard.DataComponents;
using Halyard.DataInterfaces;
using Halyard.Model;
using Microsoft.Extensions.Logging;

namespace Halyard.DataSystems;

/// <summary>
/// The requests to the store. Each thing is asked for once at a time; items of a kind that are wanted while the store is
/// busy are gathered and go in one request, if the store can answer several at once. A request is bounded by the
/// fetch timeout, puts its answer into the cache, and tells the <see cref="StoreHealth"/> how it went. One that fails, other
/// than by a timeout, is made once more at once, within the same time. A request of one item is a batch of one.
/// Thread-safe. The result of a fetch says whether the store answered.
/// </summary>
internal sealed partial class StoreFlights : SingleFlight<StoreRead, bool>, IDisposable
{
    private readonly IDataReader _reader;
    private readonly StoreThreads _threads;
    private readonly StoreRequests _requests;
    private readonly ExpirationTracker _tracker;
    private readonly StoreAnswers _answers;
    private readonly StoreHealth _health;
    private readonly LazyLoadCounters _counters;
    private readonly TimeProvider _timeProvider;
    private readonly TimeSpan _fetchTimeout;
    private readonly ILogger _logger;
    private readonly SuspectReads _suspects = new();
    private readonly FetchGroup<StoreRead, bool>[] _groups = [new(), new()];
    private readonly CancellationTokenSource _closing = new();

    /// <param name="reader">The store; not disposed.</param>
    /// <param name="requests">What asks the store.</param>
    /// <param name="tracker">What knows the time by which freshness is judged.</param>
    /// <param name="answers">Where answers go.</param>
    /// <param name="health">Told of failures and successes.</param>
    /// <param name="counters">What counts requests.</param>
    /// <param name="threads">Where requests for blocked callers run; not disposed.</param>
    /// <param name="fetchTimeout">The longest time of a request.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="logger">Where to log.</param>
    public StoreFlights(
        IDataReader reader,
        StoreRequests requests,
        ExpirationTracker tracker,
        StoreAnswers answers,
        StoreHealth health,
        LazyLoadCounters counters,
        StoreThreads threads,
        TimeSpan fetchTimeout,
        TimeProvider timeProvider,
        ILogger logger)
        : base(threads, reader.LargestBatch)
    {
        _reader = reader;
        _threads = threads;
        _requests = requests;
        _tracker = tracker;
        _answers = answers;
        _health = health;
        _counters = counters;
        _fetchTimeout = fetchTimeout;
        _timeProvider = timeProvider;
        _logger = logger;
    }

    /// <summary>How long a request may take, by the tracker's clock.</summary>
    public long LongestTime => _tracker.Ticks(_fetchTimeout);

    private bool IsClosed => _closing.IsCancellationRequested;

    /// <summary>Cancels the requests under way and releases everybody who waits for one.</summary>
    public void Dispose()
    {
        try
        {
            _closing.Cancel();
        }
        finally
        {
            CompleteAll(false);
        }

        // A request that starts from here on fails at once, and counts as one of a closed system.
        _closing.Dispose();
    }

    /// <summary>Asks, after a failure, whether the store answers at all, and then for the read that failed.</summary>
    /// <returns>The store's failure; null when it answers, even if that read cannot be had.</returns>
    public async ValueTask<Exception?> ProbeAsync(StoreRead failed)
    {
        if (await AskAsync(StoreRead.Initialized, keys: null, attempts: 1, isProbe: true).ConfigureAwait(false) is { } down)
        {
            return down;
        }

        if (failed.Scope != StoreReadScope.Initialized
            && await AskAsync(failed, keys: null, attempts: 2, isProbe: true).ConfigureAwait(false) is { } failure)
        {
            KeepUnreadable(failed, failure);
        }

        return null;
    }

    /// <summary>
    /// Reads again items that are held, because something else says that they have changed. Whatever is under way for them
    /// does not count: its answer may be from before the change.
    /// </summary>
    /// <param name="kind">The kind.</param>
    /// <param name="keys">
    /// The keys, at most <see cref="IDataReader.LargestBatch"/>; null for the whole kind. A store that gives items one by one
    /// is asked for all, and what is not among several keys is let go.
    /// </param>
    /// <returns>The store's failure; null when it answered.</returns>
    public async ValueTask<Exception?> RefetchAsync(DataKind kind, string[]? keys)
    {
        var read = keys is null ? StoreRead.All(kind) : StoreRead.Item(kind, keys[0]);
        return await AskAsync(read, keys?.Length > 1 ? keys : null, attempts: 1, isDemanded: false).ConfigureAwait(false);
    }

    /// <summary>Asks again whether the store has its marker.</summary>
    /// <returns>The store's failure; null when it answered.</returns>
    public ValueTask<Exception?> RefetchMarkerAsync() => AskAsync(StoreRead.Initialized, keys: null, attempts: 1);

    protected override bool TryAnswer(StoreRead key, long now, out bool answer) => answer = _answers.IsFresh(key, now);

    protected override FetchGroup<StoreRead, bool>? GroupOf(StoreRead key) =>
        key.Scope == StoreReadScope.Item && _suspects.Of(key) == Suspicion.None ? _groups[(int)key.Kind] : null;

    protected override bool TryFetchHere(ref FetchBatch<StoreRead, bool> batch, TimeSpan limit)
    {
        // A suspect has rules of its own, and an outage is known to the other way already.
        var read = batch.Fetches[0].Key;
        if (read.Scope != StoreReadScope.Item || _suspects.Of(read) != Suspicion.None || IsClosed || _health.IsDown || !_requests.CanAskHere)
        {
            return false;
        }

        var answered = false;
        var began = Stopwatch.GetTimestamp();
        var asked = _timeProvider.GetTimestamp();
        try
        {
            using var overdue = GiveUpInTime(batch);
            var failure = _requests.AskHere(read, keys: null, limit < _fetchTimeout ? limit : _fetchTimeout);
            if (limit < _fetchTimeout && IsImpatience(failure, limit, began))
            {
                // The caller has no more time, but the store has: it is asked once more, for those who come next.
                return false;
            }

            if (failure is null)
            {
                answered = true;
                _health.Succeeded(asked);
            }
            else if (!IsClosed)
            {
                _counters.Failed(read);
            }

            if (failure is not null && !IsClosed && !IsTimeout(failure))
            {
                _health.Failed(read, failure, isTriedAgain: true);
                if (!_health.IsDown)
                {
                    // The second attempt is the other way's, since this thread could not be sure to keep the time.
                    batch = batch with { HasFailed = true };
                    return false;
                }
            }

            if (IsClosed)
            {
                KeepUntil(batch.Fetches, long.MaxValue);
            }
            else if (failure is not null)
            {
                _suspects.MarkFailed(batch.Fetches);
                Failed(batch.Fetches, read, failure);
            }
        }
        catch (Exception e)
        {
            LogUnexpected(_logger, e, read);
            KeepUntil(batch.Fetches, _answers.KeptShortly());
        }

        Complete(batch, answered);
        return true;
    }

    /// <summary>Whether it was the caller's time that was over, which says nothing of the store.</summary>
    private bool IsImpatience(Exception? failure, TimeSpan limit, long began) =>
        failure is not null && IsTimeout(failure) && !IsClosed
        // A little less, since a wait may end some milliseconds early by another clock.
        && Stopwatch.GetElapsedTime(began) >= limit * 0.9;

    // A reader that does not keep its limit holds its thread; those who wait for it, and the keys, are not to be held too.
    private ITimer GiveUpInTime(FetchBatch<StoreRead, bool> batch) => _timeProvider.CreateTimer(
        static state =>
        {
            var (self, batch) = ((StoreFlights, FetchBatch<StoreRead, bool>))state!;
            self.GiveUp(batch);
        },
        (this, batch),
        _fetchTimeout,
        Timeout.InfiniteTimeSpan);

    /// <summary>Ends a request whose reader has not come back; what it brings later is still taken.</summary>
    private void GiveUp(FetchBatch<StoreRead, bool> batch)
    {
        var read = batch.Fetches[0].Key;
        try
        {
            if (!IsClosed)
            {
                _counters.Failed(read);
                _suspects.MarkFailed(batch.Fetches);
                Failed(batch.Fetches, read, new TimeoutException($"The reader of store {_reader.Identity} did not keep its time."));
            }
        }
        catch (Exception e)
        {
            LogUnexpected(_logger, e, read);
        }

        Complete(batch, false);
        _threads.Relieve();
    }

    protected override async Task FetchAsync(FetchBatch<StoreRead, bool> batch)
    {
        var fetches = batch.Fetches;
        var answered = false;
        try
        {
            if (IsClosed || _health.IsDown)
            {
                // The store went down while the fetches waited to be sent.
                KeepUntil(fetches, IsClosed ? long.MaxValue : _health.NextTryAt(_tracker.Stamp));
                return;
            }

            var keys = fetches.Length == 1 ? null : Array.ConvertAll(fetches, static fetch => fetch.Key.Key);
            var attempts = batch.HasFailed || _suspects.Of(fetches[0].Key) == Suspicion.Unreadable ? 1 : 2;

            // Who is waited for by blocked callers must not come to need the pool, which a reader that awaits does.
            var blocks = SynchronizationContext.Current is StoreThreads && fetches[0].Key.Scope == StoreReadScope.Item && _requests.CanAskHere;
            using var overdue = blocks ? GiveUpInTime(batch) : null;
            var failure = await AskAsync(fetches[0].Key, keys, attempts, blocks: blocks).ConfigureAwait(true);
            if (IsClosed)
            {
                KeepUntil(fetches, long.MaxValue);
            }
            else if (failure is not null)
            {
                await FailedAsync(fetches, failure).ConfigureAwait(true);
            }
            else
            {
                answered = true;
                _suspects.Clear(fetches);
            }
        }
        catch (Exception e)
        {
            // Nothing above is meant to throw. If something does, readers must not wait for ever.
            LogUnexpected(_logger, e, fetches[0].Key);
            KeepUntil(fetches, _answers.KeptShortly());
        }
        finally
        {
            Complete(batch, answered);
        }
    }

    private async ValueTask FailedAsync(PendingFetch<StoreRead, bool>[] fetches, Exception failure)
    {
        var read = fetches[0].Key;
        if (fetches.Length == 1 && MayBeAlone(read, failure))
        {
            if (await AskAsync(StoreRead.Initialized, keys: null, attempts: 1).ConfigureAwait(true) is not { } down)
            {
                // The store answers; it is this read alone that fails, as it did before.
                KeepUnreadable(read, failure);
                return;
            }

            (read, failure) = (StoreRead.Initialized, down);
        }
        else
        {
            // If one of them was the reason, it shows when each is asked for alone.
            _suspects.MarkFailed(fetches);
        }

        Failed(fetches, read, failure);
    }

    private void Failed(PendingFetch<StoreRead, bool>[] fetches, StoreRead read, Exception failure)
    {
        _health.Failed(read, failure);
        KeepUntil(fetches, _health.IsDown ? _health.NextTryAt(_tracker.Stamp) : _answers.KeptShortly());
    }

    /// <summary>Whether a read failed before too, so that it may be the reason rather than the store.</summary>
    private bool MayBeAlone(StoreRead read, Exception failure) => read.Scope != StoreReadScope.Initialized && _suspects.Of(read) switch
    {
        Suspicion.Unreadable => true,
        Suspicion.Failed => !IsTimeout(failure) && !_health.IsDown,
        _ => false,
    };

    private void KeepUnreadable(StoreRead read, Exception failure)
    {
        if (_suspects.MarkUnreadable(read))
        {
            LogUnreadable(_logger, _reader.Identity, read, failure.Message);
            _answers.KeepUntil(read, _answers.KeptShortly());
        }
        else
        {
            _answers.KeepUntil(read, _answers.KeptShortly(_suspects.CountFailure(read)));
        }
    }

    /// <summary>Asks the store, at most for the fetch timeout, and stores the answer.</summary>
    /// <param name="read">What is asked for; with <paramref name="keys"/>, the first of several items of its kind.</param>
    /// <param name="keys">The keys of all items; null to ask for <paramref name="read"/> alone.</param>
    /// <param name="attempts">How often it is asked for if it fails, other than by a timeout.</param>
    /// <param name="isProbe">Whether the health learns of the outcome from whoever called.</param>
    /// <param name="isDemanded">Whether readers want it.</param>
    /// <param name="blocks">Whether it is done on the calling thread as long as the store can, for readers that want it.</param>
    /// <returns>The last failure; null when there was none.</returns>
    private async ValueTask<Exception?> AskAsync(
        StoreRead read, string[]? keys, int attempts, bool isProbe = false, bool isDemanded = true, bool blocks = false)
    {
        var began = Stopwatch.GetTimestamp();
        using var limit = new CancellationTokenSource(_fetchTimeout, _timeProvider);
        using var closing = _closing.Token.UnsafeRegister(static limit => ((CancellationTokenSource)limit!).Cancel(), limit);
        while (true)
        {
            var left = _fetchTimeout - Stopwatch.GetElapsedTime(began);
            var asked = _timeProvider.GetTimestamp();
            var failure = blocks && left > TimeSpan.Zero && _requests.CanAskHere
                ? _requests.AskHere(read, keys, left)
                : await _requests.AskAsync(read, keys, isDemanded, limit.Token).ConfigureAwait(true);
            if (failure is null && !isProbe)
            {
                _health.Succeeded(asked);
            }

            if (failure is null || IsClosed)
            {
                return failure;
            }

            _counters.Failed(read);
            if (--attempts == 0 || IsTimeout(failure) || limit.IsCancellationRequested)
            {
                return failure;
            }

            if (!isProbe)
            {
                _health.Failed(read, failure, isTriedAgain: true);
                if (_health.IsDown)
                {
                    return failure;
                }
            }
        }
    }

    private static bool IsTimeout(Exception failure) => failure is TimeoutException or OperationCanceledException;

    private void KeepUntil(PendingFetch<StoreRead, bool>[] fetches, long until)
    {
        foreach (var fetch in fetches)
        {
            _answers.KeepUntil(fetch.Key, until);
        }
    }

    [LoggerMessage(2, LogLevel.Error, "Store {Store} answers, but {Read} cannot be read; what is known of it stays in its place: {Error}")]
    private static partial void LogUnreadable(ILogger logger, string store, StoreRead read, string error);

    [LoggerMessage(4, LogLevel.Error, "Unexpected failure after reading {Read}")]
    private static partial void LogUnexpected(ILogger logger, Exception exception, StoreRead read);
}
