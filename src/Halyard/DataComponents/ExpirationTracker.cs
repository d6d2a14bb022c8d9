using Halyard.Model;

namespace Halyard.DataComponents;

/// <summary>
/// Knows until when everything that was read counts as fresh: items (the time is kept in the item), whole kinds, and the
/// answer to "initialized?". The time runs from the start of a request and not from its answer, so that a slow answer is
/// not taken for newer than it is. Thread-safe; takes no lock.
/// </summary>
internal sealed class ExpirationTracker
{
    private readonly TimeProvider _timeProvider;
    private readonly Func<double> _random;
    private readonly double _jitter;
    private readonly long _ttl;
    private readonly long _longTtl;
    private readonly bool _asksAlways;

    // By kind, until when it is fresh as a whole; long.MinValue when it was never read. Read and written with Volatile.
    private readonly long[] _kinds = [long.MinValue, long.MinValue];

    // The same for "initialized?".
    private long _initialized = long.MinValue;

    // The last time given out where each must be later than all before. Changed with Interlocked.
    private long _lastTime;
    private volatile bool _closed;
    private volatile bool _isLengthened;

    /// <param name="timeProvider">The clock.</param>
    /// <param name="ttl">How long things stay fresh; zero for not at all, <see cref="Timeout.InfiniteTimeSpan"/> for ever.</param>
    /// <param name="jitter">The largest share by which a time is shortened.</param>
    /// <param name="random">Gives numbers from 0 to less than 1.</param>
    /// <param name="longTtl">The same while something else tells what has changed; null for no longer than otherwise.</param>
    public ExpirationTracker(TimeProvider timeProvider, TimeSpan ttl, double jitter, Func<double> random, TimeSpan? longTtl = null)
    {
        _timeProvider = timeProvider;
        _random = random;
        _jitter = jitter;
        _ttl = Duration(ttl);
        _longTtl = Duration(longTtl ?? ttl);
        _asksAlways = ttl == TimeSpan.Zero;
    }

    /// <summary>
    /// The time of a read that starts now. With a TTL of zero each is later than all before, however coarse the clock, so
    /// that what was fetched for one read is never fresh for the next.
    /// </summary>
    public long Now
    {
        get
        {
            if (_closed)
            {
                return long.MinValue;
            }

            return _asksAlways ? Advance(1) : _timeProvider.GetTimestamp();
        }
    }

    /// <summary>
    /// The time now, as the start of a request to the store. It is not earlier than any that <see cref="Now"/> has given
    /// and, with a TTL of zero, earlier than any that it will give.
    /// </summary>
    public long Stamp => _asksAlways ? Advance(0) : _timeProvider.GetTimestamp();

    /// <summary>A duration in the clock's units.</summary>
    public long Ticks(TimeSpan duration) => (long)(duration.TotalSeconds * _timeProvider.TimestampFrequency);

    /// <summary>Until when something is fresh that was asked for at the given time. Shortened at random, so that a fleet does not refresh at once.</summary>
    public long FreshUntil(long asked)
    {
        var ttl = _isLengthened ? _longTtl : _ttl;
        if (ttl == long.MaxValue)
        {
            return long.MaxValue;
        }

        return asked + Math.Max(1, _jitter > 0 ? (long)(ttl * (1 - (_jitter * _random()))) : ttl);
    }

    /// <summary>From now on what is read stays fresh for the long time, or for the usual one again.</summary>
    public void Lengthen(bool isLengthened) => _isLengthened = isLengthened;

    /// <summary>Whether the long time is longer than the usual one.</summary>
    public bool CanLengthen => _longTtl > _ttl;

    public static Freshness Of(ItemDescriptor? item, long now) =>
        item is null ? Freshness.NotTracked : FreshUntil(item) > now ? Freshness.Fresh : Freshness.Stale;

    public Freshness Of(DataKind kind, long now) => Of(Volatile.Read(ref _kinds[(int)kind]), now);

    public Freshness OfInitialized(long now) => Of(Volatile.Read(ref _initialized), now);

    public long KindFreshUntil(DataKind kind) => Volatile.Read(ref _kinds[(int)kind]);

    public void SetKind(DataKind kind, long freshUntil) => Volatile.Write(ref _kinds[(int)kind], freshUntil);

    public void SetInitialized(long freshUntil) => Volatile.Write(ref _initialized, freshUntil);

    /// <summary>From now on everything known counts as fresh, because nothing will be read any more.</summary>
    public void Close() => _closed = true;

    public static long FreshUntil(ItemDescriptor item) => item is ItemDescriptor<Flag> flag
        ? Volatile.Read(ref flag.FreshUntil)
        : Volatile.Read(ref ((ItemDescriptor<Segment>)item).FreshUntil);

    public static void SetFreshUntil(ItemDescriptor item, long freshUntil)
    {
        if (item is ItemDescriptor<Flag> flag)
        {
            Volatile.Write(ref flag.FreshUntil, freshUntil);
        }
        else
        {
            Volatile.Write(ref ((ItemDescriptor<Segment>)item).FreshUntil, freshUntil);
        }
    }

    private long Duration(TimeSpan ttl) => ttl == Timeout.InfiniteTimeSpan ? long.MaxValue : Ticks(ttl);

    private static Freshness Of(long freshUntil, long now) =>
        freshUntil == long.MinValue ? Freshness.NotTracked : freshUntil > now ? Freshness.Fresh : Freshness.Stale;

    private long Advance(long step)
    {
        var now = _timeProvider.GetTimestamp();
        while (true)
        {
            var last = Volatile.Read(ref _lastTime);
            var next = Math.Max(now, last + step);
            if (next == last || Interlocked.CompareExchange(ref _lastTime, next, last) == last)
            {
                return next;
            }
        }
    }
}
