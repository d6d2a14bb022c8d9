using Halyard.DataComponents;
using Halyard.DataComponents.Trie;
using Halyard.DataInterfaces;
using Halyard.Model;

namespace Halyard.DataSystems;

/// <summary>
/// The rules by which answers of the store get into the <see cref="MemoryStore"/> of a Lazy Load system, whose only
/// writer this is. Reads take no lock; changes are made within one. A key without an item has a <see cref="Placeholder"/>.
/// </summary>
/// <remarks>
/// Answers may come in another order than the store gave them, for instance when an item and its whole kind are read at
/// the same time. Two rules see to it that data never goes back to an earlier state. If one read ended before another
/// began, the later one counts, whatever the versions, because a store may be filled anew with lower ones. If two reads
/// overlapped, the higher version counts, because only the versions tell which of the two saw the store later.
/// </remarks>
internal sealed class LazyCache
{
    private readonly MemoryStore _store;
    private readonly CacheEviction _eviction;
    private readonly bool _dropsItems;
    private readonly Lock _gate = new();

    // The moments at which the reads began that are still under way; kept only where items are dropped. Guarded by _gate.
    private readonly SortedSet<long> _underWay = [];

    // By kind, the moment at which the newest read of the whole kind began. Guarded by _gate.
    private readonly long[] _wholeBegan = new long[2];

    // By kind, the moment at which this process began to write the whole kind last. Guarded by _gate.
    private readonly long[] _writtenAt = new long[2];

    // By kind, until when the whole kind is fresh; long.MinValue when it is not there as a whole. Written within _gate,
    // read without.
    private readonly long[] _wholeUntil = [long.MinValue, long.MinValue];

    // The last moment given out. Changed with Interlocked alone.
    private long _moment;

    /// <param name="store">What holds the items; written by this alone.</param>
    /// <param name="maxItems">How many items are kept; null for all.</param>
    /// <param name="protection">For how long an item that was read from the store cannot be dropped.</param>
    /// <param name="pruneInterval">The time between two searches for outdated placeholders.</param>
    /// <param name="counters">What counts; null for nobody.</param>
    public LazyCache(MemoryStore store, int? maxItems, long protection, long pruneInterval, LazyLoadCounters? counters = null)
    {
        _store = store;
        _dropsItems = maxItems is not null;
        _eviction = new(
            store, maxItems, protection, pruneInterval, kind => Volatile.Write(ref _wholeUntil[(int)kind], long.MinValue), counters);
    }

    public long Evictions => _eviction.Evictions;

    public int Placeholders
    {
        get
        {
            lock (_gate)
            {
                return _eviction.Placeholders;
            }
        }
    }

    public DataSnapshot Snapshot => _store.Snapshot;

    public ItemDescriptor? Find(DataKind kind, string key) =>
        kind == DataKind.Flag ? _store.Snapshot.Flags.Find(key) : _store.Snapshot.Segments.Find(key);

    /// <summary>A number that is higher than all given before. It orders the reads; a clock could give two of them the same time.</summary>
    public long NextMoment() => Interlocked.Increment(ref _moment);

    /// <summary>Notes that a read begins, before the store is asked.</summary>
    /// <returns>The moment, to be given to <see cref="End"/> whatever becomes of the read.</returns>
    public long Begin()
    {
        if (!_dropsItems)
        {
            return NextMoment();
        }

        lock (_gate)
        {
            var began = NextMoment();
            _underWay.Add(began);
            return began;
        }
    }

    /// <summary>Notes that a read that began at the given moment is over.</summary>
    public void End(long began)
    {
        if (!_dropsItems)
        {
            return;
        }

        lock (_gate)
        {
            _underWay.Remove(began);
        }
    }

    /// <summary>
    /// Puts the items of a kind that one read brought, in one new snapshot, except those of which something newer is in
    /// the cache already.
    /// </summary>
    /// <param name="kind">The kind.</param>
    /// <param name="items">Items and placeholders that belong to this read alone, and know until when they are fresh.</param>
    /// <param name="began">The moment at which the read began.</param>
    /// <param name="answered">The moment at which the store had answered.</param>
    /// <param name="now">The time now.</param>
    public void Put(DataKind kind, ReadOnlySpan<ItemDescriptor> items, long began, long answered, long now)
    {
        foreach (var item in items)
        {
            item.ReadAt = answered;
        }

        lock (_gate)
        {
            if (answered < _wholeBegan[(int)kind] || began < _writtenAt[(int)kind])
            {
                return;
            }

            var before = _store.Snapshot;
            _store.Replace(kind == DataKind.Flag
                ? before with { Flags = Merged(before.Flags, items, began, now) }
                : before with { Segments = Merged(before.Segments, items, began, now) });
            _underWay.Remove(began);
            Trim(now);
        }
    }

    /// <summary>
    /// Notes that this process begins to write the whole kind into the store: what reads bring that began before does not
    /// count, even in a higher version, since a service may begin anew with lower ones.
    /// </summary>
    public void BeginWritten(DataKind kind)
    {
        lock (_gate)
        {
            _writtenAt[(int)kind] = NextMoment();
        }
    }

    /// <summary>Notes that the store lacks a key, because the whole kind was read and does not hold it.</summary>
    public void PutAbsentFromWhole(DataKind kind, string key, long freshUntil, long now)
    {
        lock (_gate)
        {
            if (Find(kind, key) is null)
            {
                PutNew(Placeholder.Absent(kind, key), freshUntil, now);
            }
        }
    }

    /// <summary>Lets what is known of a key, or that nothing is known, count as fresh until the given moment.</summary>
    /// <returns>Whether something is known.</returns>
    public bool KeepUntil(DataKind kind, string key, long until, long now)
    {
        var item = Find(kind, key);
        if (item is null)
        {
            lock (_gate)
            {
                item = Find(kind, key);
                if (item is null)
                {
                    PutNew(Placeholder.Unknown(kind, key), until, now);
                    return false;
                }
            }
        }

        if (ExpirationTracker.FreshUntil(item) < until)
        {
            ExpirationTracker.SetFreshUntil(item, until);
        }

        return Placeholder.IsKnown(item);
    }

    /// <summary>
    /// Notes that the store holds a key with an item that cannot be understood. The last good item stays, and counts as
    /// fresh until the given moment; without one the key is known to be malformed.
    /// </summary>
    public void PutMalformed(DataKind kind, string key, long until, long now)
    {
        lock (_gate)
        {
            var known = Find(kind, key);
            if (known is null or { IsTombstone: true })
            {
                var placeholder = Placeholder.Malformed(kind, key);
                ExpirationTracker.SetFreshUntil(placeholder, until);
                _store.Upsert(kind, key, placeholder);
                _eviction.Added(placeholder, known, now);
                Trim(now);
            }
            else if (ExpirationTracker.FreshUntil(known) < until)
            {
                ExpirationTracker.SetFreshUntil(known, until);
            }
        }
    }

    /// <summary>
    /// Puts a whole kind: a key that it does not hold is gone, except where something newer is in the cache already.
    /// The last good state of a malformed item stays.
    /// </summary>
    public void PutWhole(DataKind kind, ReadItems read, long began, long answered, long freshUntil, long now)
    {
        lock (_gate)
        {
            if (began < Math.Max(_wholeBegan[(int)kind], _writtenAt[(int)kind]))
            {
                return;
            }

            _wholeBegan[(int)kind] = began;
            Volatile.Write(ref _wholeUntil[(int)kind], freshUntil);
            var before = _store.Snapshot;
            _store.Replace(kind == DataKind.Flag
                ? before with { Flags = Whole(before.Flags, read, began, answered, freshUntil) }
                : before with { Segments = Whole(before.Segments, read, began, answered, freshUntil) });
            _underWay.Remove(began);
            _eviction.Restart(now);
            Trim(now);
        }
    }

    /// <summary>Whether the kind was read as a whole and no item of it was dropped since: a key that is not held is absent.</summary>
    public bool HoldsWhole(DataKind kind) => Volatile.Read(ref _wholeUntil[(int)kind]) != long.MinValue;

    /// <summary>The same, and the whole kind is still fresh.</summary>
    public bool HoldsWhole(DataKind kind, long now, out long freshUntil) =>
        (freshUntil = Volatile.Read(ref _wholeUntil[(int)kind])) > now;

    /// <summary>The keys of a kind that are held and fresh at the given time, those that the store lacks included.</summary>
    public string[] FreshKeys(DataKind kind, long now) => kind == DataKind.Flag
        ? [.. _store.Snapshot.Flags.Where(flag => ExpirationTracker.FreshUntil(flag) > now).Select(static flag => flag.Key)]
        : [.. _store.Snapshot.Segments.Where(segment => ExpirationTracker.FreshUntil(segment) > now).Select(static segment => segment.Key)];

    /// <summary>Lets nothing be fresh for longer than until the given time.</summary>
    public void ShortenTo(long until)
    {
        var snapshot = _store.Snapshot;
        foreach (var item in snapshot.Flags.Concat<ItemDescriptor>(snapshot.Segments))
        {
            if (ExpirationTracker.FreshUntil(item) > until)
            {
                ExpirationTracker.SetFreshUntil(item, until);
            }
        }

        lock (_gate)
        {
            for (var kind = 0; kind < _wholeUntil.Length; kind++)
            {
                Volatile.Write(ref _wholeUntil[kind], Math.Min(_wholeUntil[kind], until));
            }
        }
    }

    /// <summary>Notes that the data set has been marked as complete.</summary>
    public void SetInitialized()
    {
        lock (_gate)
        {
            _store.Replace(_store.Snapshot with { Initialized = true });
        }
    }

    private static ItemMap<ItemDescriptor<T>> Whole<T>(
        ItemMap<ItemDescriptor<T>> before, ReadItems read, long began, long answered, long freshUntil)
        where T : class
    {
        var items = new List<ItemDescriptor<T>>(read.Items.Count);
        foreach (var item in read.Items)
        {
            var typed = (ItemDescriptor<T>)item;
            typed.ReadAt = answered;
            ExpirationTracker.SetFreshUntil(typed, freshUntil);
            items.Add((ItemDescriptor<T>)Newer(before.Find(typed.Key), typed, began));
        }

        foreach (var key in read.MalformedKeys)
        {
            var lastGood = before.Find(key);
            if (lastGood is null or { IsTombstone: true })
            {
                lastGood = (ItemDescriptor<T>)Placeholder.Malformed(KindOf<T>(), key);
            }

            ExpirationTracker.SetFreshUntil(lastGood, freshUntil);
            items.Add(lastGood);
        }

        var map = ItemMap<ItemDescriptor<T>>.Empty.WithAll(items);
        items.Clear();
        foreach (var item in before)
        {
            // A read of the single item ended after this one had begun, and so saw the store later.
            if (item.ReadAt > began && map.Find(item.Key) is null)
            {
                items.Add(item);
            }
        }

        return items.Count == 0 ? map : map.WithAll(items);
    }

    private static DataKind KindOf<T>() => typeof(T) == typeof(Flag) ? DataKind.Flag : DataKind.Segment;

    /// <summary>
    /// Which of two counts: what is in the cache, or what a read brought that began at the given moment. Of two reads
    /// that overlapped, the one with the higher version saw the store no earlier than the other, so its item is at least
    /// as fresh as the other.
    /// </summary>
    private static ItemDescriptor Newer(ItemDescriptor? before, ItemDescriptor item, long began)
    {
        if (before is null || before.ReadAt < began)
        {
            return item;
        }

        var (newer, older) = before.Version >= item.Version ? (before, item) : (item, before);
        if (ExpirationTracker.FreshUntil(newer) < ExpirationTracker.FreshUntil(older))
        {
            ExpirationTracker.SetFreshUntil(newer, ExpirationTracker.FreshUntil(older));
        }

        return newer;
    }

    // Within the lock.
    private ItemMap<ItemDescriptor<T>> Merged<T>(ItemMap<ItemDescriptor<T>> before, ReadOnlySpan<ItemDescriptor> items, long began, long now)
        where T : class
    {
        // Most reads bring one item, which needs no array.
        ItemDescriptor<T> single = null!;
        var merged = items.Length == 1 ? new Span<ItemDescriptor<T>>(ref single) : new ItemDescriptor<T>[items.Length];
        var count = 0;
        foreach (var item in items)
        {
            var known = before.Find(item.Key);
            var newer = Newer(known, item, began);
            if (!ReferenceEquals(newer, known))
            {
                _eviction.Added(newer, known, now);
                merged[count++] = (ItemDescriptor<T>)newer;
            }
        }

        return count == 0 ? before : before.WithAll(merged[..count]);
    }

    // Within the lock.
    private void PutNew(ItemDescriptor placeholder, long freshUntil, long now)
    {
        ExpirationTracker.SetFreshUntil(placeholder, freshUntil);
        _store.Upsert(placeholder.Kind, placeholder.Key, placeholder);
        _eviction.Added(placeholder, before: null, now);
        Trim(now);
    }

    // Within the lock.
    private void Trim(long now)
    {
        // A kind that was read as a whole is only complete as long as no item of it is dropped.
        var mayDropItems = _wholeUntil[0] <= now && _wholeUntil[1] <= now;

        // A read that is under way must find here every item that was read while it ran, to compare the versions. Reads
        // are bounded in time, so this holds up nothing for long.
        _eviction.Trim(now, mayDropItems, _underWay.Count == 0 ? long.MaxValue : _underWay.Min);
    }
}
