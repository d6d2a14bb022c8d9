namespace Halyard.DataSystems;

/// <summary>
/// How long a store that had no marker is not asked for it again. Somebody is about to write it, or the prefix is wrong:
/// the first should be seen soon, the second should cost little. Whoever caches for ever expects what he has read to
/// stay, but a program that was started before its store was filled must not miss it for ever either.
/// </summary>
internal static class MarkerPace
{
    private static readonly TimeSpan Cached = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan CachedForEver = TimeSpan.FromSeconds(5);

    /// <summary>For whoever asks whether the store is initialized.</summary>
    /// <param name="ttl">The time items stay fresh.</param>
    public static TimeSpan Of(TimeSpan ttl) => ttl == Timeout.InfiniteTimeSpan ? CachedForEver
        : ttl > TimeSpan.Zero && ttl < Cached ? ttl
        : Cached;

    /// <summary>For reads of items, which see what the store holds now where nothing is cached.</summary>
    /// <param name="ttl">The time items stay fresh.</param>
    public static TimeSpan OfItems(TimeSpan ttl) => ttl == TimeSpan.Zero ? TimeSpan.Zero : Of(ttl);
}
