using System.Diagnostics;
using System.Runtime.CompilerServices;
using Halyard.Concurrency;
using Halyard.DataComponents;
using Halyard.DataInterfaces;
using Halyard.Model;
using Halyard.Telemetry;
using Microsoft.Extensions.Logging;

namespace Halyard.DataSystems;

/// <summary>
/// The data system that fetches on demand: a cache in front of a persistent store that another program fills. It is for
/// programs that live too shortly to be sent all data, or that may not connect to the service. A read is told what it
/// lacks, not where to look: it evaluates over the snapshot of what is cached, names the items that were missing or
/// outdated, and this system fetches exactly those.
/// </summary>
/// <remarks>
/// <para>
/// Its parts: <see cref="MemoryStore"/> holds the items, <see cref="LazyCache"/> decides which answer counts when answers
/// overtake each other, and <see cref="CacheEviction"/> what leaves. <see cref="ExpirationTracker"/> knows until when
/// something is fresh. <see cref="StoreFlights"/> asks the store, <see cref="StoreAnswers"/> takes in what it answers, and
/// <see cref="StoreHealth"/> knows whether it is down. <see cref="StoreSignals"/> listens to a store that tells of changes. This class says what a read does with them.
/// </para>
/// <para>
/// Why the time is kept in the items: a read of a fresh item must cost hardly more than a look at the map, so freshness
/// is one comparison with a number in the item. Why an item that is absent or unknown is cached too: otherwise each read
/// of such a key would ask the store. Why a fetch runs on threads of its own for a caller that blocks: that caller may
/// hold the last thread of the pool, which the answer would need.
/// </para>
/// <para>
/// It promises: no method throws for a failure of the store. An outdated item is better than none: it is served when the
/// store fails or does not answer in time. Each thing is asked for once at a time, however many readers want it. In an
/// outage readers do not ask; one probe at a time does. Every read ends: a blocking one after the read timeout at most, an
/// awaiting one after at most <see cref="MaxFetchRounds"/> fetches. Data never goes back to an earlier state.
/// </para>
/// </remarks>
internal sealed class LazyLoad : ILazyDataSystem
{
    // A read that joined a fetch from before its time needs a second one. A third means that the item is dropped as fast
    // as it is fetched.
    private const int MaxFetchRounds = 3;

    private static readonly DataKind[] Kinds = [DataKind.Flag, DataKind.Segment];

    private readonly IDataReader _reader;
    private readonly bool _servesStale;
    private readonly MemoryStore _items = new();
    private readonly ExpirationTracker _tracker;
    private readonly LazyCache _cache;
    private readonly StoreHealth _health;
    private readonly StoreAnswers _answers;
    private readonly StoreFlights _flights;
    private readonly BlockedReads _blocked;
    private readonly StoreThreads _threads;
    private readonly LazyLoadCounters _counters;
    private readonly StoreSignals? _signals;
    private readonly TimeProvider _timeProvider;

    // Changed with Interlocked alone.
    private int _started;
    private volatile bool _closed;

    /// <param name="reader">The store; disposed with the system.</param>
    /// <param name="options">Validated options.</param>
    /// <param name="status">Where states are reported.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="logger">Where to log.</param>
    /// <param name="random">Gives numbers from 0 to less than 1; null for the shared generator.</param>
    /// <param name="changes">Where changes found in the store are announced; null for nowhere.</param>
    /// <param name="metrics">What counts; null for a client without a name.</param>
    public LazyLoad(
        IDataReader reader,
        LazyLoadOptions options,
        IDataSourceStatusReporter status,
        TimeProvider timeProvider,
        ILogger logger,
        Func<double>? random = null,
        FlagChanges? changes = null,
        ClientMetrics? metrics = null)
    {
#pragma warning disable CA5394 // Spreads load; decides nothing secret.
        random ??= Random.Shared.NextDouble;
#pragma warning restore CA5394
        if (timeProvider == TimeProvider.System && (options.Ttl >= CoarseTimeProvider.ShortestTtl || options.Ttl == Timeout.InfiniteTimeSpan))
        {
            timeProvider = CoarseTimeProvider.Instance;
        }

        _reader = reader;
        _timeProvider = timeProvider;
        _servesStale = options.StaleWhileRevalidate;
        _tracker = new(timeProvider, options.Ttl, options.TtlJitter, random, options.TtlWhileListening);
        var pruneInterval = options.Ttl <= TimeSpan.Zero || options.Ttl > TimeSpan.FromMinutes(1) ? TimeSpan.FromMinutes(1) : options.Ttl;
        _counters = new(reader.Identity, metrics ?? ClientMetrics.Unnamed);
        _cache = new(_items, options.MaxItems, _tracker.Ticks(StoreAnswers.ShortTime), _tracker.Ticks(pruneInterval), _counters);
        reader.ReuseFrom(_cache.Find);
        _answers = new(_cache, _tracker, _counters, reader.Identity, options.Ttl, logger, changes is null ? null : new(changes));
        _health = new(reader.Identity, options.Ttl, status, timeProvider, logger, random, failed => _flights!.ProbeAsync(failed));
        _threads = new("halyard-" + reader.Identity);
        var requests = new StoreRequests(reader, _cache, _tracker, _answers, _counters);
        _flights = new(reader, requests, _tracker, _answers, _health, _counters, _threads, options.FetchTimeout, timeProvider, logger);
        _blocked = new(_flights, _counters, reader.Identity, options.ReadTimeout, logger);
        // With a TTL of zero nothing is held that could be read again.
        if (options.ListenForChanges && options.Ttl != TimeSpan.Zero && reader.Changes is { } source)
        {
            _signals = new(reader, source, _cache, _flights, _tracker, options, timeProvider, logger, random, _counters);
        }
    }

    public string Identity => _reader.Identity;

    public bool FetchesOnDemand => true;

    /// <summary>Where the store's answers go, and what this process itself writes into the store.</summary>
    public StoreAnswers Answers => _answers;

    public long Now => _tracker.Now;

    public DataSnapshot Snapshot => _items.Snapshot;

    public bool AllFresh
    {
        get
        {
            var now = Now;
            return _tracker.Of(DataKind.Flag, now) == Freshness.Fresh && _tracker.Of(DataKind.Segment, now) == Freshness.Fresh;
        }
    }

    /// <summary>Whether the store's marker has been seen; while not, the store is asked again as <see cref="MarkerPace"/> says, in the background.</summary>
    public bool Initialized
    {
        get
        {
            if (!_answers.Initialized)
            {
                AskInitialized(onStoreThread: true);
            }

            return _answers.Initialized;
        }
    }

    public LazyLoadStatistics Statistics => _counters.ToStatistics(Snapshot, _cache, _health) with
    {
        HearsChanges = _signals is { IsListening: true },
    };

    /// <summary>Asks for the marker, so that the status and <see cref="Initialized"/> become known; does not wait for the answer.</summary>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _started, 1) == 0)
        {
            AskInitialized(onStoreThread: false);
            _signals?.Start();
        }

        return Task.CompletedTask;
    }

    public bool IsKnown(DataKind kind, string key) => Placeholder.IsKnown(_cache.Find(kind, key));

    public ValueTask FetchAsync(IReadOnlyList<MissedItem> misses, CancellationToken cancellationToken)
    {
        var now = _tracker.Stamp;
        var fetches = Request(misses, now, round: 0, callerBlocks: false);
        return fetches is null ? default : AwaitAsync(misses, fetches, now, cancellationToken);
    }

    public void Fetch(IReadOnlyList<MissedItem> misses, long began = 0)
    {
        var now = _tracker.Stamp;
        began = began == 0 ? Stopwatch.GetTimestamp() : began;

        // On this thread only what is all that it is to do.
        var here = misses.Count == 1 ? _blocked.Left(began) : TimeSpan.Zero;
        var fetches = Request(misses, now, round: 0, callerBlocks: true, here);
        for (var round = 1; fetches is not null && round < MaxFetchRounds; round++)
        {
            if (!_blocked.Wait(fetches, began))
            {
                break;
            }

            fetches = Request(misses, now, round, callerBlocks: true);
        }

        if (fetches is not null)
        {
            _answers.KeepUnanswered(misses, now);
        }
    }

    public async ValueTask FetchAllAsync(CancellationToken cancellationToken)
    {
        var now = _tracker.Stamp;
        for (var round = 0; round < MaxFetchRounds && RequestAll(now, callerBlocks: false) is { } fetches; round++)
        {
            foreach (var fetch in fetches)
            {
                await fetch.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    public void FetchAll()
    {
        var now = _tracker.Stamp;
        var began = Stopwatch.GetTimestamp();
        for (var round = 0; round < MaxFetchRounds && RequestAll(now, callerBlocks: true) is { } fetches; round++)
        {
            if (!_blocked.Wait(fetches, began))
            {
                var until = _answers.KeptShortly();
                foreach (var kind in Kinds)
                {
                    _answers.KeepKindUntil(kind, until);
                }

                return;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_closed)
        {
            return;
        }

        _closed = true;
        _tracker.Close();
        var ending = new Ending();
        await ending.StepAsync(_signals).ConfigureAwait(false);
        ending.Step(_health.Dispose);

        // A request's token may have any listener, and the store is foreign code.
        await ending.StepAsync(Identity, EndRequestsAsync, Ending.Patience, _timeProvider).ConfigureAwait(false);
        ending.Step(_threads.Dispose);
        await ending.StepAsync(Identity, _reader.DisposeAsync, Ending.Patience, _timeProvider).ConfigureAwait(false);
        ending.ThrowIfFailed();
    }

    private ValueTask EndRequestsAsync()
    {
        _flights.Dispose();
        return default;
    }

    /// <summary>Sees to it that each item is fresh at the given time, or is being fetched.</summary>
    /// <returns>The fetches to wait for; null for none.</returns>
    private List<PendingFetch<StoreRead, bool>>? Request(IReadOnlyList<MissedItem> misses, long now, int round, bool callerBlocks, TimeSpan here = default)
    {
        List<PendingFetch<StoreRead, bool>>? fetches = null;
        for (var i = 0; i < misses.Count; i++)
        {
            if (!StoreRead.TryOf(misses[i], out var read))
            {
                continue;
            }

            var item = _cache.Find(read.Kind, read.Key);
            if (ExpirationTracker.Of(item, now) == Freshness.Fresh)
            {
                continue;
            }

            if (round == 0)
            {
                _counters.Missed();
            }

            if (_closed)
            {
                _cache.KeepUntil(read.Kind, read.Key, long.MaxValue, now);
            }
            else if (item is null && _cache.HoldsWhole(read.Kind, now, out var wholeUntil))
            {
                _cache.PutAbsentFromWhole(read.Kind, read.Key, wholeUntil, now);
            }
            else if (_health.IsDown)
            {
                _answers.KeepItemUntil(read, _health.NextTryAt(now), now);
            }
            else if (_servesStale && Placeholder.IsKnown(item))
            {
                _answers.KeepItemUntil(read, now + _flights.LongestTime, now);
                Refresh(read);
            }
            else
            {
                (fetches ??= new(misses.Count - i)).Add(
                    _flights.JoinOrStart(read, now, callerBlocks, here));
            }
        }

        return fetches;
    }

    /// <summary>The same for all items of both kinds.</summary>
    private List<PendingFetch<StoreRead, bool>>? RequestAll(long now, bool callerBlocks)
    {
        List<PendingFetch<StoreRead, bool>>? fetches = null;
        foreach (var kind in Kinds)
        {
            if (_tracker.Of(kind, now) == Freshness.Fresh)
            {
                continue;
            }

            if (_closed)
            {
                _answers.KeepKindUntil(kind, long.MaxValue);
            }
            else if (_health.IsDown)
            {
                _answers.KeepKindUntil(kind, _health.NextTryAt(now));
            }
            else if (_servesStale && _cache.HoldsWhole(kind))
            {
                _answers.KeepKindUntil(kind, now + _flights.LongestTime);
                Refresh(StoreRead.All(kind));
            }
            else
            {
                (fetches ??= []).Add(_flights.JoinOrStart(StoreRead.All(kind), now, callerBlocks));
            }
        }

        return fetches;
    }

    // The item counts as fresh meanwhile, so the fetch is asked for as of the latest possible time, at which nothing is. On
    // the store threads, so that a store that blocks its caller does not hold up this one. At once, since nobody waits who
    // would send it when the requests under way take long.
    private void Refresh(StoreRead read) => _flights.SendNow(_flights.JoinOrStart(read, now: long.MaxValue, callerBlocks: true));

    private void AskInitialized(bool onStoreThread)
    {
        var now = _tracker.Stamp;
        if (!_closed && !_health.IsDown && !_answers.IsFresh(StoreRead.Initialized, now))
        {
            _flights.JoinOrStart(StoreRead.Initialized, now, callerBlocks: onStoreThread);
        }
    }

    // The builder is pooled, as those of the client's reads are: a read borrows a state machine while it waits.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask AwaitAsync(
        IReadOnlyList<MissedItem> misses, List<PendingFetch<StoreRead, bool>>? fetches, long now, CancellationToken cancellationToken)
    {
        for (var round = 1; fetches is not null; round++)
        {
            foreach (var fetch in fetches)
            {
                await fetch.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
            }

            if (round == MaxFetchRounds)
            {
                _answers.KeepUnanswered(misses, now);
                return;
            }

            fetches = Request(misses, now, round, callerBlocks: false);
        }
    }
}
