using System.Collections.Concurrent;
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
/// The pulled data system: a cache in front of a store that something else fills. See <see cref="ILazyDataSystem"/>
/// for how a read goes, <see cref="ExpirationTracker"/> for time, <see cref="StoreHealth"/> for outages.
/// </summary>
internal sealed partial class LazyLoad : ILazyDataSystem
{
    // How long something counts as fresh that could not be had in time, while the store is not known to be down.
    private static readonly TimeSpan ShortHold = TimeSpan.FromSeconds(1);

    // A read that joined a flight of before its time needs a second one; a third would mean that the item is
    // dropped as fast as it is fetched.
    private const int MaxFetchRounds = 3;

    private static readonly DataKind[] Kinds = [DataKind.Flag, DataKind.Segment];

    private readonly IDataReader _reader;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly TimeSpan _readTimeout;
    private readonly TimeSpan _fetchTimeout;
    private readonly bool _servesStale;
    private readonly ExpirationTracker _tracker;
    private readonly LazyCache _cache;
    private readonly StoreHealth _health;
    private readonly StoreThreads _threads;
    private readonly ConcurrentDictionary<StoreRead, Flight> _flights = new();

    // What could not be read although the store answers, with how often in a row: no outage, but not to be asked at every
    // read. Zero times: it was in a batch that failed, and may have been the reason.
    private readonly ConcurrentDictionary<StoreRead, int> _unreadable = new();
    private readonly KeyValuePair<string, object?> _storeTag;
    private long _misses;
    private long _staleServes;
    private long _fetches;
    private long _errors;
    private long _timeouts;
    private int _started;
    private int _markerAbsenceLogged;
    private int _slownessLogged;
    private volatile bool _initialized;
    private volatile bool _closed;

    /// <param name="reader">The store; disposed with the system.</param>
    /// <param name="options">Validated options.</param>
    /// <param name="status">Where states are reported.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="logger">Where to log.</param>
    /// <param name="random">Gives numbers from 0 to less than 1; null for the shared generator.</param>
    public LazyLoad(
        IDataReader reader,
        LazyLoadOptions options,
        IDataSourceStatusReporter status,
        TimeProvider timeProvider,
        ILogger logger,
        Func<double>? random = null)
    {
#pragma warning disable CA5394 // Spreads load; decides nothing secret.
        random ??= Random.Shared.NextDouble;
#pragma warning restore CA5394
        if (timeProvider == TimeProvider.System && (options.Ttl >= CoarseTimeProvider.ShortestTtl || options.Ttl == Timeout.InfiniteTimeSpan))
        {
            timeProvider = CoarseTimeProvider.Instance;
        }

        _reader = reader;
        _largestBatch = reader.LargestBatch;
        _waiting = [new(), new()];
        _timeProvider = timeProvider;
        _logger = logger;
        _readTimeout = options.ReadTimeout;
        _fetchTimeout = options.FetchTimeout;
        _servesStale = options.StaleWhileRevalidate;
        _tracker = new ExpirationTracker(timeProvider, options.Ttl, options.TtlJitter, random);
        var pruneInterval = options.Ttl <= TimeSpan.Zero || options.Ttl > TimeSpan.FromMinutes(1) ? TimeSpan.FromMinutes(1) : options.Ttl;
        _cache = new LazyCache(options.MaxItems, _tracker.Ticks(ShortHold), _tracker.Ticks(pruneInterval));
        _health = new StoreHealth(reader.Identity, options.Ttl, status, timeProvider, logger, random, ProbeAsync);
        _threads = new StoreThreads("halyard-" + reader.Identity);
        _storeTag = new(HalyardMetrics.StoreTag, reader.Identity);
    }

    public string Identity => _reader.Identity;

    public long Now => _tracker.Now;

    public DataSnapshot Snapshot => _cache.Snapshot;

    public bool AllFresh
    {
        get
        {
            var now = Now;
            return _tracker.Of(DataKind.Flag, now) == Freshness.Fresh && _tracker.Of(DataKind.Segment, now) == Freshness.Fresh;
        }
    }

    /// <summary>Whether the store's marker has been seen; while not, the store is asked again at most once for each TTL, in the background.</summary>
    public bool Initialized
    {
        get
        {
            if (!_initialized)
            {
                AskInitialized(offCaller: true);
            }

            return _initialized;
        }
    }

    public LazyLoadStatistics Statistics
    {
        get
        {
            var snapshot = _cache.Snapshot;
            var absent = _cache.Placeholders;
            return new LazyLoadStatistics(
                snapshot.Flags.Count(static flag => !LazyCache.IsPlaceholder(flag)),
                snapshot.Segments.Count(static segment => !LazyCache.IsPlaceholder(segment)),
                absent,
                Interlocked.Read(ref _misses),
                Interlocked.Read(ref _staleServes),
                Interlocked.Read(ref _fetches),
                Interlocked.Read(ref _errors),
                Interlocked.Read(ref _timeouts),
                _cache.Evictions,
                _health.Down,
                _health.LastError);
        }
    }

    /// <summary>Asks for the marker, so that the status and <see cref="Initialized"/> become known; does not wait for the answer.</summary>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _started, 1) == 0)
        {
            AskInitialized(offCaller: false);
        }

        return Task.CompletedTask;
    }

    public bool IsKnown(DataKind kind, string key) => LazyCache.IsKnown(_cache.Find(kind, key));

    public ItemDescriptor<Flag>? GetFlag(string key) => (ItemDescriptor<Flag>?)Get(DataKind.Flag, key);

    public ItemDescriptor<Segment>? GetSegment(string key) => (ItemDescriptor<Segment>?)Get(DataKind.Segment, key);

    public IReadOnlyCollection<ItemDescriptor<Flag>> AllFlags()
    {
        FetchAll();
        return Snapshot.Flags.Live;
    }

    public IReadOnlyCollection<ItemDescriptor<Segment>> AllSegments()
    {
        FetchAll();
        return Snapshot.Segments.Live;
    }

    public ValueTask FetchAsync(IReadOnlyList<MissedItem> misses, CancellationToken cancellationToken)
    {
        var now = _tracker.Stamp;
        var flights = Depart(misses, now, round: 0, offCaller: false);
        return flights is null ? default : AwaitAsync(misses, flights, now, cancellationToken);
    }

    public void Fetch(IReadOnlyList<MissedItem> misses)
    {
        var now = _tracker.Stamp;
        var began = Stopwatch.GetTimestamp();
        var flights = Depart(misses, now, round: 0, offCaller: true);
        for (var round = 1; flights is not null && round < MaxFetchRounds; round++)
        {
            if (!Wait(flights, began))
            {
                break;
            }

            flights = Depart(misses, now, round, offCaller: true);
        }

        if (flights is not null)
        {
            HoldRest(misses, now);
        }
    }

    public async ValueTask FetchAllAsync(CancellationToken cancellationToken)
    {
        var now = _tracker.Stamp;
        for (var round = 0; round < MaxFetchRounds && DepartAll(now, offCaller: false) is { } flights; round++)
        {
            await AwaitAllAsync(flights, cancellationToken).ConfigureAwait(false);
        }
    }

    public void FetchAll()
    {
        var now = _tracker.Stamp;
        var began = Stopwatch.GetTimestamp();
        for (var round = 0; round < MaxFetchRounds && DepartAll(now, offCaller: true) is { } flights; round++)
        {
            if (!Wait(flights, began))
            {
                var until = _tracker.Stamp + _tracker.Ticks(ShortHold);
                foreach (var kind in Kinds)
                {
                    HoldKind(kind, until);
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
        _health.Dispose();
        foreach (var flight in _flights.Values)
        {
            flight.Abort();
        }

        _threads.Dispose();
        await _reader.DisposeAsync().ConfigureAwait(false);
    }

    private ItemDescriptor? Get(DataKind kind, string key)
    {
        var item = _cache.Find(kind, key);
        if (ExpirationTracker.Of(item, Now) != Freshness.Fresh)
        {
            Fetch([new MissedItem(kind == DataKind.Flag ? MissKind.Flag : MissKind.Segment, key)]);
            item = _cache.Find(kind, key);
        }

        return item is null || LazyCache.IsPlaceholder(item) ? null : item;
    }

    /// <summary>Sees to it that each item is fresh at the given moment, or is being fetched.</summary>
    /// <returns>The flights to wait for; null for none.</returns>
    private List<Flight>? Depart(IReadOnlyList<MissedItem> misses, long now, int round, bool offCaller)
    {
        List<Flight>? flights = null;
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
                Interlocked.Increment(ref _misses);
                HalyardMetrics.CacheMisses.Add(1, _storeTag);
            }

            if (_closed)
            {
                _cache.Hold(read.Kind, read.Key, long.MaxValue, now);
            }
            else if (item is null && _cache.HoldsWhole(read.Kind, now, out var wholeUntil))
            {
                _cache.PutAbsentFromWhole(read.Kind, read.Key, wholeUntil, now);
            }
            else if (_health.Down)
            {
                HoldItem(read, _health.HoldUntil(now), now);
            }
            else if (_servesStale && LazyCache.IsKnown(item))
            {
                Refresh(read, now);
            }
            else if (Join(read, now, offCaller) is { } flight)
            {
                (flights ??= new(misses.Count - i)).Add(flight);
            }
        }

        return flights;
    }

    private List<Flight>? DepartAll(long now, bool offCaller)
    {
        List<Flight>? flights = null;
        foreach (var kind in Kinds)
        {
            var state = _tracker.Of(kind, now);
            if (state == Freshness.Fresh)
            {
                continue;
            }

            if (_closed)
            {
                HoldKind(kind, long.MaxValue);
            }
            else if (_health.Down)
            {
                HoldKind(kind, _health.HoldUntil(now));
            }
            else if (_servesStale && _cache.HoldsWhole(kind))
            {
                HoldKind(kind, now + _tracker.Ticks(_fetchTimeout));
                Join(StoreRead.All(kind), now, offCaller: true, evenIfFresh: true);
            }
            else if (Join(StoreRead.All(kind), now, offCaller) is { } flight)
            {
                (flights ??= []).Add(flight);
            }
        }

        return flights;
    }

    // Pooled, as are the client's: a read is rented what it needs for the time of the trip.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask AwaitAsync(IReadOnlyList<MissedItem> misses, List<Flight>? flights, long now, CancellationToken cancellationToken)
    {
        for (var round = 1; flights is not null; round++)
        {
            foreach (var flight in flights)
            {
                await flight.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
            }

            if (round == MaxFetchRounds)
            {
                HoldRest(misses, now);
                return;
            }

            flights = Depart(misses, now, round, offCaller: false);
        }
    }

    private static async ValueTask AwaitAllAsync(List<Flight> flights, CancellationToken cancellationToken)
    {
        foreach (var flight in flights)
        {
            await flight.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Blocks until all have landed or the read timeout is over. Measured by the machine's own clock, since a timer
    /// would need the thread pool, all of whose threads may be waiting right here; and by waiting for a task, since
    /// that lets the pool know that its thread is blocked.
    /// </summary>
    private bool Wait(List<Flight> flights, long began)
    {
        foreach (var flight in flights)
        {
            var left = _readTimeout - Stopwatch.GetElapsedTime(began);
            if (!flight.Task.Wait(left > TimeSpan.Zero ? left : TimeSpan.Zero))
            {
                Interlocked.Increment(ref _timeouts);
                HalyardMetrics.ReadTimeouts.Add(1, _storeTag);
                if (Interlocked.Exchange(ref _slownessLogged, 1) == 0)
                {
                    LogSlow(_logger, Identity, flight.Read, _readTimeout.TotalMilliseconds);
                }

                return false;
            }
        }

        return true;
    }

    /// <summary>The flight of a read, started unless there is one; null when the read has become needless.</summary>
    private Flight? Join(StoreRead read, long now, bool offCaller, bool evenIfFresh = false)
    {
        while (true)
        {
            if (_flights.TryGetValue(read, out var flight))
            {
                if (offCaller)
                {
                    Block(flight);
                }

                return flight;
            }

            flight = new Flight(read);
            if (!_flights.TryAdd(read, flight))
            {
                continue;
            }

            // A flight may have landed since the caller looked.
            if (!evenIfFresh && IsFresh(read, now))
            {
                Land(flight);
                return null;
            }

            Launch(flight, offCaller);
            return flight;
        }
    }

    private bool IsFresh(StoreRead read, long now) => read.Scope switch
    {
        StoreReadScope.Item => ExpirationTracker.Of(_cache.Find(read.Kind, read.Key), now) == Freshness.Fresh,
        StoreReadScope.Kind => _tracker.Of(read.Kind, now) == Freshness.Fresh,
        _ => _initialized || _tracker.OfInitialized(now) == Freshness.Fresh,
    };

    private void Launch(Flight flight, bool offCaller)
    {
        if (!offCaller && TryQueue(flight))
        {
            return;
        }

        if (offCaller)
        {
            _threads.Post(
                static state =>
                {
                    var (self, flight) = ((LazyLoad, Flight))state!;
                    _ = self.FlyAsync(flight);
                },
                (this, flight));
        }
        else if (MayStartHere)
        {
            _ = FlyAsync(flight);
        }
        else
        {
            ThreadPool.UnsafeQueueUserWorkItem(static work => _ = work.Self.FlyAsync(work.Flight), (Self: this, Flight: flight), preferLocal: false);
        }
    }

    // A flight may be waited for by a thread that its starter's context needs.
    private static bool MayStartHere => SynchronizationContext.Current is null && TaskScheduler.Current == TaskScheduler.Default;

    // A flight goes on where it was launched: on the store threads it must not need the thread pool, all of whose threads
    // may be waiting for it. Without capturing the context an answer that comes while the flight is just about to wait
    // would send it there. Launched elsewhere there is no context to capture.
    private async Task FlyAsync(Flight flight)
    {
        var read = flight.Read;
        try
        {
            var failure = await ReadAsync(read, flight).ConfigureAwait(true);
            if (_closed)
            {
                Hold(read, long.MaxValue);
            }
            else if (failure is not null)
            {
                await FailedAsync(read, failure).ConfigureAwait(true);
            }
            else
            {
                _health.Succeeded();
                if (!_unreadable.IsEmpty)
                {
                    _unreadable.TryRemove(read, out _);
                }
            }
        }
        catch (Exception e)
        {
            // Nothing above is meant to throw; readers must not wait for ever if something does.
            LogUnexpected(_logger, e, read);
            Hold(read, _tracker.Stamp + _tracker.Ticks(ShortHold));
        }
        finally
        {
            Land(flight);
        }
    }

    private void Land(Flight flight)
    {
        _flights.TryRemove(new(flight.Read, flight));
        flight.Land();
    }

    private async ValueTask FailedAsync(StoreRead read, Exception failure)
    {
        if (_unreadable.TryGetValue(read, out var times) && times > 0 && read.Scope != StoreReadScope.Initialized)
        {
            if (await ReadAsync(StoreRead.Initialized).ConfigureAwait(true) is { } down)
            {
                _health.Failed(StoreRead.Initialized, down);
            }
            else
            {
                _unreadable[read] = times + 1;
                Hold(read, _tracker.Stamp + (_tracker.Ticks(ShortHold) << Math.Min(times, 5)));
                return;
            }
        }
        else
        {
            _health.Failed(read, failure);
        }

        Hold(read, _health.HoldUntil(_tracker.Stamp));
    }

    /// <summary>In an outage: whether the store answers at all, and then for what failed.</summary>
    private async ValueTask<Exception?> ProbeAsync(StoreRead failed)
    {
        if (await ReadAsync(StoreRead.Initialized).ConfigureAwait(false) is { } down)
        {
            return down;
        }

        if (failed.Scope != StoreReadScope.Initialized && await ReadAsync(failed).ConfigureAwait(false) is { } failure)
        {
            if (_unreadable.TryGetValue(failed, out var times) ? times == 0 && _unreadable.TryUpdate(failed, 1, 0) : _unreadable.TryAdd(failed, 1))
            {
                LogUnreadable(_logger, Identity, failed, failure.Message);
            }

            Hold(failed, _tracker.Stamp + _tracker.Ticks(ShortHold));
        }

        return null;
    }

    /// <summary>Asks the store, at most for the fetch timeout, and takes in the answer.</summary>
    /// <returns>The failure; null when there was none.</returns>
    private async ValueTask<Exception?> ReadAsync(StoreRead read, Flight? flight = null)
    {
        var trip = new Trip(this, read);
        try
        {
            using var limit = new CancellationTokenSource(_fetchTimeout, _timeProvider);
            if (flight is not null)
            {
                flight.Limit = limit;
            }

            switch (read.Scope)
            {
                case StoreReadScope.Item:
                    Arrived(read, await Bound(_reader.GetAsync(read.Kind, read.Key, limit.Token), limit.Token).ConfigureAwait(true), trip);
                    break;
                case StoreReadScope.Kind:
                    Arrived(read.Kind, await Bound(_reader.AllAsync(read.Kind, limit.Token), limit.Token).ConfigureAwait(true), trip);
                    break;
                default:
                    Arrived(await Bound(_reader.InitializedAsync(limit.Token), limit.Token).ConfigureAwait(true), trip.Asked);
                    break;
            }

            return null;
        }
        catch (Exception e)
        {
            trip.Failed();
            return e;
        }
        finally
        {
            trip.End();
            if (flight is not null)
            {
                flight.Limit = null;
            }
        }
    }

    private void Arrived(StoreRead read, ReadItem result, in Trip trip)
    {
        var answered = _cache.Moment();
        var now = _tracker.Stamp;
        var freshUntil = _tracker.FreshUntil(trip.Asked);
        switch (result.Outcome)
        {
            case ReadOutcome.Found:
                _cache.Put(result.Item!, trip.Moment, answered, freshUntil, now);
                break;
            case ReadOutcome.Absent:
                _cache.PutAbsent(read.Kind, read.Key, trip.Moment, answered, freshUntil, now);
                break;
            case ReadOutcome.Pending:
                _cache.Hold(read.Kind, read.Key, RetryAt(freshUntil, now), now);
                break;
            default:
                // The last good one stays, or stays unknown, for as long as a good one would have.
                _cache.Hold(read.Kind, read.Key, freshUntil, now);
                break;
        }
    }

    /// <summary>What is not there yet is asked for again soon, however long other things stay fresh.</summary>
    private long RetryAt(long freshUntil, long now) => Math.Min(freshUntil, now + _tracker.Ticks(ShortHold));

    private void Arrived(DataKind kind, ReadItems items, in Trip trip)
    {
        var answered = _cache.Moment();
        var freshUntil = _tracker.FreshUntil(trip.Asked);
        if (ReferenceEquals(items, ReadItems.Pending))
        {
            HoldKind(kind, RetryAt(freshUntil, _tracker.Stamp));
            return;
        }

        _cache.PutWhole(kind, items, trip.Moment, answered, freshUntil, _tracker.Stamp);
        _tracker.SetKind(kind, freshUntil);
    }

    private void Arrived(bool initialized, long asked)
    {
        if (initialized)
        {
            _cache.SetInitialized();
            _initialized = true;
        }
        else
        {
            _tracker.SetInitialized(_tracker.FreshUntil(asked));
            if (!_initialized && Interlocked.Exchange(ref _markerAbsenceLogged, 1) == 0)
            {
                LogNotInitialized(_logger, Identity);
            }
        }
    }

    private void AskInitialized(bool offCaller)
    {
        var now = _tracker.Stamp;
        if (!_initialized && !_closed && !_health.Down && _tracker.OfInitialized(now) != Freshness.Fresh)
        {
            Join(StoreRead.Initialized, now, offCaller);
        }
    }

    private void Refresh(StoreRead read, long now)
    {
        HoldItem(read, now + _tracker.Ticks(_fetchTimeout), now);
        Join(read, now, offCaller: true, evenIfFresh: true);
    }

    private void Hold(StoreRead read, long until)
    {
        switch (read.Scope)
        {
            case StoreReadScope.Item:
                HoldItem(read, until, _tracker.Stamp);
                break;
            case StoreReadScope.Kind:
                HoldKind(read.Kind, until);
                break;
            default:
                _tracker.SetInitialized(until);
                break;
        }
    }

    private void HoldItem(StoreRead read, long until, long now)
    {
        if (_cache.Find(read.Kind, read.Key) is null && _cache.HoldsWhole(read.Kind))
        {
            // The last time all were read, there was none of that key.
            _cache.PutAbsentFromWhole(read.Kind, read.Key, until, now);
        }
        else if (!_cache.Hold(read.Kind, read.Key, until, now))
        {
            return;
        }

        Interlocked.Increment(ref _staleServes);
        HalyardMetrics.StaleServes.Add(1, _storeTag);
    }

    private void HoldKind(DataKind kind, long until)
    {
        if (_tracker.KindFreshUntil(kind) < until)
        {
            _tracker.SetKind(kind, until);
        }
    }

    private void HoldRest(IReadOnlyList<MissedItem> misses, long now)
    {
        var until = _tracker.Stamp + _tracker.Ticks(ShortHold);
        foreach (var miss in misses)
        {
            if (StoreRead.TryOf(miss, out var read) && ExpirationTracker.Of(_cache.Find(read.Kind, read.Key), now) != Freshness.Fresh)
            {
                HoldItem(read, until, now);
            }
        }
    }

    // A reader that does not heed its token is left to itself after the time.
    private static async ValueTask<T> Bound<T>(ValueTask<T> answer, CancellationToken limit)
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

    private static KeyValuePair<string, object?> Tag(StoreRead read) => new(HalyardMetrics.OperationTag, read.Scope switch
    {
        StoreReadScope.Item => "get",
        StoreReadScope.Kind => "all",
        _ => "initialized",
    });

    [LoggerMessage(1, LogLevel.Warning, "Store {Store} has no marker: nothing has written a complete data set there yet (is the prefix right?); evaluating with what it holds")]
    private static partial void LogNotInitialized(ILogger logger, string store);

    [LoggerMessage(2, LogLevel.Error, "Store {Store} answers, but {Read} cannot be read; last known data is served in its place: {Error}")]
    private static partial void LogUnreadable(ILogger logger, string store, StoreRead read, string error);

    [LoggerMessage(3, LogLevel.Warning, "Store {Store} did not answer within {Milliseconds} ms reading {Read}; the read went on with what is known. Logged once")]
    private static partial void LogSlow(ILogger logger, string store, StoreRead read, double milliseconds);

    [LoggerMessage(4, LogLevel.Error, "Unexpected failure after reading {Read}")]
    private static partial void LogUnexpected(ILogger logger, Exception exception, StoreRead read);

    /// <summary>One request to the store: when it was made, and what is counted of it.</summary>
    private readonly struct Trip
    {
        private readonly LazyLoad _system;
        private readonly StoreRead _read;
        private readonly long _began;

        public Trip(LazyLoad system, StoreRead read)
        {
            _system = system;
            _read = read;
            Asked = system._tracker.Stamp;
            Moment = system._cache.Begin();
            _began = HalyardMetrics.FetchDuration.Enabled ? Stopwatch.GetTimestamp() : 0;
            Interlocked.Increment(ref system._fetches);
            HalyardMetrics.StoreFetches.Add(1, system._storeTag, Tag(read));
        }

        /// <summary>The time, that freshness counts from.</summary>
        public long Asked { get; }

        /// <summary>The moment in the order of the reads.</summary>
        public long Moment { get; }

        public void Failed()
        {
            if (!_system._closed)
            {
                Interlocked.Increment(ref _system._errors);
                HalyardMetrics.StoreErrors.Add(1, _system._storeTag, Tag(_read));
            }
        }

        public void End()
        {
            _system._cache.End(Moment);
            if (_began != 0)
            {
                HalyardMetrics.FetchDuration.Record(Stopwatch.GetElapsedTime(_began).TotalSeconds, _system._storeTag, Tag(_read));
            }
        }
    }

    /// <summary>One read that is asked of the store, alone or in a batch, and all who wait for it.</summary>
    /// <remarks>Those who await go on in the thread pool, never on the reader's thread; those who block are released directly.</remarks>
    private sealed class Flight(StoreRead read) : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public StoreRead Read => read;

        /// <summary>Whether it has still to be sent off, with others.</summary>
        public volatile bool IsWaiting;

        /// <summary>Whether somebody blocks a thread for it.</summary>
        public volatile bool IsBlockedFor;

        /// <summary>Ends the request; set while it runs.</summary>
        public volatile CancellationTokenSource? Limit;

        public void Land() => TrySetResult();

        public void Abort()
        {
            try
            {
                Limit?.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // It ended by itself in between.
            }

            Land();
        }
    }
}
