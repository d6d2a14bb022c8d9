using Halyard.Model;

namespace Halyard.DataComponents;

/// <summary>
/// Knows until when everything that was read counts as fresh: items (in the items themselves), whole kinds, and the
/// answer to "initialized?". Time starts when a read of the store starts, not when it answers, so that a slow answer
/// is not taken for newer than it is. Thread-safe.
/// </summary>
internal sealed class ExpirationTracker
{
    private readonly TimeProvider _timeProvider;
    private readonly Func<double> _random;
    private readonly double _jitter;
    private readonly long _ttl;
    private readonly bool _asksAlways;
    private readonly long[] _kinds = [long.MinValue, long.MinValue];
    private long _initialized = long.MinValue;
    private long _unique;
    private volatile bool _closed;

    /// <param name="timeProvider">The clock.</param>
    /// <param name="ttl">How long things stay fresh; zero for not at all, <see cref="Timeout.InfiniteTimeSpan"/> for ever.</param>
    /// <param name="jitter">The largest share by which a time is shortened.</param>
    /// <param name="random">Gives numbers from 0 to less than 1.</param>
    public ExpirationTracker(TimeProvider timeProvider, TimeSpan ttl, double jitter, Func<double> random)
    {
        _timeProvider = timeProvider;
        _random = random;
        _jitter = jitter;
        _ttl = ttl == Timeout.InfiniteTimeSpan ? long.MaxValue : Ticks(ttl);
        _asksAlways = ttl == TimeSpan.Zero;
    }

    /// <summary>
    /// The moment of a read that starts now. With a TTL of zero each is later than all before, however coarse the
    /// clock: what was fetched for one read is then never fresh for the next.
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
    /// The moment now, to date a request to the store with. Not earlier than any that <see cref="Now"/> has given, and
    /// with a TTL of zero earlier than any that it will give.
    /// </summary>
    public long Stamp => _asksAlways ? Advance(0) : _timeProvider.GetTimestamp();

    /// <summary>A duration in the clock's units.</summary>
    public long Ticks(TimeSpan duration) => (long)(duration.TotalSeconds * _timeProvider.TimestampFrequency);

    /// <summary>Until when something is fresh that was asked for at the given moment; shortened at random.</summary>
    public long FreshUntil(long asked)
    {
        if (_ttl == long.MaxValue)
        {
            return long.MaxValue;
        }

        var ttl = _jitter > 0 ? (long)(_ttl * (1 - (_jitter * _random()))) : _ttl;
        return asked + Math.Max(1, ttl);
    }

    public static Freshness Of(ItemDescriptor? item, long now) =>
        item is null ? Freshness.NotTracked : FreshUntil(item) > now ? Freshness.Fresh : Freshness.Stale;

    public Freshness Of(DataKind kind, long now) => Of(Volatile.Read(ref _kinds[(int)kind]), now);

    public Freshness OfInitialized(long now) => Of(Volatile.Read(ref _initialized), now);

    public long KindFreshUntil(DataKind kind) => Volatile.Read(ref _kinds[(int)kind]);

    public void SetKind(DataKind kind, long freshUntil) => Volatile.Write(ref _kinds[(int)kind], freshUntil);

    public void SetInitialized(long freshUntil) => Volatile.Write(ref _initialized, freshUntil);

    /// <summary>From here on everything known counts as fresh: nothing will be read any more.</summary>
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

    private static Freshness Of(long freshUntil, long now) =>
        freshUntil == long.MinValue ? Freshness.NotTracked : freshUntil > now ? Freshness.Fresh : Freshness.Stale;

    private long Advance(long step)
    {
        var now = _timeProvider.GetTimestamp();
        while (true)
        {
            var last = Volatile.Read(ref _unique);
            var next = Math.Max(now, last + step);
            if (next == last || Interlocked.CompareExchange(ref _unique, next, last) == last)
            {
                return next;
            }
        }
    }
}
