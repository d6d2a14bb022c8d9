using System.Collections.Concurrent;

namespace Halyard;

/// <summary>What is known of one context's big segments.</summary>
/// <param name="contextKey">The context's key.</param>
/// <param name="membership">Its membership, or the last known one after a failure; null when it is listed nowhere or nothing is known.</param>
/// <param name="failed">Whether the store could not be asked.</param>
/// <param name="freshUntil">The timestamp until which the store is not asked again.</param>
internal sealed class KnownMembership(string contextKey, IBigSegmentMembership? membership, bool failed, long freshUntil)
{
    private long _usedAt;

    public string ContextKey => contextKey;

    public IBigSegmentMembership? Membership => membership;

    public bool Failed => failed;

    public long FreshUntil => freshUntil;

    /// <summary>The timestamp of the last use.</summary>
    public long UsedAt
    {
        get => Volatile.Read(ref _usedAt);
        set => Volatile.Write(ref _usedAt, value);
    }
}

/// <summary>
/// A bounded cache whose reads take no lock: a use only notes its time. Room is made when something is added, which
/// follows a request to a store: then the entries are looked through for the least recently used. Thread-safe.
/// </summary>
internal sealed class MembershipLru(int capacity)
{
    // A large cache makes room for many at once, so that an addition looks at no more than about this many entries.
    private const int EntriesPerAddition = 1024;

    private readonly ConcurrentDictionary<string, KnownMembership> _entries = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private int _count;

    public KnownMembership? Find(string contextKey) => _entries.GetValueOrDefault(contextKey);

    public void Put(KnownMembership entry, long now)
    {
        if (capacity == 0)
        {
            return;
        }

        entry.UsedAt = now;
        lock (_gate)
        {
            if (!_entries.TryAdd(entry.ContextKey, entry))
            {
                _entries[entry.ContextKey] = entry;
            }
            else if (++_count > capacity)
            {
                MakeRoom(entry);
            }
        }
    }

    private void MakeRoom(KnownMembership added)
    {
        var leaving = Math.Max(1, capacity / EntriesPerAddition);
        var oldest = new PriorityQueue<string, long>(leaving + 1);
        foreach (var (key, entry) in _entries)
        {
            // Of those gathered, the one used last comes out first.
            var order = -entry.UsedAt;
            if (ReferenceEquals(entry, added))
            {
                continue;
            }

            if (oldest.Count < leaving)
            {
                oldest.Enqueue(key, order);
            }
            else
            {
                oldest.EnqueueDequeue(key, order);
            }
        }

        while (oldest.TryDequeue(out var key, out _))
        {
            _entries.TryRemove(key, out _);
            _count--;
        }
    }
}
