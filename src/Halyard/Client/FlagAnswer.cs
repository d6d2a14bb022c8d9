using Halyard.AnalyticsEvents;
using Halyard.Evaluation;
using Halyard.Model;

namespace Halyard;

/// <summary>What a read of a flag found.</summary>
/// <param name="Result">The variation and the reason.</param>
/// <param name="Flag">The flag; null when there is none, or it was not looked for.</param>
/// <param name="Record">What analytics noted during the evaluation; null when nobody collects it.</param>
internal readonly record struct FlagAnswer(EvaluationResult Result, Flag? Flag, EventRecord? Record)
{
    /// <summary>The answer without a flag, which stands for the caller's default.</summary>
    public static FlagAnswer None(in EvaluationReason reason, EventRecord? record = null) =>
        new(new(EvaluationResult.None, reason), null, record);
}
