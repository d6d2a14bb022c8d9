namespace Halyard;

/// <summary>
/// Fills a store of big segments. Thread-safe. A writer that keeps the store complete says so again and again, for
/// readers take a store that has not been confirmed lately as stale.
/// </summary>
public interface IBigSegmentWriter : IAsyncDisposable
{
    /// <summary>Lists, or stops listing, contexts. All changes become visible at once where the store can do that.</summary>
    ValueTask ApplyAsync(IReadOnlyList<BigSegmentChange> changes, CancellationToken cancellationToken);

    /// <summary>Confirms that the store was complete at the given time.</summary>
    ValueTask SetSynchronizedOnAsync(DateTimeOffset time, CancellationToken cancellationToken);
}
