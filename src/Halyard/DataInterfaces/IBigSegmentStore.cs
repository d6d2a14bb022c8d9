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
