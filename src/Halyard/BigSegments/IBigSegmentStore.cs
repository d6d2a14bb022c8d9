namespace Halyard;

/// <summary>
/// Where the members of big segments are kept: segments too large to be part of the flag data. Something else writes
/// it. Thread-safe; the client that opened it disposes it. An answer that takes too long is given up, so implementations
/// should heed the token.
/// </summary>
public interface IBigSegmentStore : IAsyncDisposable
{
    /// <summary>Tells how up to date the store is; null when nothing has ever completed writing to it.</summary>
    ValueTask<BigSegmentStoreMetadata?> GetMetadataAsync(CancellationToken cancellationToken);

    /// <summary>Tells the big segments of one context; null when it is listed in none.</summary>
    /// <param name="contextHash">The context as <see cref="BigSegmentKeys.Hash"/> gives it, whatever its kind.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    ValueTask<IBigSegmentMembership?> GetMembershipAsync(string contextHash, CancellationToken cancellationToken);
}

/// <summary>How up to date a store of big segments is.</summary>
/// <param name="SynchronizedOn">When its writer last knew it to be complete.</param>
public sealed record BigSegmentStoreMetadata(DateTimeOffset SynchronizedOn);

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

/// <summary>A change of one context's membership in one big segment.</summary>
/// <param name="ContextHash">The context, see <see cref="BigSegmentKeys.Hash"/>.</param>
/// <param name="SegmentReference">The segment, see <see cref="BigSegmentKeys.Reference"/>.</param>
/// <param name="IsMember">In (true), out whatever the segment's rules say (false), or no longer listed (null).</param>
public readonly record struct BigSegmentChange(string ContextHash, string SegmentReference, bool? IsMember);
