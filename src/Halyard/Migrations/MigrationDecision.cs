namespace Halyard;

/// <summary>The stage that a migration flag gave for a context, and what reports the operation that follows.</summary>
/// <param name="Stage">The stage.</param>
/// <param name="Reason">Why.</param>
/// <param name="Tracker">Collects the measurements of one operation; hand it to <see cref="Client.TrackMigration"/> afterwards.</param>
public readonly record struct MigrationDecision(MigrationStage Stage, EvaluationReason Reason, MigrationTracker Tracker);
