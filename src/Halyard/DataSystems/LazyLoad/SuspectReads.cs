using System.Collections.Concurrent;
using Halyard.Concurrency;

namespace Halyard.DataSystems;

/// <summary>
/// Remembers which reads may fail for reasons of their own while the store is well, such as a key of a wrong type. A
/// failure of such a read is no outage, and the read must neither spoil a batch nor be tried at every call. Thread-safe;
/// takes no lock.
/// </summary>
internal sealed class SuspectReads
{
    // A failed request adds as many as it has fetches; this bounds how many are remembered.
    private const int MaxSuspects = 10_000;

    private readonly ConcurrentDictionary<StoreRead, Suspect> _suspects = new();

    public Suspicion Of(StoreRead read) => _suspects.TryGetValue(read, out var suspect) ? suspect.Suspicion : Suspicion.None;

    /// <summary>Notes the fetches of a request that failed.</summary>
    public void MarkFailed(PendingFetch<StoreRead, bool>[] fetches)
    {
        if (_suspects.Count + fetches.Length > MaxSuspects)
        {
            // Those of earlier requests go, since nobody has asked for them since.
            foreach (var (read, suspect) in _suspects)
            {
                if (suspect.Suspicion == Suspicion.Failed)
                {
                    _suspects.TryRemove(new(read, suspect));
                }
            }
        }

        foreach (var fetch in fetches)
        {
            _suspects.TryAdd(fetch.Key, new(Suspicion.Failed, 0));
        }
    }

    /// <summary>Notes that a read failed although the store answers.</summary>
    /// <returns>Whether that was not known.</returns>
    public bool MarkUnreadable(StoreRead read)
    {
        var unreadable = new Suspect(Suspicion.Unreadable, 1);
        return _suspects.TryGetValue(read, out var suspect)
            ? suspect.Suspicion != Suspicion.Unreadable && _suspects.TryUpdate(read, unreadable, suspect)
            : _suspects.TryAdd(read, unreadable);
    }

    /// <summary>Counts one more failure of a read that is known to be unreadable.</summary>
    /// <returns>How often it had failed in a row before.</returns>
    public int CountFailure(StoreRead read)
    {
        var before = _suspects.TryGetValue(read, out var suspect) ? suspect.Failures : 0;
        _suspects[read] = new(Suspicion.Unreadable, before + 1);
        return before;
    }

    /// <summary>Notes that the reads succeeded.</summary>
    public void Clear(PendingFetch<StoreRead, bool>[] fetches)
    {
        if (_suspects.IsEmpty)
        {
            return;
        }

        foreach (var fetch in fetches)
        {
            _suspects.TryRemove(fetch.Key, out _);
        }
    }

    private readonly record struct Suspect(Suspicion Suspicion, int Failures);
}
