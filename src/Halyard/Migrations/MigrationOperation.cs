namespace Halyard;

/// <summary>What is done to a migrating system.</summary>
public enum MigrationOperation : byte
{
    /// <summary>A read.</summary>
    Read,

    /// <summary>A write.</summary>
    Write,
}
