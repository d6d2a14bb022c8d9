using System.Collections.Concurrent;
using System.Diagnostics;
using Halyard.Concurrency;
using Halyard.DataInterfaces;
using Halyard.Evaluation;
using Microsoft.Extensions.Logging;

namespace Halyard.BigSegments;

/// <summary>
/// The client's big segments: a cache of memberships in front of the store. A read evaluates, has the membership it
/// lacked fetched, and evaluates again with what <see cref="Fetch"/> returned, until nothing is lacking. No method
/// throws for a failure of the store. Thread-safe.
/// </summary>
internal sealed class BigSegmentSource : IBigSegmentSource, IAsyncDisposable
{
    // How long a failure stands before the store is asked again: for its context or, in an outage, for all.
    private static readonly TimeSpan ErrorHold = TimeSpan.FromSeconds(1);

    // After failures for so many contexts in a row it is the store that fails, not a context's data.
    private const int FailuresOfAnOutage = 3;

    private readonly BigSegmentsOptions _options;
    private readonly PersistentStoreContext _context;
    private readonly BigSegmentStoreStatusManager _status;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly MembershipLru _cache;
    private readonly long _cacheTicks;
    private readonly long _holdTicks;
    private readonly ConcurrentDictionary<string, Flight> _flights = new(StringComparer.Ordinal);
    private readonly StoreThreads _threads = new("halyard-big-segments");
    private readonly CancellationTokenSource _closing = new();
    private readonly Lock _healthGate = new();
    private IBigSegmentStore? _store;
    private string? _lastFailedKey;
    private int _failures;
    private long _heldUntil;
    private volatile bool _closed;

    /// <param name="options">Validated options.</param>
    /// <param name="status">Asks the store how up to date it is.</param>
    /// <param name="context">What the store is opened with.</param>
    /// <param name="logger">Where to log.</param>
    public BigSegmentSource(BigSegmentsOptions options, BigSegmentStoreStatusManager status, PersistentStoreContext context, ILogger logger)
    {
        _options = options;
        _status = status;
        _context = context;
        _timeProvider = context.TimeProvider;
        _logger = logger;
        _cache = new(options.ContextCacheSize);
        _cacheTicks = Ticks(options.ContextCacheTime);
        _holdTicks = Ticks(ErrorHold);
    }

    /// <summary>Opens the store and begins to ask for its status.</summary>
    /// <exception cref="ArgumentException">A setting of the store is missing or wrong.</exception>
    public void Start()
    {
        _store = _options.OpenStore(_context) ?? throw new ArgumentException("BigSegmentsOptions.OpenStore returned no store.");
        _status.Start(_store, _threads);
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

        if (_closed || now < Volatile.Read(ref _heldUntil))
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
    /// Fetches what an evaluation lacked, and gives what the next round of the same read is to use: it holds on to
    /// what was fetched, whatever the cache does meanwhile. Only the first membership is fetched, and only when no
    /// flag or segment was lacking: what came after was evaluated on an assumption and may never be asked for.
    /// </summary>
    public async ValueTask<IBigSegmentSource> FetchAsync(List<MissedItem> misses, IBigSegmentSource known, CancellationToken cancellationToken)
    {
        if (!TryFindFirst(misses, out var key))
        {
            return known;
        }

        var read = known as BigSegmentRead ?? new(this);
        read.Add(await Join(key, offCaller: false).Task.WaitAsync(cancellationToken).ConfigureAwait(false));
        return read;
    }

    /// <summary>The same for a caller that cannot await: waits at most the query timeout.</summary>
    public IBigSegmentSource Fetch(List<MissedItem> misses, IBigSegmentSource known)
    {
        if (!TryFindFirst(misses, out var key))
        {
            return known;
        }

        var read = known as BigSegmentRead ?? new(this);
        read.Add(Wait(Join(key, offCaller: true), Stopwatch.GetTimestamp()));
        return read;
    }

    /// <summary>Fetches every membership that was lacking, all at once: for a read of all flags.</summary>
    public async ValueTask<IBigSegmentSource> FetchAllAsync(List<MissedItem> misses, IBigSegmentSource known, CancellationToken cancellationToken)
    {
        var read = known as BigSegmentRead ?? new(this);
        foreach (var flight in misses.ConvertAll(miss => Join(miss.Key, offCaller: false)))
        {
            read.Add(await flight.Task.WaitAsync(cancellationToken).ConfigureAwait(false));
        }

        return read;
    }

    /// <summary>The same for a caller that cannot await: waits at most the query timeout, for all together.</summary>
    public IBigSegmentSource FetchAll(List<MissedItem> misses, IBigSegmentSource known)
    {
        var read = known as BigSegmentRead ?? new(this);
        var began = Stopwatch.GetTimestamp();
        foreach (var flight in misses.ConvertAll(miss => Join(miss.Key, offCaller: true)))
        {
            read.Add(Wait(flight, began));
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
        await _closing.CancelAsync().ConfigureAwait(false);
        await _status.CloseAsync().ConfigureAwait(false);
        _threads.Dispose();
        try
        {
            if (_store is { } store)
            {
                await store.DisposeAsync().ConfigureAwait(false);
            }
        }
        catch (Exception e)
        {
            BigSegmentLog.CloseFailed(_logger, e);
        }
    }

    private static bool TryFindFirst(List<MissedItem> misses, out string key)
    {
        key = misses[0].Key;
        return misses.TrueForAll(static miss => miss.Kind == MissKind.BigSegmentMembership);
    }

    private long Ticks(TimeSpan time) => (long)(time.TotalSeconds * _timeProvider.TimestampFrequency);

    /// <summary>
    /// Blocks until it has landed or the time is over. Measured by the machine's own clock, since a timer would need
    /// the thread pool, all of whose threads may be waiting right here; and by waiting for a task, since that lets the
    /// pool know that its thread is blocked.
    /// </summary>
    private KnownMembership Wait(Flight flight, long began)
    {
        var left = _options.QueryTimeout - Stopwatch.GetElapsedTime(began);
        return flight.Task.Wait(left > TimeSpan.Zero ? left : TimeSpan.Zero) ? flight.Task.Result : Unanswered(flight.ContextKey);
    }

    private KnownMembership Unanswered(string contextKey) => new(contextKey, _cache.Find(contextKey)?.Membership, failed: true, 0);

    /// <summary>The request for a context, started unless it is under way.</summary>
    private Flight Join(string contextKey, bool offCaller)
    {
        while (true)
        {
            if (_flights.TryGetValue(contextKey, out var flight))
            {
                return flight;
            }

            flight = new Flight(contextKey);
            if (!_flights.TryAdd(contextKey, flight))
            {
                continue;
            }

            // A request may have landed, or an outage been noticed, since the evaluation looked.
            var now = _timeProvider.GetTimestamp();
            if (_cache.Find(contextKey) is { } known && now < known.FreshUntil)
            {
                Land(flight, known);
            }
            else if (_closed || !MayAsk(now))
            {
                Land(flight, Unanswered(contextKey));
            }
            else
            {
                Launch(flight, offCaller);
            }

            return flight;
        }
    }

    private void Launch(Flight flight, bool offCaller)
    {
        if (offCaller)
        {
            _threads.Post(
                static state =>
                {
                    var (self, flight) = ((BigSegmentSource, Flight))state!;
                    _ = self.FlyAsync(flight);
                },
                (this, flight));
        }
        else if (SynchronizationContext.Current is null && TaskScheduler.Current == TaskScheduler.Default)
        {
            _ = FlyAsync(flight);
        }
        else
        {
            // Others may wait for it by blocking a thread that its starter's context needs.
            ThreadPool.UnsafeQueueUserWorkItem(static work => _ = work.Self.FlyAsync(work.Flight), (Self: this, Flight: flight), preferLocal: false);
        }
    }

    // Goes on where it was begun, see BigSegmentQuery; never in a context of the caller's, see Launch.
    private async Task FlyAsync(Flight flight)
    {
        var key = flight.ContextKey;
        var asked = _timeProvider.GetTimestamp();
        KnownMembership known;
        try
        {
            using var query = new BigSegmentQuery("membership", _options.QueryTimeout, _timeProvider, _closing.Token);
            var membership = await query.RunAsync(
                (Store: _store!, Hash: BigSegmentKeys.Hash(key)),
                static (ask, token) => ask.Store.GetMembershipAsync(ask.Hash, token)).ConfigureAwait(true);
            await KnowStatusAsync(query.Limit).ConfigureAwait(true);
            known = new(key, membership, failed: false, asked + _cacheTicks);
            Succeeded();
        }
        catch (Exception e)
        {
            var now = _timeProvider.GetTimestamp();
            known = new(key, _cache.Find(key)?.Membership, failed: true, now + _holdTicks);
            Failed(key, e, now);
        }

        if (!_closed)
        {
            _cache.Put(known, _timeProvider.GetTimestamp());
        }

        Land(flight, known);
    }

    /// <summary>Until the store has been asked for the first time, nobody can say whether it is stale.</summary>
    private async ValueTask KnowStatusAsync(CancellationToken limit)
    {
        if (!_status.FirstAnswer.IsCompleted)
        {
            try
            {
                await _status.FirstAnswer.WaitAsync(limit).ConfigureAwait(true);
            }
            catch (OperationCanceledException)
            {
                // Then it counts as stale, but the membership is there.
            }
        }
    }

    private void Land(Flight flight, KnownMembership known)
    {
        _flights.TryRemove(new(flight.ContextKey, flight));
        flight.Land(known);
    }

    /// <summary>In an outage one request at a time tries whether it is over.</summary>
    private bool MayAsk(long now)
    {
        if (Volatile.Read(ref _failures) < FailuresOfAnOutage)
        {
            return true;
        }

        lock (_healthGate)
        {
            if (_failures < FailuresOfAnOutage)
            {
                return true;
            }

            if (now < _heldUntil)
            {
                return false;
            }

            Volatile.Write(ref _heldUntil, now + Ticks(_options.QueryTimeout) + _holdTicks);
            return true;
        }
    }

    private void Succeeded()
    {
        if (Volatile.Read(ref _failures) == 0)
        {
            return;
        }

        lock (_healthGate)
        {
            if (_failures == 0)
            {
                return;
            }

            _failures = 0;
            _lastFailedKey = null;
            Volatile.Write(ref _heldUntil, 0);
        }

        Log(null);
    }

    private void Failed(string key, Exception failure, long now)
    {
        if (_closed)
        {
            return;
        }

        bool isFirst;
        lock (_healthGate)
        {
            // One context that cannot be read is no outage, however often it is tried.
            isFirst = _failures == 0;
            if (key != _lastFailedKey && _failures < FailuresOfAnOutage)
            {
                _failures++;
            }

            _lastFailedKey = key;
            if (_failures == FailuresOfAnOutage)
            {
                Volatile.Write(ref _heldUntil, now + _holdTicks);
            }
        }

        if (isFirst)
        {
            Log(failure);
        }
    }

    private void Log(Exception? failure)
    {
        try
        {
            if (failure is null)
            {
                BigSegmentLog.QueryRecovered(_logger);
            }
            else
            {
                BigSegmentLog.QueryFailed(_logger, failure, failure.Message);
            }
        }
        catch (Exception)
        {
            // A logger that fails must not leave readers waiting.
        }
    }

    /// <summary>One request to the store, and all who wait for it.</summary>
    private sealed class Flight(string contextKey)
    {
        private readonly TaskCompletionSource<KnownMembership> _landed = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string ContextKey => contextKey;

        public Task<KnownMembership> Task => _landed.Task;

        public void Land(KnownMembership known) => _landed.TrySetResult(known);
    }
}
