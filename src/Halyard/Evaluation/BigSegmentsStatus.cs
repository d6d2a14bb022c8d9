namespace Halyard;

/// <summary>How well a big segment's membership was known.</summary>
public enum BigSegmentsStatus : byte
{
    /// <summary>No big segment was asked for.</summary>
    None,

    /// <summary>The store answered and is up to date.</summary>
    Healthy,

    /// <summary>The store answered, but has not been updated lately.</summary>
    Stale,

    /// <summary>The store could not be read.</summary>
    StoreError,

    /// <summary>No store is configured, or the segment has no generation.</summary>
    NotConfigured,
}
