namespace Halyard.Concurrency;

/// <summary>
/// Fetches that may go in one request with each other. Everything in it is guarded by the lock of its
/// <see cref="SingleFlight{TKey, TResult}"/>.
/// </summary>
internal sealed class FetchGroup<TKey, TResult>
    where TKey : notnull
{
    // So many blocked callers ask for themselves. More would cost the store and the processor more than gathering does;
    // fewer would let two or three wait for each other.
    private const int MostBlockedAlone = 4;

    private bool _isSendingOnPool;
    private bool _isSendingOnStoreThread;

    /// <summary>The fetches that wait for the next request.</summary>
    public List<PendingFetch<TKey, TResult>> Waiting { get; } = [];

    /// <summary>How many requests of the group are under way.</summary>
    public int UnderWay { get; private set; }

    /// <summary>Whether a blocked caller is among those that wait.</summary>
    public bool HasBlockedWaiting { get; private set; }

    /// <summary>Whether so many requests are under way that a blocked caller's fetch waits until one of them ends.</summary>
    public bool IsFull => UnderWay >= MostBlockedAlone;

    public void Started() => UnderWay++;

    public void Ended() => UnderWay--;

    /// <summary>Lets a fetch wait, or a further caller for one that waits already.</summary>
    public void Wait(PendingFetch<TKey, TResult> fetch, bool callerBlocks)
    {
        HasBlockedWaiting |= callerBlocks;
        if (fetch.WaitsIn is null)
        {
            fetch.WaitsIn = this;
            Waiting.Add(fetch);
        }
    }

    /// <summary>Takes the fetches that have waited longest.</summary>
    /// <param name="largest">How many at most.</param>
    public PendingFetch<TKey, TResult>[] Take(int largest)
    {
        var fetches = new PendingFetch<TKey, TResult>[Math.Min(largest, Waiting.Count)];
        Waiting.CopyTo(0, fetches, 0, fetches.Length);
        Waiting.RemoveRange(0, fetches.Length);
        HasBlockedWaiting &= Waiting.Count > 0;
        foreach (var fetch in fetches)
        {
            fetch.WaitsIn = null;
        }

        return fetches;
    }

    /// <summary>Whether a thread is still to be asked to send what waits; if so, the caller asks one.</summary>
    /// <param name="onStoreThread">
    /// Whether it is to be one of the <see cref="StoreThreads"/>: for a caller that blocks, since the pool, whose threads may
    /// all be blocked like this caller's, would send it too late.
    /// </param>
    public bool ClaimsSending(bool onStoreThread)
    {
        if (_isSendingOnStoreThread || (_isSendingOnPool && !onStoreThread))
        {
            return false;
        }

        _isSendingOnStoreThread |= onStoreThread;
        _isSendingOnPool |= !onStoreThread;
        return true;
    }

    /// <summary>Notes that the thread that was asked takes what waits.</summary>
    public void SendingHasBegun(bool onStoreThread)
    {
        if (onStoreThread)
        {
            _isSendingOnStoreThread = false;
        }
        else
        {
            _isSendingOnPool = false;
        }
    }
}
