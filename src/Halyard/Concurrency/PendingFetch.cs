namespace Halyard.Concurrency;

/// <summary>One fetch that is under way or about to start, and everybody who waits for it.</summary>
/// <remarks>
/// Callers that await continue on the thread pool, never on the thread that completes the fetch. Callers that block are
/// released directly, so they need no thread of the pool.
/// </remarks>
internal sealed class PendingFetch<TKey, TResult>(TKey key) : TaskCompletionSource<TResult>(TaskCreationOptions.RunContinuationsAsynchronously)
    where TKey : notnull
{
    public TKey Key => key;

    /// <summary>The group in which the fetch waits to be sent; null once it is sent. Guarded by the lock of its <see cref="SingleFlight{TKey, TResult}"/>.</summary>
    public FetchGroup<TKey, TResult>? WaitsIn { get; set; }
}
