namespace Halyard.DataInterfaces;

/// <summary>What reading one item came to.</summary>
internal enum ReadOutcome : byte
{
    /// <summary>The store has nothing of that key.</summary>
    Absent,

    /// <summary>An item, or the tombstone of a deleted one.</summary>
    Found,

    /// <summary>The store has something of that key that cannot be understood; it has been reported.</summary>
    Malformed,

    /// <summary>The store does not tell yet; it is to be asked again soon.</summary>
    Pending,
}
