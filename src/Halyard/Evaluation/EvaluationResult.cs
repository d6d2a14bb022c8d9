namespace Halyard.Evaluation;

/// <summary>What an evaluation found: a variation's index, or -1 for none, and the reason.</summary>
/// <param name="VariationIndex">The variation's index; <see cref="None"/> for the default.</param>
/// <param name="Reason">Why.</param>
internal readonly record struct EvaluationResult(int VariationIndex, EvaluationReason Reason)
{
    public const int None = -1;
}
