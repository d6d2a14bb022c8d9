using Halyard.Model;

namespace Halyard;

/// <summary>
/// What has been read so far, as an immutable snapshot. Absent keys are held as tombstones of a version that no
/// item has, so that a read of one costs what any other read costs. Reads take no lock; changes are serialised.
/// </summary>
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
    private readonly Dictionary<StoreRead, long> _landed = [];
    private readonly long[] _wholeSequence = new long[2];
    private readonly long[] _wholeUntil = [long.MinValue, long.MinValue];
    private volatile DataSnapshot _snapshot = DataSnapshot.Empty;
    private long _nextPrune = long.MinValue;
    private long _evictions;

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

    /// <summary>Puts what a read of one item brought, unless a read of the whole kind that started later is in already.</summary>
    public void Put(ItemDescriptor item, long sequence, bool wholeIsUnderWay, long freshUntil, long now)
    {
        ExpirationTracker.SetFreshUntil(item, freshUntil);
        lock (_gate)
        {
            if (sequence < _wholeSequence[(int)item.Kind])
            {
                return;
            }

            if (wholeIsUnderWay)
            {
                _landed[StoreRead.Item(item.Kind, item.Key)] = sequence;
            }

            Store(item, now);
            Trim(now);
        }
    }

    /// <summary>Notes that the store does not hold the key.</summary>
    public void PutAbsent(DataKind kind, string key, long sequence, bool wholeIsUnderWay, long freshUntil, long now) =>
        Put(ItemDescriptor.Tombstone(kind, key, AbsentVersion), sequence, wholeIsUnderWay, freshUntil, now);

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
    /// Puts a whole kind: what it does not hold is gone, except items that were read on their own after this read had
    /// started. Malformed items keep their last good state.
    /// </summary>
    public void PutWhole(DataKind kind, ReadItems read, long sequence, long freshUntil, long now)
    {
        lock (_gate)
        {
            if (sequence < _wholeSequence[(int)kind])
            {
                return;
            }

            _wholeSequence[(int)kind] = sequence;
            Volatile.Write(ref _wholeUntil[(int)kind], freshUntil);
            _snapshot = kind == DataKind.Flag
                ? _snapshot with { Flags = Whole(_snapshot.Flags, kind, read, sequence, freshUntil) }
                : _snapshot with { Segments = Whole(_snapshot.Segments, kind, read, sequence, freshUntil) };
            foreach (var landed in _landed.Keys.Where(read => read.Kind == kind).ToArray())
            {
                _landed.Remove(landed);
            }

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

    private ItemMap<ItemDescriptor<T>> Whole<T>(
        ItemMap<ItemDescriptor<T>> before, DataKind kind, ReadItems read, long sequence, long freshUntil)
        where T : class
    {
        var items = new List<ItemDescriptor<T>>(read.Items.Count);
        foreach (var item in read.Items)
        {
            var mine = (ItemDescriptor<T>)item;
            ExpirationTracker.SetFreshUntil(mine, freshUntil);
            items.Add(mine);
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
        foreach (var (landed, at) in _landed)
        {
            if (landed.Kind == kind && at > sequence && before.Find(landed.Key) is { } newer)
            {
                map = map.With(newer);
            }
        }

        return map;
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
