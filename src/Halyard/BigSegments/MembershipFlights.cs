using Halyard.Concurrency;
using Halyard.Telemetry;

namespace Halyard.BigSegments;

/// <summary>
/// The requests for memberships, one at a time for each context. Each is bounded by the query timeout, puts what it
/// learned into the cache, and completes with that, or with the last known membership when the store fails. Thread-safe.
/// </summary>
internal sealed class MembershipFlights : SingleFlight<string, KnownMembership>
{
    private readonly IBigSegmentStore _store;
    private readonly BigSegmentStoreStatusManager _status;
    private readonly BigSegmentOutage _outage;
    private readonly MembershipLru _cache;
    private readonly TimeSpan _queryTimeout;
    private readonly TimeProvider _timeProvider;
    private readonly long _cacheTime;
    private readonly long _pause;
    private readonly CancellationToken _closing;
    private readonly ClientMetrics _metrics;

    /// <param name="store">The store; not disposed.</param>
    /// <param name="status">Asked until the store's first answer, before which nobody knows whether the data is stale.</param>
    /// <param name="outage">Told of failures and successes.</param>
    /// <param name="cache">Where memberships are kept.</param>
    /// <param name="options">The longest time of a request, and how long an answer is kept.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="pause">How long the store is not asked again for a context after a failure, in the clock's units.</param>
    /// <param name="threads">Where requests for blocked callers run; not disposed.</param>
    /// <param name="metrics">What counts.</param>
    /// <param name="closing">Cancelled when the client ends.</param>
    public MembershipFlights(
        IBigSegmentStore store,
        BigSegmentStoreStatusManager status,
        BigSegmentOutage outage,
        MembershipLru cache,
        BigSegmentsOptions options,
        TimeProvider timeProvider,
        long pause,
        StoreThreads threads,
        ClientMetrics metrics,
        CancellationToken closing)
        : base(threads, comparer: StringComparer.Ordinal)
    {
        _store = store;
        _status = status;
        _outage = outage;
        _cache = cache;
        _queryTimeout = options.QueryTimeout;
        _timeProvider = timeProvider;
        _cacheTime = (long)(options.ContextCacheTime.TotalSeconds * timeProvider.TimestampFrequency);
        _pause = pause;
        _closing = closing;
        _metrics = metrics;
    }

    /// <summary>The last known membership of a context, as the answer when the store gives none.</summary>
    public KnownMembership Unanswered(string contextKey) => Unanswered(contextKey, freshUntil: 0);

    protected override bool TryAnswer(string key, long now, out KnownMembership answer)
    {
        if (_cache.Find(key) is { } known && now < known.FreshUntil)
        {
            answer = known;
            return true;
        }

        answer = null!;
        if (!_closing.IsCancellationRequested && _outage.MayAsk(now))
        {
            return false;
        }

        answer = Unanswered(key);
        return true;
    }

    protected override async Task FetchAsync(FetchBatch<string, KnownMembership> batch)
    {
        var key = batch.Fetches[0].Key;
        var asked = _timeProvider.GetTimestamp();
        KnownMembership known;
        try
        {
            using var query = new BigSegmentQuery("membership", _queryTimeout, _timeProvider, _metrics, _closing);
            var membership = await query.RunAsync(
                (Store: _store, Hash: BigSegmentKeys.Hash(key)),
                static (ask, token) => ask.Store.GetMembershipAsync(ask.Hash, token)).ConfigureAwait(true);
            await WaitForStatusAsync(query.Limit).ConfigureAwait(true);
            known = new(key, membership, failed: false, asked + _cacheTime);
            _outage.Succeeded();
        }
        catch (Exception e)
        {
            var now = _timeProvider.GetTimestamp();
            known = Unanswered(key, now + _pause);
            if (!_closing.IsCancellationRequested)
            {
                _outage.Failed(key, e, now);
            }
        }

        if (!_closing.IsCancellationRequested)
        {
            _cache.Put(known, _timeProvider.GetTimestamp());
        }

        Complete(batch, known);
    }

    private KnownMembership Unanswered(string contextKey, long freshUntil) =>
        new(contextKey, _cache.Find(contextKey)?.Membership, failed: true, freshUntil);

    // Until the store has been asked for its status once, nobody can say whether the membership is stale.
    private async ValueTask WaitForStatusAsync(CancellationToken limit)
    {
        if (!_status.FirstAnswer.IsCompleted)
        {
            try
            {
                await _status.FirstAnswer.WaitAsync(limit).ConfigureAwait(true);
            }
            catch (OperationCanceledException)
            {
                // Then it counts as stale, but the membership is known.
            }
        }
    }
}
