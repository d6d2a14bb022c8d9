namespace Halyard.DataSystems;

/// <summary>Why a source is left.</summary>
internal enum LeaveReason : byte
{
    /// <summary>It is kept.</summary>
    None,

    /// <summary>It was interrupted for too long.</summary>
    Interrupted,

    /// <summary>It did not deliver its first data in time.</summary>
    SlowStart,

    /// <summary>Another one works well enough to try a better one again.</summary>
    Recovery,

    /// <summary>It fails in a way that retrying soon will not mend, and is set aside for a while.</summary>
    Unexpected,

    /// <summary>It has ended for good.</summary>
    Off,

    /// <summary>The service ordered FDv1.</summary>
    Ordered,
}
