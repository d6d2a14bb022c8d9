using System.Collections.Concurrent;

namespace Halyard.BigSegments;

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
