namespace Halyard.DataSystems;

/// <summary>Why a read is asked for alone, and not together with others.</summary>
internal enum Suspicion : byte
{
    /// <summary>It is not suspected.</summary>
    None,

    /// <summary>It failed, alone or among others, and may have been the reason.</summary>
    Failed,

    /// <summary>It failed while the store answered other reads.</summary>
    Unreadable,
}
