using Halyard.Model;

namespace Halyard;

/// <summary>What an evaluation found: a variation's index, or -1 for none, and the reason.</summary>
internal readonly record struct EvaluationResult(int VariationIndex, EvaluationReason Reason)
{
    public const int None = -1;
}

/// <summary>The rules of facts/evaluation. Pure and synchronous; reads one snapshot; allocates nothing for scalar results.</summary>
internal static class Evaluator
{
    /// <summary>Evaluates a flag of the snapshot for a valid context.</summary>
    public static EvaluationResult Evaluate(Flag flag, Context context, ref EvaluationScope scope) => throw new NotImplementedException();
}
