using Halyard.DataComponents;
using Halyard.DataInterfaces;
using Halyard.Model;

namespace Halyard.DataSystems;

/// <summary>
/// Decides what leaves the cache when it is full, by the clock algorithm: the oldest item leaves, unless it was read
/// since its last turn; then it gets another turn. Placeholders have a queue and a bound of their own, and leave when
/// they are outdated. Not thread-safe: every member is called within the lock of its <see cref="LazyCache"/>, apart from
/// <see cref="Evictions"/>.
/// </summary>
internal sealed class CacheEviction
{
    // Keys are written in an application's code, so there are few. This bounds what a flood of made-up keys can cost.
    private const int MaxPlaceholders = 10_000;

    private readonly LazyLoadCounters? _counters;
    private readonly MemoryStore _store;
    private readonly int? _maxItems;
    private readonly long _protection;
    private readonly long _pruneInterval;
    private readonly Action<DataKind> _onItemDropped;

    // The fields below are guarded by the lock of the cache.
    private readonly Queue<Resident> _items = new();
    private readonly Queue<Resident> _placeholders = new();
    private long _nextPrune = long.MinValue;

    // Written within the lock of the cache, read by anybody.
    private long _evictions;

    /// <param name="store">What holds the items.</param>
    /// <param name="maxItems">How many items are kept; null for all.</param>
    /// <param name="protection">For how long an item that was read from the store cannot be dropped, so that an evaluation finds what was fetched for it.</param>
    /// <param name="pruneInterval">The time between two searches for outdated placeholders.</param>
    /// <param name="onItemDropped">Told of each item that was dropped, placeholders apart.</param>
    /// <param name="counters">What counts; null for nobody.</param>
    public CacheEviction(
        MemoryStore store, int? maxItems, long protection, long pruneInterval, Action<DataKind> onItemDropped, LazyLoadCounters? counters)
    {
        _counters = counters;
        _store = store;
        _maxItems = maxItems;
        _protection = protection;
        _pruneInterval = Math.Max(1, pruneInterval);
        _onItemDropped = onItemDropped;
    }

    public long Evictions => Interlocked.Read(ref _evictions);

    public int Placeholders => _placeholders.Count;

    /// <summary>Notes that an item or placeholder is in the cache now, in place of what was there before.</summary>
    public void Added(ItemDescriptor item, ItemDescriptor? before, long now)
    {
        // It counts as read: somebody has just asked for it.
        SetRead(item, true);
        if (before is null || Placeholder.Is(before) != Placeholder.Is(item))
        {
            Enqueue(item, now);
        }
    }

    /// <summary>Begins anew with what the store holds now.</summary>
    public void Restart(long now)
    {
        _items.Clear();
        _placeholders.Clear();
        var snapshot = _store.Snapshot;
        foreach (var flag in snapshot.Flags)
        {
            Enqueue(flag, now);
        }

        foreach (var segment in snapshot.Segments)
        {
            Enqueue(segment, now);
        }
    }

    /// <summary>Drops what is outdated or too much.</summary>
    /// <param name="now">The time now.</param>
    /// <param name="mayDropItems">Whether items may be dropped, not only placeholders.</param>
    /// <param name="overlapsFrom">An item that was read after this moment stays: a read that is under way must still meet it.</param>
    public void Trim(long now, bool mayDropItems, long overlapsFrom)
    {
        if (now >= _nextPrune)
        {
            _nextPrune = now + _pruneInterval;
            Prune(now);
        }

        MakeRoom(_placeholders, MaxPlaceholders, placeholders: true, long.MaxValue, now);
        if (_maxItems is { } max && mayDropItems)
        {
            MakeRoom(_items, max, placeholders: false, overlapsFrom, now);
        }
    }

    private void Enqueue(ItemDescriptor item, long now)
    {
        if (Placeholder.Is(item))
        {
            _placeholders.Enqueue(new(item.Kind, item.Key, now));
        }
        else if (_maxItems is not null)
        {
            _items.Enqueue(new(item.Kind, item.Key, now));
        }
    }

    private void MakeRoom(Queue<Resident> residents, int max, bool placeholders, long overlapsFrom, long now)
    {
        // Two rounds, because the first may do no more than clear the marks of what was read.
        for (var left = residents.Count * 2; residents.Count > max && left > 0; left--)
        {
            var resident = residents.Peek();
            var item = Find(resident);
            if (item is null || Placeholder.Is(item) != placeholders)
            {
                residents.Dequeue();
                continue;
            }

            if (now - resident.Since < _protection)
            {
                return;
            }

            residents.Dequeue();
            if (WasRead(item))
            {
                SetRead(item, false);
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
                _onItemDropped(resident.Kind);
            }

            Interlocked.Increment(ref _evictions);
            _counters?.Evicted();
        }
    }

    private void Prune(long now)
    {
        for (var left = _placeholders.Count; left > 0; left--)
        {
            var resident = _placeholders.Dequeue();
            var item = Find(resident);
            if (item is null || !Placeholder.Is(item))
            {
                continue;
            }

            if (ExpirationTracker.FreshUntil(item) <= now && now - resident.Since >= _protection && !WasRead(item))
            {
                Drop(resident);
            }
            else
            {
                SetRead(item, false);
                _placeholders.Enqueue(resident);
            }
        }
    }

    private ItemDescriptor? Find(Resident resident) => resident.Kind == DataKind.Flag
        ? _store.Snapshot.Flags.Find(resident.Key)
        : _store.Snapshot.Segments.Find(resident.Key);

    private void Drop(Resident resident)
    {
        var snapshot = _store.Snapshot;
        _store.Replace(resident.Kind == DataKind.Flag
            ? snapshot with { Flags = snapshot.Flags.Without(resident.Key) }
            : snapshot with { Segments = snapshot.Segments.Without(resident.Key) });
    }

    private static bool WasRead(ItemDescriptor item) =>
        item is ItemDescriptor<Flag> flag ? flag.Touched : ((ItemDescriptor<Segment>)item).Touched;

    private static void SetRead(ItemDescriptor item, bool wasRead)
    {
        if (item is ItemDescriptor<Flag> flag)
        {
            flag.Touched = wasRead;
        }
        else
        {
            ((ItemDescriptor<Segment>)item).Touched = wasRead;
        }
    }

    private readonly record struct Resident(DataKind Kind, string Key, long Since);
}
