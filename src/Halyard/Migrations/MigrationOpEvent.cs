namespace Halyard.Migrations;

/// <summary>A finished report of one operation of a migration (event schema 4, <c>migration_op</c>). Immutable.</summary>
internal sealed record MigrationOpEvent(MigrationSubject Subject, MigrationOperation Operation)
{
    public long? SamplingRatio => Subject.Flag?.SamplingRatio;

    public required PerOrigin<bool> Invoked { get; init; }

    public required PerOrigin<bool> Failed { get; init; }

    public required PerOrigin<TimeSpan?> Latency { get; init; }

    /// <summary>Whether both origins gave the same; null when that was not checked.</summary>
    public bool? Consistent { get; init; }
}
