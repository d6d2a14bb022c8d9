namespace Halyard.Concurrency;

/// <summary>
/// Fetches values by key, each key once at a time, however many callers ask for it (known from Go as
/// <c>singleflight</c>). Where the derived class lets fetches form groups, those that come while a request of their
/// group is under way are gathered and go together; a fetch that finds its group idle starts at once, alone. What an
/// awaiting caller wants waits for no other answer. What blocked callers want goes when one of four requests under way ends,
/// or earlier by <see cref="SendNow"/>. Thread-safe.
/// </summary>
/// <remarks>
/// <para>
/// Where a fetch starts decides what it needs to finish. For a caller that blocks its thread, it starts on the
/// <see cref="StoreThreads"/>, because the blocked thread may be the last one of the pool, or the only one of a
/// synchronization context; or, where the derived class can, on the blocked thread itself from beginning to end. For a
/// caller that awaits, it starts on the caller's thread, unless that has a context.
/// </para>
/// <para>One lock guards the table of fetches, the groups, and which group a fetch waits in. It is never held while a fetch runs.</para>
/// </remarks>
internal abstract class SingleFlight<TKey, TResult>
    where TKey : notnull
{
    private readonly StoreThreads _threads;
    private readonly int _largestBatch;
    private readonly Lock _gate = new();

    // By key, what is under way or waits to be sent. Guarded by _gate.
    private readonly Dictionary<TKey, PendingFetch<TKey, TResult>> _pending;

    /// <param name="threads">Where fetches for blocked callers run; not disposed.</param>
    /// <param name="largestBatch">How many fetches of a group may go in one request.</param>
    /// <param name="comparer">How keys are compared; null for the default.</param>
    protected SingleFlight(StoreThreads threads, int largestBatch = 1, IEqualityComparer<TKey>? comparer = null)
    {
        _threads = threads;
        _largestBatch = largestBatch;
        _pending = new(comparer);
    }

    // A context's thread may be blocked by somebody who waits for this very fetch.
    private static bool MayStartHere => SynchronizationContext.Current is null && TaskScheduler.Current == TaskScheduler.Default;

    /// <summary>The fetch of a key that is under way, or a new one; completed already if the answer turns out to be known.</summary>
    /// <param name="key">The key.</param>
    /// <param name="now">The caller's time, for <see cref="TryAnswer"/>.</param>
    /// <param name="callerBlocks">Whether the caller is going to block its thread until the fetch is complete.</param>
    /// <param name="here">For how long the fetch may be all that such a caller does with its thread; zero if it wants other things too.</param>
    public PendingFetch<TKey, TResult> JoinOrStart(TKey key, long now, bool callerBlocks, TimeSpan here = default)
    {
        PendingFetch<TKey, TResult>? fetch;
        FetchGroup<TKey, TResult>? group;
        bool startsNow;
        bool schedules;
        lock (_gate)
        {
            if (_pending.TryGetValue(key, out fetch))
            {
                group = fetch.WaitsIn;
                if (group is null)
                {
                    return fetch;
                }

                // Who awaits has no patience of its own that would send the fetch after a while.
                group.Wait(fetch, callerBlocks);
                startsNow = false;
                schedules = !(callerBlocks && group.IsFull) && group.ClaimsSending(callerBlocks);
            }
            else
            {
                fetch = new(key);

                // Another fetch of the key may have completed since the caller looked.
                if (TryAnswer(key, now, out var answer))
                {
                    fetch.SetResult(answer);
                    return fetch;
                }

                _pending.Add(key, fetch);
                group = _largestBatch <= 1 ? null : GroupOf(key);
                startsNow = group is null || (callerBlocks ? !group.IsFull && group.Waiting.Count == 0 : group.UnderWay == 0 && MayStartHere);
                if (startsNow)
                {
                    group?.Started();
                    schedules = false;
                }
                else
                {
                    group!.Wait(fetch, callerBlocks);
                    schedules = !(callerBlocks && group.IsFull) && group.ClaimsSending(callerBlocks);
                }
            }
        }

        if (startsNow)
        {
            var batch = new FetchBatch<TKey, TResult>([fetch], group);
            if (here <= TimeSpan.Zero || !TryFetchHere(ref batch, here))
            {
                Start(batch, callerBlocks);
            }
        }
        else if (schedules)
        {
            // At the end of the queue: callers whose turn comes before can still join the request.
            ScheduleSending(group!, callerBlocks);
        }

        return fetch;
    }

    /// <summary>
    /// Sends a fetch that still waits for a request to end, since that takes long or since nobody is going to wait for it: a
    /// slow request is to hold up nobody. On the store threads.
    /// </summary>
    public void SendNow(PendingFetch<TKey, TResult> fetch)
    {
        FetchGroup<TKey, TResult>? group;
        lock (_gate)
        {
            group = fetch.WaitsIn;
            if (group is null || !group.ClaimsSending(onStoreThread: true))
            {
                return;
            }
        }

        ScheduleSending(group, onStoreThread: true);
    }

    /// <summary>The keys that are being fetched at this moment, or wait to be.</summary>
    public HashSet<TKey> UnderWay()
    {
        lock (_gate)
        {
            return new(_pending.Keys, _pending.Comparer);
        }
    }

    /// <summary>Completes every fetch, also those that wait to be sent: their callers are not to wait any longer.</summary>
    public void CompleteAll(TResult result)
    {
        PendingFetch<TKey, TResult>[] all;
        lock (_gate)
        {
            all = [.. _pending.Values];
        }

        foreach (var fetch in all)
        {
            fetch.TrySetResult(result);
        }
    }

    /// <summary>The answer, if the key need not be fetched. Called within the lock; must not call back.</summary>
    protected abstract bool TryAnswer(TKey key, long now, out TResult answer);

    /// <summary>The fetches that a fetch of the key may be gathered with; null when it is to go alone. Called within the lock; must not call back.</summary>
    protected virtual FetchGroup<TKey, TResult>? GroupOf(TKey key) => null;

    /// <summary>
    /// Fetches. Never throws, and ends with <see cref="Complete"/>. Must continue in the context it was called in
    /// (<c>ConfigureAwait(true)</c>): on the store threads it must not come to need the thread pool.
    /// </summary>
    protected abstract Task FetchAsync(FetchBatch<TKey, TResult> batch);

    /// <summary>
    /// Fetches on the calling thread, which is going to block anyway, if that is possible, and ends with
    /// <see cref="Complete"/>. Never throws.
    /// </summary>
    /// <param name="batch">What to fetch.</param>
    /// <param name="limit">The longest time to block.</param>
    /// <returns>Whether it did; if not, the batch is still to be fetched by <see cref="FetchAsync"/>.</returns>
    protected virtual bool TryFetchHere(ref FetchBatch<TKey, TResult> batch, TimeSpan limit) => false;

    /// <summary>
    /// Ends a batch: from here on its keys can be fetched again, and whoever waits for them is released. Once is enough: a
    /// batch that was given up may still come to its own end.
    /// </summary>
    protected void Complete(FetchBatch<TKey, TResult> batch, TResult result)
    {
        bool schedules;
        lock (_gate)
        {
            var isFirst = false;
            foreach (var fetch in batch.Fetches)
            {
                if (!_pending.Remove(fetch.Key, out var pending))
                {
                    continue;
                }

                if (ReferenceEquals(pending, fetch))
                {
                    isFirst = true;
                }
                else
                {
                    // The key is being fetched anew.
                    _pending.Add(fetch.Key, pending);
                }
            }

            if (!isFirst)
            {
                return;
            }

            batch.Group?.Ended();
            schedules = batch.Group is { HasBlockedWaiting: true } group && group.ClaimsSending(onStoreThread: true);
        }

        if (schedules)
        {
            ScheduleSending(batch.Group!, onStoreThread: true);
        }

        foreach (var fetch in batch.Fetches)
        {
            fetch.TrySetResult(result);
        }
    }

    private void Start(FetchBatch<TKey, TResult> batch, bool callerBlocks)
    {
        if (callerBlocks)
        {
            _threads.Post(
                static state =>
                {
                    var (self, batch) = ((SingleFlight<TKey, TResult>, FetchBatch<TKey, TResult>))state!;
                    _ = self.FetchAsync(batch);
                },
                (this, batch));
        }
        else if (MayStartHere)
        {
            _ = FetchAsync(batch);
        }
        else
        {
            ThreadPool.UnsafeQueueUserWorkItem(
                static work => _ = work.Self.FetchAsync(work.Batch), (Self: this, Batch: batch), preferLocal: false);
        }
    }

    private void ScheduleSending(FetchGroup<TKey, TResult> group, bool onStoreThread)
    {
        if (onStoreThread)
        {
            _threads.Post(
                static state =>
                {
                    var (self, group) = ((SingleFlight<TKey, TResult>, FetchGroup<TKey, TResult>))state!;
                    self.SendWaiting(group, onStoreThread: true);
                },
                (this, group));
        }
        else
        {
            ThreadPool.UnsafeQueueUserWorkItem(
                static work => work.Self.SendWaiting(work.Group, onStoreThread: false), (Self: this, Group: group), preferLocal: false);
        }
    }

    private void SendWaiting(FetchGroup<TKey, TResult> group, bool onStoreThread)
    {
        PendingFetch<TKey, TResult>[] fetches;
        bool schedules;
        lock (_gate)
        {
            fetches = group.Take(_largestBatch);
            group.SendingHasBegun(onStoreThread);
            schedules = group.Waiting.Count > 0 && group.ClaimsSending(onStoreThread);

            if (fetches.Length > 0)
            {
                group.Started();
            }
        }

        if (schedules)
        {
            // Not in a loop here: a store that blocks its caller must hold up this batch alone.
            ScheduleSending(group, onStoreThread);
        }

        if (fetches.Length > 0)
        {
            _ = FetchAsync(new(fetches, group));
        }
    }
}
