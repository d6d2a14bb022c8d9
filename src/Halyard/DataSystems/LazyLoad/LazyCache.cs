using Halyard.DataComponents;
using Halyard.DataComponents.Trie;
using Halyard.DataInterfaces;
using Halyard.Model;
using Halyard.Telemetry;

namespace Halyard.DataSystems;

/// <summary>
/// What has been read so far, as an immutable snapshot. Absent keys are held as tombstones of a version that no
/// item has, so that a read of one costs what any other read costs. Reads take no lock; changes are serialised.
/// </summary>
/// <remarks>
/// Answers may come in another order than the store gave them: an item and its whole kind are read side by side. Of
/// two reads of which one ended before the other began, the later one counts, whatever the versions, since a store may
/// be filled anew with lower ones. Of two that overlapped, only the versions tell which saw the store later; the
/// higher one counts. So data never goes back to what was there before.
/// </remarks>
internal sealed class LazyCache
{
    /// <summary>The version of the placeholder of a key that the store does not hold.</summary>
    public const long AbsentVersion = -1;

    /// <summary>The version of the placeholder of a key of which nothing is known: the store could not be read.</summary>
    public const long UnknownVersion = -2;

    // Keys are written in code, so there are few; this bounds what a stream of made-up keys can cost.
    private const int MaxPlaceholders = 10_000;

    private readonly Lock _gate = new();
    private readonly int? _maxItems;
    private readonly long _protection;
    private readonly long _pruneInterval;

    // Clock algorithm: the oldest leaves, unless it was read since it last came up.
    private readonly Queue<Resident> _items = new();
    private readonly Queue<Resident> _placeholders = new();

    // The moments at which the reads began that may still bring something.
    private readonly SortedSet<long> _underWay = [];
    private readonly long[] _wholeBegan = new long[2];
    private readonly long[] _wholeUntil = [long.MinValue, long.MinValue];
    private volatile DataSnapshot _snapshot = DataSnapshot.Empty;
    private long _nextPrune = long.MinValue;
    private long _evictions;
    private long _moment;

    /// <param name="maxItems">How many items are kept; null for all.</param>
    /// <param name="protection">How long an item that was read from the store is safe from being dropped, so that an evaluation finds what it had fetched.</param>
    /// <param name="pruneInterval">How often outdated placeholders are looked for.</param>
    public LazyCache(int? maxItems, long protection, long pruneInterval)
    {
        _maxItems = maxItems;
        _protection = protection;
        _pruneInterval = Math.Max(1, pruneInterval);
    }

    public DataSnapshot Snapshot => _snapshot;

    public long Evictions => Interlocked.Read(ref _evictions);

    public int Placeholders
    {
        get
        {
            lock (_gate)
            {
                return _placeholders.Count;
            }
        }
    }

    public static bool IsPlaceholder(ItemDescriptor item) => item.Version < 0 && item.IsTombstone;

    /// <summary>Whether something is known of the key: an item, a tombstone, or that the store has none.</summary>
    public static bool IsKnown(ItemDescriptor? item) => item is not null && !(item.Version == UnknownVersion && item.IsTombstone);

    public ItemDescriptor? Find(DataKind kind, string key)
    {
        var snapshot = _snapshot;
        return kind == DataKind.Flag ? snapshot.Flags.Find(key) : snapshot.Segments.Find(key);
    }

    /// <summary>The moment now, later than all before: what orders the reads, as a clock could not.</summary>
    public long Moment() => Interlocked.Increment(ref _moment);

    /// <summary>Notes that a read begins, before the store is asked.</summary>
    /// <returns>The moment; to be given to <see cref="End"/> whatever becomes of the read.</returns>
    public long Begin()
    {
        // Only what drops items needs to know what is under way.
        if (_maxItems is null)
        {
            return Moment();
        }

        lock (_gate)
        {
            var began = Moment();
            _underWay.Add(began);
            return began;
        }
    }

    /// <summary>Notes that a read will bring nothing any more.</summary>
    public void End(long began)
    {
        if (_maxItems is null)
        {
            return;
        }

        lock (_gate)
        {
            _underWay.Remove(began);
        }
    }

    /// <summary>Puts what a read of one item brought, unless something newer is in already.</summary>
    /// <param name="item">The item, of its own for each read.</param>
    /// <param name="began">The moment at which the read began.</param>
    /// <param name="answered">The moment at which the store had answered.</param>
    /// <param name="freshUntil">Until when the item counts as fresh.</param>
    /// <param name="now">The time now.</param>
    public void Put(ItemDescriptor item, long began, long answered, long freshUntil, long now)
    {
        item.ReadAt = answered;
        ExpirationTracker.SetFreshUntil(item, freshUntil);
        lock (_gate)
        {
            if (answered < _wholeBegan[(int)item.Kind])
            {
                return;
            }

            var before = Find(item.Kind, item.Key);
            var newer = Newer(before, item, began);
            if (!ReferenceEquals(newer, before))
            {
                Store(newer, now);
            }

            _underWay.Remove(began);
            Trim(now);
        }
    }

    /// <summary>
    /// Puts what one read of several items of a kind brought, as <see cref="Put"/> does each, in one new snapshot. The
    /// items know already until when they are fresh.
    /// </summary>
    public void PutMany(DataKind kind, ReadOnlySpan<ItemDescriptor> items, long began, long answered, long now)
    {
        foreach (var item in items)
        {
            item.ReadAt = answered;
        }

        lock (_gate)
        {
            if (answered < _wholeBegan[(int)kind])
            {
                return;
            }

            _snapshot = kind == DataKind.Flag
                ? _snapshot with { Flags = Merged(_snapshot.Flags, items, began, now) }
                : _snapshot with { Segments = Merged(_snapshot.Segments, items, began, now) };
            _underWay.Remove(began);
            Trim(now);
        }
    }

    /// <summary>Notes that the store does not hold the key.</summary>
    public void PutAbsent(DataKind kind, string key, long began, long answered, long freshUntil, long now) =>
        Put(ItemDescriptor.Tombstone(kind, key, AbsentVersion), began, answered, freshUntil, now);

    /// <summary>Notes the absence of a key that a whole kind, read before, does not hold.</summary>
    public void PutAbsentFromWhole(DataKind kind, string key, long freshUntil, long now)
    {
        lock (_gate)
        {
            if (Find(kind, key) is null)
            {
                var absent = ItemDescriptor.Tombstone(kind, key, AbsentVersion);
                ExpirationTracker.SetFreshUntil(absent, freshUntil);
                Store(absent, now);
                Trim(now);
            }
        }
    }

    /// <summary>Lets whatever is known of the key, or that nothing is, count as fresh until the given moment.</summary>
    /// <returns>Whether something is known.</returns>
    public bool Hold(DataKind kind, string key, long until, long now)
    {
        var item = Find(kind, key);
        if (item is null)
        {
            lock (_gate)
            {
                item = Find(kind, key);
                if (item is null)
                {
                    item = ItemDescriptor.Tombstone(kind, key, UnknownVersion);
                    ExpirationTracker.SetFreshUntil(item, until);
                    Store(item, now);
                    Trim(now);
                    return false;
                }
            }
        }

        if (ExpirationTracker.FreshUntil(item) < until)
        {
            ExpirationTracker.SetFreshUntil(item, until);
        }

        return IsKnown(item);
    }

    /// <summary>
    /// Puts a whole kind: what it does not hold is gone, except items of which something newer is in already. Malformed
    /// items keep their last good state.
    /// </summary>
    public void PutWhole(DataKind kind, ReadItems read, long began, long answered, long freshUntil, long now)
    {
        lock (_gate)
        {
            if (began < _wholeBegan[(int)kind])
            {
                return;
            }

            _wholeBegan[(int)kind] = began;
            Volatile.Write(ref _wholeUntil[(int)kind], freshUntil);
            _snapshot = kind == DataKind.Flag
                ? _snapshot with { Flags = Whole(_snapshot.Flags, read, began, answered, freshUntil) }
                : _snapshot with { Segments = Whole(_snapshot.Segments, read, began, answered, freshUntil) };
            _underWay.Remove(began);
            Requeue(now);
            Trim(now);
        }
    }

    /// <summary>Whether the kind was read as a whole and nothing of it was dropped since, so that a key not held is absent.</summary>
    public bool HoldsWhole(DataKind kind) => Volatile.Read(ref _wholeUntil[(int)kind]) != long.MinValue;

    /// <summary>The same, and it is still fresh.</summary>
    public bool HoldsWhole(DataKind kind, long now, out long freshUntil) =>
        (freshUntil = Volatile.Read(ref _wholeUntil[(int)kind])) > now;

    /// <summary>Notes that the data set has been marked as complete.</summary>
    public void SetInitialized()
    {
        lock (_gate)
        {
            _snapshot = _snapshot with { Initialized = true };
        }
    }

    private static ItemMap<ItemDescriptor<T>> Whole<T>(
        ItemMap<ItemDescriptor<T>> before, ReadItems read, long began, long answered, long freshUntil)
        where T : class
    {
        var items = new List<ItemDescriptor<T>>(read.Items.Count);
        foreach (var item in read.Items)
        {
            var mine = (ItemDescriptor<T>)item;
            mine.ReadAt = answered;
            ExpirationTracker.SetFreshUntil(mine, freshUntil);
            items.Add((ItemDescriptor<T>)Newer(before.Find(mine.Key), mine, began));
        }

        foreach (var key in read.MalformedKeys)
        {
            var lastGood = before.Find(key);
            if (lastGood is null || IsPlaceholder(lastGood))
            {
                lastGood = ItemDescriptor<T>.Tombstone(key, UnknownVersion);
            }

            ExpirationTracker.SetFreshUntil(lastGood, freshUntil);
            items.Add(lastGood);
        }

        var map = ItemMap<ItemDescriptor<T>>.Empty.WithAll(items);
        items.Clear();
        foreach (var item in before)
        {
            if (item.ReadAt > began && map.Find(item.Key) is null)
            {
                items.Add(item);
            }
        }

        return items.Count == 0 ? map : map.WithAll(items);
    }

    /// <summary>
    /// Which of two counts: what is in the cache, or what a read brought that began at the given moment. Whichever of
    /// two overlapping reads saw the higher version saw the store not earlier than the other, so it is as fresh as that.
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

    private void Store(ItemDescriptor item, long now)
    {
        var before = Find(item.Kind, item.Key);
        var snapshot = _snapshot;
        _snapshot = item switch
        {
            ItemDescriptor<Flag> flag => snapshot with { Flags = snapshot.Flags.With(flag) },
            ItemDescriptor<Segment> segment => snapshot with { Segments = snapshot.Segments.With(segment) },
            _ => snapshot,
        };

        Settle(item, before, now);
    }

    private ItemMap<ItemDescriptor<T>> Merged<T>(ItemMap<ItemDescriptor<T>> before, ReadOnlySpan<ItemDescriptor> items, long began, long now)
        where T : class
    {
        var merged = new ItemDescriptor<T>[items.Length];
        var count = 0;
        foreach (var item in items)
        {
            var known = before.Find(item.Key);
            var newer = Newer(known, item, began);
            if (!ReferenceEquals(newer, known))
            {
                Settle(newer, known, now);
                merged[count++] = (ItemDescriptor<T>)newer;
            }
        }

        return before.WithAll(merged.AsSpan(0, count));
    }

    private void Settle(ItemDescriptor item, ItemDescriptor? before, long now)
    {
        // Read bits start as set: it is being asked for right now.
        Touch(item, true);
        var isPlaceholder = IsPlaceholder(item);
        if (before is null || IsPlaceholder(before) != isPlaceholder)
        {
            Enqueue(item, isPlaceholder, now);
        }
    }

    private void Enqueue(ItemDescriptor item, bool isPlaceholder, long now)
    {
        if (isPlaceholder)
        {
            _placeholders.Enqueue(new(item.Kind, item.Key, now));
        }
        else if (_maxItems is not null)
        {
            _items.Enqueue(new(item.Kind, item.Key, now));
        }
    }

    private void Requeue(long now)
    {
        _items.Clear();
        _placeholders.Clear();
        foreach (var flag in _snapshot.Flags)
        {
            Enqueue(flag, IsPlaceholder(flag), now);
        }

        foreach (var segment in _snapshot.Segments)
        {
            Enqueue(segment, IsPlaceholder(segment), now);
        }
    }

    private void Trim(long now)
    {
        if (now >= _nextPrune)
        {
            _nextPrune = now + _pruneInterval;
            Prune(now);
        }

        MakeRoom(_placeholders, MaxPlaceholders, placeholders: true, now);

        // A whole kind is only whole as long as nothing of it is dropped.
        if (_maxItems is { } max && _wholeUntil[0] <= now && _wholeUntil[1] <= now)
        {
            MakeRoom(_items, max, placeholders: false, now);
        }
    }

    private void MakeRoom(Queue<Resident> residents, int max, bool placeholders, long now)
    {
        // What a read that is under way may bring must find here what it overlapped with; reads are bounded in time.
        var overlapsFrom = placeholders || _underWay.Count == 0 ? long.MaxValue : _underWay.Min;

        // Two rounds: the first may only clear the read bits.
        for (var left = residents.Count * 2; residents.Count > max && left > 0; left--)
        {
            var resident = residents.Peek();
            var item = Find(resident.Kind, resident.Key);
            if (item is null || IsPlaceholder(item) != placeholders)
            {
                residents.Dequeue();
                continue;
            }

            if (now - resident.Since < _protection)
            {
                return;
            }

            residents.Dequeue();
            if (IsTouched(item))
            {
                Touch(item, false);
                residents.Enqueue(resident);
                continue;
            }

            if (item.ReadAt > overlapsFrom)
            {
                residents.Enqueue(resident);
                continue;
            }

            Drop(resident);
            if (!placeholders)
            {
                Volatile.Write(ref _wholeUntil[(int)resident.Kind], long.MinValue);
            }

            Interlocked.Increment(ref _evictions);
            HalyardMetrics.Evictions.Add(1);
        }
    }

    private void Prune(long now)
    {
        for (var left = _placeholders.Count; left > 0; left--)
        {
            var resident = _placeholders.Dequeue();
            var item = Find(resident.Kind, resident.Key);
            if (item is null || !IsPlaceholder(item))
            {
                continue;
            }

            if (ExpirationTracker.FreshUntil(item) <= now && now - resident.Since >= _protection && !IsTouched(item))
            {
                Drop(resident);
            }
            else
            {
                Touch(item, false);
                _placeholders.Enqueue(resident);
            }
        }
    }

    private void Drop(Resident resident) => _snapshot = resident.Kind == DataKind.Flag
        ? _snapshot with { Flags = _snapshot.Flags.Without(resident.Key) }
        : _snapshot with { Segments = _snapshot.Segments.Without(resident.Key) };

    private static bool IsTouched(ItemDescriptor item) =>
        item is ItemDescriptor<Flag> flag ? flag.Touched : ((ItemDescriptor<Segment>)item).Touched;

    private static void Touch(ItemDescriptor item, bool touched)
    {
        if (item is ItemDescriptor<Flag> flag)
        {
            flag.Touched = touched;
        }
        else
        {
            ((ItemDescriptor<Segment>)item).Touched = touched;
        }
    }

    private readonly record struct Resident(DataKind Kind, string Key, long Since);
}
