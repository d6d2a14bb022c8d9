namespace Halyard;

/// <summary>What a Lazy Load cache has done since it was made.</summary>
/// <param name="Flags">Flags held, tombstones included.</param>
/// <param name="Segments">Segments held, tombstones included.</param>
/// <param name="AbsentKeys">Keys held as absent or unknown.</param>
/// <param name="Misses">Items asked for that were not fresh.</param>
/// <param name="StaleServes">Outdated items served.</param>
/// <param name="Fetches">Requests to the store.</param>
/// <param name="Errors">Requests that failed.</param>
/// <param name="ReadTimeouts">Synchronous reads that stopped waiting.</param>
/// <param name="Evictions">Items dropped to make room.</param>
/// <param name="StoreDown">Whether the store is failing now.</param>
/// <param name="LastError">The last failure's message; null when there was none.</param>
public sealed record LazyLoadStatistics(
    int Flags,
    int Segments,
    int AbsentKeys,
    long Misses,
    long StaleServes,
    long Fetches,
    long Errors,
    long ReadTimeouts,
    long Evictions,
    bool StoreDown,
    string? LastError)
{
    /// <summary>Whether the store tells of changes at the moment (<see cref="LazyLoadOptions.ListenForChanges"/>).</summary>
    public bool HearsChanges { get; init; }
}
