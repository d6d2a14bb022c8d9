namespace Halyard.Model;

/// <summary>Settings of a migration flag.</summary>
public sealed class MigrationSettings
{
    /// <summary>One in how many consistency checks is carried out; null means every one, 0 none.</summary>
    public long? CheckRatio { get; init; }

    internal UnknownProperties? Unknown { get; init; }
}
