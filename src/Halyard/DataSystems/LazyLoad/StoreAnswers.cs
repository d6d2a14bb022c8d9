using System.Runtime.InteropServices;
using Halyard.DataComponents;
using Halyard.DataInterfaces;
using Halyard.Model;
using Microsoft.Extensions.Logging;

namespace Halyard.DataSystems;

/// <summary>
/// Stores what the store answered in the cache, with the time until which it is fresh; and where there was no answer,
/// lets what is known stay for a while. Thread-safe; takes no lock of its own.
/// </summary>
internal sealed partial class StoreAnswers
{
    /// <summary>How long something counts as fresh that could not be had, while the store is not known to be down.</summary>
    public static readonly TimeSpan ShortTime = TimeSpan.FromSeconds(1);

    private readonly LazyCache _cache;
    private readonly ExpirationTracker _tracker;
    private readonly LazyLoadCounters _counters;
    private readonly string _store;
    private readonly TimeSpan _ttl;
    private readonly ILogger _logger;
    private readonly long _shortTime;
    private readonly LazyChanges? _changes;
    private int _markerAbsenceLogged;
    private volatile bool _initialized;

    /// <param name="cache">Where items go.</param>
    /// <param name="tracker">What knows how long things are fresh.</param>
    /// <param name="counters">What counts stale items that are served.</param>
    /// <param name="store">The store's name, for people.</param>
    /// <param name="ttl">The time items stay fresh.</param>
    /// <param name="logger">Where to log.</param>
    /// <param name="changes">Where changes are announced; null for nowhere.</param>
    public StoreAnswers(
        LazyCache cache, ExpirationTracker tracker, LazyLoadCounters counters, string store, TimeSpan ttl, ILogger logger, LazyChanges? changes = null)
    {
        _ttl = ttl;
        _cache = cache;
        _tracker = tracker;
        _counters = counters;
        _store = store;
        _logger = logger;
        _shortTime = tracker.Ticks(ShortTime);
        _changes = changes;
    }

    /// <summary>Whether the store's marker has been seen at some time.</summary>
    public bool Initialized => _initialized;

    /// <summary>Whether a read is needless at the given time.</summary>
    public bool IsFresh(StoreRead read, long now) => read.Scope switch
    {
        StoreReadScope.Item => ExpirationTracker.Of(_cache.Find(read.Kind, read.Key), now) == Freshness.Fresh,
        StoreReadScope.Kind => _tracker.Of(read.Kind, now) == Freshness.Fresh,
        _ => _initialized || _tracker.OfInitialized(now) == Freshness.Fresh,
    };

    /// <summary>Stores the answers for some keys of a kind.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="keys">The keys.</param>
    /// <param name="answers">The answers, in the order of the keys.</param>
    /// <param name="timer">When the store was asked.</param>
    /// <param name="isDemanded">
    /// Whether readers wanted the items. If it was only heard that they had changed, they stay fresh for as long as they
    /// would have: what nobody reads any more is not read again and again.
    /// </param>
    public void StoreItems(
        DataKind kind, ReadOnlySpan<string> keys, ReadOnlySpan<ReadItem> answers, in FetchTimer timer, bool isDemanded = true)
    {
        var before = _cache.Snapshot;
        var answered = _cache.NextMoment();
        var now = _tracker.Stamp;

        // Most reads bring one item, which needs no array.
        ItemDescriptor single = null!;
        var items = answers.Length == 1 ? new Span<ItemDescriptor>(ref single) : new ItemDescriptor[answers.Length];
        var count = 0;
        for (var i = 0; i < answers.Length; i++)
        {
            var freshUntil = !isDemanded && _cache.Find(kind, keys[i]) is { } held
                ? ExpirationTracker.FreshUntil(held)
                : _tracker.FreshUntil(timer.AskedAt);
            var answer = answers[i];
            switch (answer.Outcome)
            {
                case ReadOutcome.Pending:
                    _cache.KeepUntil(kind, keys[i], RetryAt(freshUntil, now), now);
                    break;
                case ReadOutcome.Malformed:
                    // What was known stays for as long as a good item would have.
                    _cache.PutMalformed(kind, keys[i], freshUntil, now);
                    break;
                default:
                    var item = answer.Item ?? Placeholder.Absent(kind, keys[i]);
                    ExpirationTracker.SetFreshUntil(item, freshUntil);
                    items[count++] = item;
                    break;
            }
        }

        if (count > 0)
        {
            _cache.Put(kind, items[..count], timer.Moment, answered, now);
        }

        if (_changes is { HasListeners: true })
        {
            _changes.Announce(kind, keys.ToArray(), before, _cache.Snapshot);
        }
    }

    /// <summary>Stores a whole kind.</summary>
    public void StoreWhole(DataKind kind, ReadItems items, in FetchTimer timer, bool isDemanded = true)
    {
        var before = _cache.Snapshot;
        var answered = _cache.NextMoment();
        var freshUntil = isDemanded ? _tracker.FreshUntil(timer.AskedAt) : _tracker.KindFreshUntil(kind);
        if (ReferenceEquals(items, ReadItems.Pending))
        {
            KeepKindUntil(kind, RetryAt(freshUntil, _tracker.Stamp));
            return;
        }

        _cache.PutWhole(kind, items, timer.Moment, answered, freshUntil, _tracker.Stamp);
        _tracker.SetKind(kind, freshUntil);
        if (_changes is { HasListeners: true })
        {
            _changes.Announce(kind, keys: null, before, _cache.Snapshot);
        }
    }

    /// <summary>Stores an item that this process is writing into the store: it counts as an answer from now.</summary>
    public void StoreWritten(ItemDescriptor written)
    {
        var now = _tracker.Stamp;
        var item = written.Copy();
        ExpirationTracker.SetFreshUntil(item, _tracker.FreshUntil(now));
        _cache.Put(item.Kind, new(in item), _cache.NextMoment(), _cache.NextMoment(), now);
    }

    /// <summary>Notes that an item is pushed that could not be understood: the last good one stays, or the key is known to be malformed.</summary>
    public void StoreMalformed(DataKind kind, string key)
    {
        var now = _tracker.Stamp;
        _cache.PutMalformed(kind, key, _tracker.FreshUntil(now), now);
    }

    /// <summary>Stores a data set that this process is writing into the store.</summary>
    /// <param name="written">The data set.</param>
    /// <param name="areFresh">Whether its items count as an answer; otherwise they are what is known until the store has answered.</param>
    public void StoreAllWritten(DataSnapshot written, bool areFresh)
    {
        StoreWhole(DataKind.Segment, written.Segments, areFresh);
        StoreWhole(DataKind.Flag, written.Flags, areFresh);
        foreach (var item in written.Quarantine.Items)
        {
            StoreMalformed(item.Kind, item.Key);
        }

        SetInitialized();
    }

    /// <summary>Notes that a complete data set is there: the store's marker was seen, or is being written.</summary>
    public void SetInitialized()
    {
        _cache.SetInitialized();
        _initialized = true;
    }

    /// <summary>Stores whether the store has its marker.</summary>
    public void StoreMarker(bool initialized, in FetchTimer timer)
    {
        if (initialized)
        {
            SetInitialized();
            return;
        }

        _tracker.SetInitialized(timer.AskedAt + _tracker.Ticks(MarkerPace.Of(_ttl)));
        if (!_initialized && Interlocked.Exchange(ref _markerAbsenceLogged, 1) == 0)
        {
            LogNotInitialized(_logger, _store);
        }
    }

    /// <summary>Lets what is known of a read count as fresh until the given time.</summary>
    public void KeepUntil(StoreRead read, long until)
    {
        switch (read.Scope)
        {
            case StoreReadScope.Item:
                KeepItemUntil(read, until, _tracker.Stamp);
                break;
            case StoreReadScope.Kind:
                KeepKindUntil(read.Kind, until);
                break;
            default:
                _tracker.SetInitialized(until);
                break;
        }
    }

    /// <summary>Lets what is known of an item count as fresh; counted as a stale item served, if anything is known.</summary>
    public void KeepItemUntil(StoreRead read, long until, long now)
    {
        if (_cache.Find(read.Kind, read.Key) is null && _cache.HoldsWhole(read.Kind))
        {
            // The last time that all items of the kind were read, this one was not among them.
            _cache.PutAbsentFromWhole(read.Kind, read.Key, until, now);
        }
        else if (!_cache.KeepUntil(read.Kind, read.Key, until, now))
        {
            return;
        }

        _counters.ServedStale();
    }

    /// <summary>Lets what is known of a whole kind count as fresh.</summary>
    public void KeepKindUntil(DataKind kind, long until)
    {
        if (_tracker.KindFreshUntil(kind) < until)
        {
            _tracker.SetKind(kind, until);
        }
    }

    /// <summary>Lets the items for which no answer came in time stay for a moment, so that the read at hand comes to an end.</summary>
    public void KeepUnanswered(IReadOnlyList<MissedItem> misses, long now)
    {
        var until = KeptShortly();
        foreach (var miss in misses)
        {
            if (StoreRead.TryOf(miss, out var read) && !IsFresh(read, now))
            {
                KeepItemUntil(read, until, now);
            }
        }
    }

    /// <summary>The time until which something stays that could not be had now.</summary>
    /// <param name="doublings">How often the time is doubled, up to half a minute.</param>
    public long KeptShortly(int doublings = 0) => _tracker.Stamp + (_shortTime << Math.Min(doublings, 5));

    // What is held and not among what is written is gone, and is asked for when it is read. What is neither stays unknown,
    // since something else may write it.
    private void StoreWhole(DataKind kind, IEnumerable<ItemDescriptor> written, bool areFresh)
    {
        var now = _tracker.Stamp;
        var keys = new HashSet<string>(StringComparer.Ordinal);
        var items = new List<ItemDescriptor>();
        foreach (var item in written)
        {
            keys.Add(item.Key);
            items.Add(item.Copy());
            ExpirationTracker.SetFreshUntil(items[^1], areFresh ? _tracker.FreshUntil(now) : now);
        }

        _cache.BeginWritten(kind);
        var held = _cache.Snapshot;
        foreach (var item in kind == DataKind.Flag ? held.Flags.AsEnumerable<ItemDescriptor>() : held.Segments)
        {
            if (keys.Add(item.Key))
            {
                items.Add(Placeholder.Absent(kind, item.Key));
                ExpirationTracker.SetFreshUntil(items[^1], now);
            }
        }

        _cache.Put(kind, CollectionsMarshal.AsSpan(items), _cache.NextMoment(), _cache.NextMoment(), now);
    }

    // What the store does not have yet is asked for again soon, however long other things stay fresh.
    private long RetryAt(long freshUntil, long now) => Math.Min(freshUntil, now + _tracker.Ticks(MarkerPace.Of(_ttl)));

    [LoggerMessage(1, LogLevel.Warning, "Store {Store} has no marker: nothing has written a complete data set there yet (is the prefix right?); evaluating with what it holds")]
    private static partial void LogNotInitialized(ILogger logger, string store);
}
