using Halyard.AnalyticsEvents;

namespace Halyard.Evaluation;

/// <summary>What an evaluation found: a variation's index, or -1 for none, and the reason.</summary>
/// <param name="VariationIndex">The variation's index; <see cref="None"/> for the default.</param>
/// <param name="Reason">Why.</param>
/// <param name="Record">What analytics noted on the way; null when nobody collects it.</param>
internal readonly record struct EvaluationResult(int VariationIndex, EvaluationReason Reason, EventRecord? Record = null)
{
    public const int None = -1;
}
