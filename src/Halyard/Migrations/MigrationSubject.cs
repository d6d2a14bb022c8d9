using Halyard.Model;

namespace Halyard.Migrations;

/// <summary>What a migration flag was evaluated to, and for whom.</summary>
internal sealed record MigrationSubject(
    string Key, Flag? Flag, Context Context, MigrationStage Stage, MigrationStage Default, int? Variation, EvaluationReason Reason);
