namespace Halyard.DataInterfaces;

/// <summary>The outcome of reading one item.</summary>
internal enum ReadOutcome : byte
{
    /// <summary>The store has no such key.</summary>
    Absent,

    /// <summary>An item, or the tombstone of a deleted one.</summary>
    Found,

    /// <summary>The store has the key, but its item cannot be understood; that has been reported.</summary>
    Malformed,

    /// <summary>The store does not hold a complete data set yet; it is to be asked again soon.</summary>
    Pending,
}
