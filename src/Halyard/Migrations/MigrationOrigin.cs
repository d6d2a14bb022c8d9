namespace Halyard;

/// <summary>One of the two systems of a migration.</summary>
public enum MigrationOrigin : byte
{
    /// <summary>The system moved away from.</summary>
    Old,

    /// <summary>The system moved to.</summary>
    New,
}
