using Halyard.Concurrency;
using Halyard.DataComponents;
using Halyard.DataInterfaces;
using Halyard.Model;
using Halyard.Telemetry;
using Microsoft.Extensions.Logging;

namespace Halyard.DataSystems;

/// <summary>
/// Keeps a Lazy Load cache in step with a store that says what was written: listens, and reads again what is held of it.
/// Two loops run until the end, each of which goes on after any failure.
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
    public StoreSignals(
        IDataReader reader,
        IStoreChangeSource source,
        LazyCache cache,
        StoreFlights flights,
        ExpirationTracker tracker,
        LazyLoadOptions options,
        TimeProvider timeProvider,
        ILogger logger,
        Func<double> random)
    {
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
    }

    /// <summary>Whether the store is being listened to at the moment.</summary>
    public bool IsListening => _isListening;

    /// <summary>Starts both loops; to be called once.</summary>
    public void Start()
    {
        var closing = _closing.Token;
        _loops = Task.WhenAll(Task.Run(() => ListenAsync(closing), CancellationToken.None), Task.Run(() => RefetchAsync(closing), CancellationToken.None));
    }

    public async ValueTask DisposeAsync()
    {
        // A store's listener may have registered anything on the token.
        await new Ending().StopAsync(_closing, running: null).ConfigureAwait(false);

        // A store that does not let go of its listener, or of a read, holds up nobody for longer than a request may take.
        await Task.WhenAny(_loops, Task.Delay(_options.FetchTimeout, CancellationToken.None)).ConfigureAwait(false);
        _closing.Dispose();
    }

    private async Task ListenAsync(CancellationToken closing)
    {
        for (var failures = 0; !closing.IsCancellationRequested; failures++)
        {
            var delay = Math.Min(FirstDelay.TotalSeconds * Math.Pow(2, Math.Min(failures, 16)), LongestDelay.TotalSeconds);
            try
            {
                await foreach (var change in _source.ListenAsync(closing).WithCancellation(closing).ConfigureAwait(false))
                {
                    failures = 0;
                    delay = FirstDelay.TotalSeconds;
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

            await DelayAsync(TimeSpan.FromSeconds(delay * (1 - (0.2 * _random()))), closing).ConfigureAwait(false);
        }
    }

    private void Hear(StoreChange change)
    {
        if (!_isListening)
        {
            _isListening = true;
            _tracker.Lengthen(true);
            Log(static self => LogListening(self._logger, self._reader.Identity));
        }

        HalyardMetrics.ChangesHeard.Add(1, new KeyValuePair<string, object?>(HalyardMetrics.StoreTag, _reader.Identity));
        _pending.Add(change);
    }

    private void Lost(Exception? failure)
    {
        if (!_isListening)
        {
            return;
        }

        _isListening = false;
        StopLengthening();
        Log(self => LogLost(self._logger, self._reader.Identity, failure?.Message ?? "it ended"));
    }

    private void Unsupported(NotSupportedException failure)
    {
        _isListening = false;
        StopLengthening();
        if (!_wasToldUnsupported)
        {
            _wasToldUnsupported = true;
            Log(self => LogUnsupported(self._logger, self._reader.Identity, failure.Message));
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
            try
            {
                await _pending.WaitAsync(closing).ConfigureAwait(false);
                if (_pending.HasWhole && _options.RefetchSpread > TimeSpan.Zero)
                {
                    await Task.Delay(_options.RefetchSpread * _random(), _timeProvider, closing).ConfigureAwait(false);
                }

                await _budget.WaitAsync(closing).ConfigureAwait(false);
                var isDone = await RefetchPendingAsync().ConfigureAwait(false);
                failures = isDone ? 0 : failures + 1;
            }
            catch (Exception e)
            {
                if (closing.IsCancellationRequested)
                {
                    return;
                }

                // Nothing above is meant to throw; should something do, it is not to end the loop.
                failures++;
                Log(self => LogUnexpected(self._logger, e, self._reader.Identity));
            }

            if (failures > 0)
            {
                var delay = Math.Min(FirstDelay.TotalSeconds * Math.Pow(2, Math.Min(failures - 1, 16)), LongestDelay.TotalSeconds);
                await DelayAsync(TimeSpan.FromSeconds(delay), closing).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Reads again what is pending; what cannot be read stays pending.</summary>
    /// <returns>Whether all of it was read.</returns>
    private async ValueTask<bool> RefetchPendingAsync()
    {
        var isDone = true;
        if (_pending.TakeMarker() && await _flights.RefetchMarkerAsync().ConfigureAwait(false) is not null)
        {
            isDone = false;
            _pending.Add(StoreChange.Everything);
        }

        // Segments first: a flag that was changed together with its segment is not seen before it.
        foreach (var kind in Kinds)
        {
            var pending = _pending.Take(kind);
            if (!isDone || pending is { Length: 0 })
            {
                continue;
            }

            if (await RefetchKindAsync(kind, pending).ConfigureAwait(false) is { } failed)
            {
                isDone = false;
                _pending.Add(failed);
            }
        }

        return isDone;
    }

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

    private async Task DelayAsync(TimeSpan delay, CancellationToken closing) =>
        await Task.Delay(delay, _timeProvider, closing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    // A logger is the user's, and what it throws must not end a loop.
    private void Log(Action<StoreSignals> log)
    {
        try
        {
            log(this);
        }
        catch (Exception)
        {
            // There is no one left to tell.
        }
    }

    [LoggerMessage(20, LogLevel.Information, "Store {Store} tells of changes: what is held of them is read again at once")]
    private static partial void LogListening(ILogger logger, string store);

    [LoggerMessage(21, LogLevel.Warning, "Store {Store} does not tell of changes any more ({Reason}): until it does, items are read again when their time is over")]
    private static partial void LogLost(ILogger logger, string store, string reason);

    [LoggerMessage(22, LogLevel.Information, "Store {Store} cannot tell of changes ({Reason}): items are read again when their time is over")]
    private static partial void LogUnsupported(ILogger logger, string store, string reason);

    [LoggerMessage(23, LogLevel.Error, "Unexpected failure reading again from store {Store}")]
    private static partial void LogUnexpected(ILogger logger, Exception exception, string store);
}
