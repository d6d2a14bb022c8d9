using Halyard.Concurrency;
using Halyard.DataComponents;
using Halyard.DataInterfaces;
using Halyard.Model;
using Microsoft.Extensions.Logging;

namespace Halyard.DataSystems;

/// <summary>
/// Keeps a Lazy Load cache in step with a store that says what was written: listens, and reads again what is held of it.
/// Two loops run until the end, each with a supervisor of its own.
/// </summary>
/// <remarks>
/// <para>
/// One loop listens and notes what it hears in <see cref="PendingChanges"/>; it never waits for the store's answers. The
/// other reads again, in as few requests as the store allows, what is held and still fresh: an item that has not been
/// wanted for its time is left alone, and is read when somebody wants it.
/// </para>
/// <para>
/// A signal may name a kind without saying which of its items were written, and every client hears it. So such a refetch
/// begins after a short time at random, and what all refetches read is bounded by the <see cref="RefetchBudget"/>. A
/// refetch that fails is tried again.
/// </para>
/// </remarks>
internal sealed partial class StoreSignals : IAsyncDisposable
{
    public static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(1);
    public static readonly TimeSpan LongestDelay = TimeSpan.FromMinutes(1);

    /// <summary>After how long a store that cannot tell is asked once more; its operator may have allowed it meanwhile.</summary>
    public static readonly TimeSpan UnsupportedDelay = TimeSpan.FromMinutes(10);

    // A store that gives items one by one is asked for all of them beyond so many.
    private const int MostSingleReads = 8;

    private static readonly DataKind[] Kinds = [DataKind.Segment, DataKind.Flag];

    private readonly LazyLoadCounters _counters;
    private readonly IDataReader _reader;
    private readonly IStoreChangeSource _source;
    private readonly LazyCache _cache;
    private readonly StoreFlights _flights;
    private readonly ExpirationTracker _tracker;
    private readonly LazyLoadOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly Func<double> _random;
    private readonly PendingChanges _pending = new();
    private readonly RefetchBudget _budget;
    private readonly Supervisor _listening;
    private readonly Supervisor _refetching;
    private readonly CancellationTokenSource _closing = new();
    private Task _loops = Task.CompletedTask;

    // Written by the listening loop alone.
    private volatile bool _isListening;
    private bool _wasToldUnsupported;

    /// <param name="reader">The store; not disposed.</param>
    /// <param name="source">Where the store says that something was written.</param>
    /// <param name="cache">What is held.</param>
    /// <param name="flights">What reads again.</param>
    /// <param name="tracker">What knows how long things are fresh.</param>
    /// <param name="options">Validated options.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="logger">Where to log.</param>
    /// <param name="random">Gives numbers from 0 to less than 1.</param>
    /// <param name="counters">What counts.</param>
    public StoreSignals(
        IDataReader reader,
        IStoreChangeSource source,
        LazyCache cache,
        StoreFlights flights,
        ExpirationTracker tracker,
        LazyLoadOptions options,
        TimeProvider timeProvider,
        ILogger logger,
        Func<double> random,
        LazyLoadCounters counters)
    {
        _counters = counters;
        _reader = reader;
        _source = source;
        _cache = cache;
        _flights = flights;
        _tracker = tracker;
        _options = options;
        _timeProvider = timeProvider;
        _logger = logger;
        _random = random;
        _budget = new(options.RefetchBytesPerSecond, timeProvider);

        // While nobody listens, items are read again when their time is over: that is how it shows.
        _listening = new($"the listening to store {reader.Identity}", timeProvider, logger, (fault, _) => Lost(fault), random);
        _refetching = new($"the reading again from store {reader.Identity}", timeProvider, logger, random: random);
    }

    /// <summary>Whether the store is being listened to at the moment.</summary>
    public bool IsListening => _isListening;

    /// <summary>Starts both loops; to be called once.</summary>
    public void Start()
    {
        var closing = _closing.Token;
        _loops = Task.WhenAll(
            Task.Run(() => _listening.RunAsync(ListenAsync, closing), CancellationToken.None),
            Task.Run(() => _refetching.RunAsync(RefetchAsync, closing), CancellationToken.None));
    }

    public async ValueTask DisposeAsync()
    {
        // A store's listener may have registered anything on the token. One that does not let go of its listener, or of a read,
        // holds up nobody for longer than a request may take.
        await new Ending().StopAsync(_reader.Identity, _closing, _loops, _options.FetchTimeout, TimeProvider.System).ConfigureAwait(false);
        _closing.Dispose();
    }

    private async Task ListenAsync(CancellationToken closing)
    {
        for (var failures = 0; !closing.IsCancellationRequested; failures++)
        {
            var delay = Math.Min(FirstDelay.TotalSeconds * Math.Pow(2, Math.Min(failures, 16)), LongestDelay.TotalSeconds);
            try
            {
                _listening.Pass("signals: listen");
                await foreach (var change in _source.ListenAsync(closing).WithCancellation(closing).ConfigureAwait(false))
                {
                    failures = 0;
                    delay = FirstDelay.TotalSeconds;
                    _listening.Pass("signals: hear");
                    Hear(change);
                }

                Lost(null);
            }
            catch (Exception) when (closing.IsCancellationRequested)
            {
                return;
            }
            catch (NotSupportedException e)
            {
                delay = UnsupportedDelay.TotalSeconds;
                Unsupported(e);
            }
            catch (Exception e)
            {
                Lost(e);
            }

            _listening.Pass("signals: pause");
            await DelayAsync(TimeSpan.FromSeconds(delay * (1 - (0.2 * _random()))), closing).ConfigureAwait(false);
        }
    }

    private void Hear(StoreChange change)
    {
        _pending.Add(change);
        if (!_isListening)
        {
            _isListening = true;
            _tracker.Lengthen(true);
            LogListening(_logger, _reader.Identity);
        }

        _counters.Heard();
    }

    private void Lost(Exception? failure)
    {
        if (!_isListening)
        {
            return;
        }

        // Last, so that it is done again if it fails.
        StopLengthening();
        _isListening = false;
        LogLost(_logger, _reader.Identity, failure?.Message ?? "it ended");
    }

    private void Unsupported(NotSupportedException failure)
    {
        StopLengthening();
        _isListening = false;
        if (!_wasToldUnsupported)
        {
            _wasToldUnsupported = true;
            LogUnsupported(_logger, _reader.Identity, failure.Message);
        }
    }

    // What is held was to stay for long because changes would be heard of.
    private void StopLengthening()
    {
        _tracker.Lengthen(false);
        if (_tracker.CanLengthen)
        {
            _cache.ShortenTo(_tracker.FreshUntil(_tracker.Stamp));
        }
    }

    private async Task RefetchAsync(CancellationToken closing)
    {
        var failures = 0;
        while (!closing.IsCancellationRequested)
        {
            _refetching.Pass("signals: wait");
            await _pending.WaitAsync(closing).ConfigureAwait(false);
            _refetching.Pass("signals: spread");
            if (_pending.HasWhole && _options.RefetchSpread > TimeSpan.Zero)
            {
                await Task.Delay(_options.RefetchSpread * _random(), _timeProvider, closing).ConfigureAwait(false);
            }

            _refetching.Pass("signals: budget");
            await _budget.WaitAsync(closing).ConfigureAwait(false);
            failures = await RefetchPendingAsync().ConfigureAwait(false) ? 0 : failures + 1;
            if (failures > 0)
            {
                _refetching.Pass("signals: try again");
                var delay = Math.Min(FirstDelay.TotalSeconds * Math.Pow(2, Math.Min(failures - 1, 16)), LongestDelay.TotalSeconds);
                await DelayAsync(TimeSpan.FromSeconds(delay), closing).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Reads again what is pending; what cannot be read stays pending.</summary>
    /// <returns>Whether all of it was read.</returns>
    private async ValueTask<bool> RefetchPendingAsync()
    {
        if (_pending.TakeMarker() && !await DoAsync(RefetchMarkerAsync, StoreChange.Everything).ConfigureAwait(false))
        {
            return false;
        }

        // Segments first: a flag that was changed together with its segment is not seen before it.
        foreach (var kind in Kinds)
        {
            var pending = _pending.Take(kind);
            if (pending is not { Length: 0 }
                && !await DoAsync(() => RefetchKindAsync(kind, pending), pending is null ? StoreChange.Of(kind) : StoreChange.Of(kind, pending)).ConfigureAwait(false))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Does a refetch; what it could not read stays pending, and after a fault all that was taken for it.</summary>
    private async ValueTask<bool> DoAsync(Func<ValueTask<StoreChange?>> refetch, StoreChange taken)
    {
        var left = (StoreChange?)taken;
        try
        {
            _refetching.Pass("signals: refetch");
            left = await refetch().ConfigureAwait(false);
        }
        finally
        {
            if (left is not null)
            {
                _pending.Add(left);
            }
        }

        return left is null;
    }

    private async ValueTask<StoreChange?> RefetchMarkerAsync() =>
        await _flights.RefetchMarkerAsync().ConfigureAwait(false) is null ? null : StoreChange.Everything;

    /// <summary>Reads again what is held of a kind.</summary>
    /// <returns>What could not be read; null when all was.</returns>
    private async ValueTask<StoreChange?> RefetchKindAsync(DataKind kind, string[]? pending)
    {
        // What is being read is read again too: its answer may be from before the change. This look comes first, since an answer
        // is in the cache before it is no longer under way.
        var underWay = _flights.UnderWay();
        var now = _tracker.Stamp;
        if (underWay.Contains(StoreRead.All(kind)) || (pending is null && _cache.HoldsWhole(kind, now, out _)))
        {
            return await SpendAsync(kind, null).ConfigureAwait(false) ? null : StoreChange.Of(kind);
        }

        var keys = pending is null
            ? [.. underWay.Where(read => read.Scope == StoreReadScope.Item && read.Kind == kind).Select(static read => read.Key).Union(_cache.FreshKeys(kind, now))]
            : Array.FindAll(pending, key => underWay.Contains(StoreRead.Item(kind, key))
                || ExpirationTracker.Of(_cache.Find(kind, key), now) == Freshness.Fresh
                || _cache.HoldsWhole(kind, now, out _));
        var size = _reader.LargestBatch > 1 ? _reader.LargestBatch : keys.Length <= MostSingleReads ? 1 : keys.Length;
        for (var at = 0; at < keys.Length; at += size)
        {
            if (!await SpendAsync(kind, keys[at..Math.Min(at + size, keys.Length)]).ConfigureAwait(false))
            {
                return pending is null ? StoreChange.Of(kind) : StoreChange.Of(kind, keys[at..]);
            }
        }

        return null;
    }

    private async ValueTask<bool> SpendAsync(DataKind kind, string[]? keys)
    {
        var before = _reader.BytesRead;
        var failure = await _flights.RefetchAsync(kind, keys).ConfigureAwait(false);
        _budget.Spend(_reader.BytesRead - before);
        return failure is null;
    }

    private Task DelayAsync(TimeSpan delay, CancellationToken closing) => Task.Delay(delay, _timeProvider, closing);

    [LoggerMessage(20, LogLevel.Information, "Store {Store} tells of changes: what is held of them is read again at once")]
    private static partial void LogListening(ILogger logger, string store);

    [LoggerMessage(21, LogLevel.Warning, "Store {Store} does not tell of changes any more ({Reason}): until it does, items are read again when their time is over")]
    private static partial void LogLost(ILogger logger, string store, string reason);

    [LoggerMessage(22, LogLevel.Information, "Store {Store} cannot tell of changes ({Reason}): items are read again when their time is over")]
    private static partial void LogUnsupported(ILogger logger, string store, string reason);
}
