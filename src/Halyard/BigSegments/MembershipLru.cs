using System.Collections.Concurrent;

namespace Halyard.BigSegments;

/// <summary>
/// A bounded cache whose reads take no lock: a use only notes its time. An addition to a full cache searches the entries
/// for the least recently used; that is cheap beside the request to a store that comes before it. Thread-safe.
/// </summary>
internal sealed class MembershipLru(int capacity)
{
    // A full cache drops one entry of every so many, so that on average an addition looks at about this many entries.
    private const int EntriesPerAddition = 1024;

    private readonly ConcurrentDictionary<string, KnownMembership> _entries = new(StringComparer.Ordinal);

    // Serialises additions; reads do without.
    private readonly Lock _gate = new();

    // The number of entries, since counting them would lock the whole dictionary. Guarded by _gate.
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
            // The queue gives the smallest order first: of the entries gathered, the one that was used last.
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
