using Halyard.Concurrency;
using Halyard.DataComponents;
using Halyard.DataInterfaces;
using Halyard.Model;
using Microsoft.Extensions.Logging;

namespace Halyard.DataSystems;

/// <summary>
/// The requests to the store. Each thing is asked for once at a time; items of a kind that callers await are gathered
/// while the store is busy and go in one request, if the store can answer several at once. A request is bounded by the
/// fetch timeout, puts its answer into the cache, and tells the <see cref="StoreHealth"/> how it went. A request of one
/// item is a batch of one. Thread-safe. The result of a fetch says whether the store answered.
/// </summary>
internal sealed partial class StoreFlights : SingleFlight<StoreRead, bool>, IDisposable
{
    private readonly IDataReader _reader;
    private readonly LazyCache _cache;
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
    /// <param name="cache">Where the order of the reads is kept.</param>
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
        LazyCache cache,
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
        _cache = cache;
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

    /// <summary>Asks, in an outage, whether the store answers at all, and then for the read that failed.</summary>
    /// <returns>The store's failure; null when it answers, even if that read cannot be had.</returns>
    public async ValueTask<Exception?> ProbeAsync(StoreRead failed)
    {
        if (await AskAsync(StoreRead.Initialized).ConfigureAwait(false) is { } down)
        {
            return down;
        }

        if (failed.Scope != StoreReadScope.Initialized && await AskAsync(failed).ConfigureAwait(false) is { } failure)
        {
            if (_suspects.MarkUnreadable(failed))
            {
                LogUnreadable(_logger, _reader.Identity, failed, failure.Message);
            }

            _answers.KeepUntil(failed, _answers.KeptShortly());
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
        var failure = await AskAsync(read, keys?.Length > 1 ? keys : null, isDemanded: false).ConfigureAwait(false);
        if (failure is null)
        {
            _health.Succeeded();
        }

        return failure;
    }

    /// <summary>Asks again whether the store has its marker.</summary>
    /// <returns>The store's failure; null when it answered.</returns>
    public ValueTask<Exception?> RefetchMarkerAsync() => AskAsync(StoreRead.Initialized);

    protected override bool TryAnswer(StoreRead key, long now, out bool answer) => answer = _answers.IsFresh(key, now);

    protected override FetchGroup<StoreRead, bool>? GroupOf(StoreRead key) =>
        key.Scope == StoreReadScope.Item && _suspects.Of(key) == Suspicion.None ? _groups[(int)key.Kind] : null;

    protected override async Task FetchAsync(FetchBatch<StoreRead, bool> batch)
    {
        var fetches = batch.Fetches;
        var first = fetches[0].Key;
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
            var failure = await AskAsync(first, keys).ConfigureAwait(true);
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
                _health.Succeeded();
                _suspects.Clear(fetches);
            }
        }
        catch (Exception e)
        {
            // Nothing above is meant to throw. If something does, readers must not wait for ever.
            LogUnexpected(_logger, e, first);
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
        if (fetches.Length > 1)
        {
            // If one of them was the reason, it shows when each is asked for alone.
            _suspects.MarkFailedBatch(fetches);
            _health.Failed(read, failure);
        }
        else if (read.Scope == StoreReadScope.Initialized || _suspects.Of(read) != Suspicion.Unreadable)
        {
            _health.Failed(read, failure);
        }
        else if (await AskAsync(StoreRead.Initialized).ConfigureAwait(true) is { } down)
        {
            _health.Failed(StoreRead.Initialized, down);
        }
        else
        {
            // The store answers; it is this read alone that fails, as it did before.
            _answers.KeepUntil(read, _answers.KeptShortly(_suspects.CountFailure(read)));
            return;
        }

        KeepUntil(fetches, _health.NextTryAt(_tracker.Stamp));
    }

    /// <summary>Asks the store, at most for the fetch timeout, and stores the answer.</summary>
    /// <param name="read">What is asked for; with <paramref name="keys"/>, the first of several items of its kind.</param>
    /// <param name="keys">The keys of all items; null to ask for <paramref name="read"/> alone.</param>
    /// <param name="isDemanded">Whether readers want it.</param>
    /// <returns>The failure; null when there was none.</returns>
    private async ValueTask<Exception?> AskAsync(StoreRead read, string[]? keys = null, bool isDemanded = true)
    {
        var timer = FetchTimer.Start(read, _tracker, _cache, _counters);
        try
        {
            using var limit = new CancellationTokenSource(_fetchTimeout, _timeProvider);
            using var closing = _closing.Token.UnsafeRegister(static limit => ((CancellationTokenSource)limit!).Cancel(), limit);
            switch (read.Scope)
            {
                case StoreReadScope.Item when keys is not null:
                    var items = _reader.LargestBatch > 1
                        ? await BoundedAsync(_reader.GetManyAsync(read.Kind, keys, limit.Token), limit.Token).ConfigureAwait(true)
                        : Picked(keys, await BoundedAsync(_reader.AllAsync(read.Kind, limit.Token), limit.Token).ConfigureAwait(true));
                    _answers.StoreItems(read.Kind, keys, items, timer, isDemanded);
                    break;
                case StoreReadScope.Item:
                    var item = await BoundedAsync(_reader.GetAsync(read.Kind, read.Key, limit.Token), limit.Token).ConfigureAwait(true);
                    var key = read.Key;
                    _answers.StoreItems(read.Kind, new(in key), new(in item), timer, isDemanded);
                    break;
                case StoreReadScope.Kind:
                    var whole = await BoundedAsync(_reader.AllAsync(read.Kind, limit.Token), limit.Token).ConfigureAwait(true);
                    _answers.StoreWhole(read.Kind, whole, timer, isDemanded);
                    break;
                default:
                    var marker = await BoundedAsync(_reader.InitializedAsync(limit.Token), limit.Token).ConfigureAwait(true);
                    _answers.StoreMarker(marker, timer);
                    break;
            }

            return null;
        }
        catch (Exception e)
        {
            if (!IsClosed)
            {
                _counters.Failed(read);
            }

            return e;
        }
        finally
        {
            timer.End();
        }
    }

    private static ReadItem[] Picked(string[] keys, ReadItems all)
    {
        if (ReferenceEquals(all, ReadItems.Pending))
        {
            return [.. Enumerable.Repeat(ReadItem.Pending, keys.Length)];
        }

        var items = all.Items.ToDictionary(static item => item.Key, StringComparer.Ordinal);
        var malformed = all.MalformedKeys.ToHashSet(StringComparer.Ordinal);
        return Array.ConvertAll(keys, key => items.TryGetValue(key, out var item) ? ReadItem.Of(item)
            : malformed.Contains(key) ? ReadItem.Malformed
            : ReadItem.Absent);
    }

    private void KeepUntil(PendingFetch<StoreRead, bool>[] fetches, long until)
    {
        foreach (var fetch in fetches)
        {
            _answers.KeepUntil(fetch.Key, until);
        }
    }

    // A reader that ignores its token is no longer waited for after the time; its late failure is observed.
    private static async ValueTask<T> BoundedAsync<T>(ValueTask<T> answer, CancellationToken limit)
    {
        if (answer.IsCompleted)
        {
            return await answer.ConfigureAwait(true);
        }

        var task = answer.AsTask();
        try
        {
            return await task.WaitAsync(limit).ConfigureAwait(true);
        }
        catch (OperationCanceledException) when (!task.IsCompleted)
        {
            _ = task.ContinueWith(
                static late => _ = late.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            throw;
        }
    }

    [LoggerMessage(2, LogLevel.Error, "Store {Store} answers, but {Read} cannot be read; last known data is served in its place: {Error}")]
    private static partial void LogUnreadable(ILogger logger, string store, StoreRead read, string error);

    [LoggerMessage(4, LogLevel.Error, "Unexpected failure after reading {Read}")]
    private static partial void LogUnexpected(ILogger logger, Exception exception, StoreRead read);
}
