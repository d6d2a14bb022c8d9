using System.Diagnostics;
using Halyard.Concurrency;
using Halyard.DataInterfaces;
using Halyard.Evaluation;
using Halyard.Telemetry;
using Microsoft.Extensions.Logging;

namespace Halyard.BigSegments;

/// <summary>
/// The client's big segments: a cache of memberships in front of the store. A read evaluates, has the membership fetched
/// that it lacked, and evaluates again with what <see cref="Fetch"/> returned, until nothing is missing. No method throws
/// for a failure of the store. Thread-safe; takes no lock of its own.
/// </summary>
internal sealed class BigSegmentSource : IBigSegmentSource, IAsyncDisposable
{
    // How long the store is not asked after a failure: for the context that failed or, in an outage, for any.
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(1);

    private readonly BigSegmentsOptions _options;
    private readonly PersistentStoreContext _context;
    private readonly BigSegmentStoreStatusManager _status;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly ClientMetrics _metrics;
    private readonly MembershipLru _cache;
    private readonly BigSegmentOutage _outage;
    private readonly StoreThreads _threads = new("halyard-big-segments");
    private readonly CancellationTokenSource _closing = new();

    // Set by Start; who takes it away ends it.
    private IBigSegmentStore? _store;

    // Set by Start, before the first read.
    private MembershipFlights? _flights;
    private volatile bool _closed;

    /// <param name="options">Validated options.</param>
    /// <param name="status">Asks the store how up to date it is.</param>
    /// <param name="context">What the store is opened with.</param>
    /// <param name="logger">Where to log.</param>
    /// <param name="metrics">What counts; null for a client without a name.</param>
    public BigSegmentSource(
        BigSegmentsOptions options, BigSegmentStoreStatusManager status, PersistentStoreContext context, ILogger logger, ClientMetrics? metrics = null)
    {
        _metrics = metrics ?? ClientMetrics.Unnamed;
        _options = options;
        _status = status;
        _context = context;
        _timeProvider = context.TimeProvider;
        _logger = logger;
        _cache = new(options.ContextCacheSize);
        _outage = new(Ticks(PauseAfterFailure), Ticks(options.QueryTimeout), logger);
    }

    /// <summary>Opens the store and begins to ask for its status.</summary>
    /// <exception cref="ArgumentException">A setting of the store is missing or wrong.</exception>
    public void Start()
    {
        var store = _options.OpenStore(_context) ?? throw new ArgumentException("BigSegmentsOptions.OpenStore returned no store.");
        Interlocked.Exchange(ref _store, store);
        if (_closed)
        {
            // Opening took so long that the end has been: whoever of the two takes the store ends it.
            if (Interlocked.Exchange(ref _store, null) is { } late)
            {
                Unwaited.Observe(Task.Run(() => late.DisposeAsync().AsTask()));
            }

            throw new ObjectDisposedException(nameof(BigSegmentSource));
        }

        _flights = new(store, _status, _outage, _cache, _options, _timeProvider, Ticks(PauseAfterFailure), _threads, _metrics, _closing.Token);
        _status.Start(store, _threads);
    }

    public bool TryGet(string contextKey, out BigSegmentsStatus status, out IBigSegmentMembership? membership)
    {
        var now = _timeProvider.GetTimestamp();
        var known = _cache.Find(contextKey);
        if (known is not null && now < known.FreshUntil)
        {
            known.UsedAt = now;
            status = StatusOf(known);
            membership = known.Membership;
            return true;
        }

        if (_closed || _outage.IsPaused(now))
        {
            status = BigSegmentsStatus.StoreError;
            membership = known?.Membership;
            return true;
        }

        status = BigSegmentsStatus.None;
        membership = null;
        return false;
    }

    public BigSegmentsStatus StatusOf(KnownMembership known) => known.Failed
        ? BigSegmentsStatus.StoreError
        : _status.IsStale ? BigSegmentsStatus.Stale : BigSegmentsStatus.Healthy;

    /// <summary>
    /// Fetches what an evaluation lacked, and gives what the next round of the same read is to use: it keeps what was
    /// fetched, whatever the cache drops meanwhile. Only the first membership is fetched, and only when no flag or
    /// segment was missing: what came after was evaluated on an assumption and may never be needed.
    /// </summary>
    public async ValueTask<IBigSegmentSource> FetchAsync(List<MissedItem> misses, IBigSegmentSource known, CancellationToken cancellationToken)
    {
        if (!TryFindFirst(misses, out var key))
        {
            return known;
        }

        var read = known as BigSegmentRead ?? new(this);
        read.Add(await JoinOrStart(key, callerBlocks: false).Task.WaitAsync(cancellationToken).ConfigureAwait(false));
        return read;
    }

    /// <summary>The same for a caller that cannot await: it blocks at most for the query timeout.</summary>
    public IBigSegmentSource Fetch(List<MissedItem> misses, IBigSegmentSource known)
    {
        if (!TryFindFirst(misses, out var key))
        {
            return known;
        }

        var read = known as BigSegmentRead ?? new(this);
        read.Add(Wait(JoinOrStart(key, callerBlocks: true), Stopwatch.GetTimestamp()));
        return read;
    }

    /// <summary>Fetches every membership that was lacking, all at the same time: for a read of all flags.</summary>
    public async ValueTask<IBigSegmentSource> FetchAllAsync(List<MissedItem> misses, IBigSegmentSource known, CancellationToken cancellationToken)
    {
        var read = known as BigSegmentRead ?? new(this);
        foreach (var fetch in misses.ConvertAll(miss => JoinOrStart(miss.Key, callerBlocks: false)))
        {
            read.Add(await fetch.Task.WaitAsync(cancellationToken).ConfigureAwait(false));
        }

        return read;
    }

    /// <summary>The same for a caller that cannot await: it blocks at most for the query timeout, for all together.</summary>
    public IBigSegmentSource FetchAll(List<MissedItem> misses, IBigSegmentSource known)
    {
        var read = known as BigSegmentRead ?? new(this);
        var began = Stopwatch.GetTimestamp();
        foreach (var fetch in misses.ConvertAll(miss => JoinOrStart(miss.Key, callerBlocks: true)))
        {
            read.Add(Wait(fetch, began));
        }

        return read;
    }

    public async ValueTask DisposeAsync()
    {
        if (_closed)
        {
            return;
        }

        _closed = true;
        var ending = new Ending();
        await ending.StopAsync("big segments", _closing, running: null, Ending.Patience, _timeProvider).ConfigureAwait(false);
        await ending.StepAsync(_status.CloseAsync).ConfigureAwait(false);
        ending.Step(_threads.Dispose);
        if (Interlocked.Exchange(ref _store, null) is { } store)
        {
            await ending.StepAsync("the store of big segments", store.DisposeAsync, Ending.Patience, _timeProvider).ConfigureAwait(false);
        }

        if (ending.Failure is { } failure)
        {
            BigSegmentLog.CloseFailed(_logger, failure);
        }
    }

    private static bool TryFindFirst(List<MissedItem> misses, out string key)
    {
        key = misses[0].Key;
        return misses.TrueForAll(static miss => miss.Kind == MissKind.BigSegmentMembership);
    }

    private long Ticks(TimeSpan time) => (long)(time.TotalSeconds * _timeProvider.TimestampFrequency);

    private PendingFetch<string, KnownMembership> JoinOrStart(string contextKey, bool callerBlocks) =>
        _flights!.JoinOrStart(contextKey, _timeProvider.GetTimestamp(), callerBlocks);

    /// <summary>Blocks until the fetch is complete or the time is over.</summary>
    /// <remarks>
    /// Measures by the machine's clock, since a timer would need the thread pool, all of whose threads may be waiting
    /// right here. Waits for a task, since that tells the pool that its thread is blocked.
    /// </remarks>
    private KnownMembership Wait(PendingFetch<string, KnownMembership> fetch, long began)
    {
        var left = _options.QueryTimeout - Stopwatch.GetElapsedTime(began);
        return fetch.Task.Wait(left > TimeSpan.Zero ? left : TimeSpan.Zero) ? fetch.Task.Result : _flights!.Unanswered(fetch.Key);
    }
}
