namespace Halyard.BigSegments;

/// <summary>What is known of one context's big segments.</summary>
/// <param name="contextKey">The context's key.</param>
/// <param name="membership">Its membership, or the last known one after a failure; null when it is listed nowhere or nothing is known.</param>
/// <param name="failed">Whether the store could not be asked.</param>
/// <param name="freshUntil">The timestamp until which the store is not asked again.</param>
internal sealed class KnownMembership(string contextKey, IBigSegmentMembership? membership, bool failed, long freshUntil)
{
    // Written by every use, without a lock: the last one counts.
    private long _usedAt;

    public string ContextKey => contextKey;

    public IBigSegmentMembership? Membership => membership;

    public bool Failed => failed;

    public long FreshUntil => freshUntil;

    /// <summary>The timestamp of the last use.</summary>
    public long UsedAt
    {
        get => Volatile.Read(ref _usedAt);
        set => Volatile.Write(ref _usedAt, value);
    }
}
