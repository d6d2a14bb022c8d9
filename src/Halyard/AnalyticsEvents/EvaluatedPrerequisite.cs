using Halyard.Model;

namespace Halyard.AnalyticsEvents;

/// <summary>A prerequisite that was evaluated on the way to another flag.</summary>
internal readonly record struct EvaluatedPrerequisite(string DependentKey, Flag Flag, int Variation, EvaluationReason Reason);
