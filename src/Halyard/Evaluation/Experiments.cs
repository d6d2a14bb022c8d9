using Halyard.Model;

namespace Halyard.Evaluation;

/// <summary>Which evaluations are part of an experiment, so that analytics needs each of them with its reason.</summary>
internal static class Experiments
{
    /// <summary>Whether the evaluation belongs to an experiment, by its rollout or by the flag's older marks.</summary>
    public static bool Has(Flag flag, in EvaluationReason reason) =>
        reason.InExperiment || reason.Kind switch
        {
            EvaluationReasonKind.Fallthrough => flag.TrackEventsFallthrough,
            EvaluationReasonKind.RuleMatch =>
                (uint)reason.RuleIndex < (uint)flag.Rules.Length && flag.Rules.ItemRef(reason.RuleIndex).TrackEvents,
            _ => false,
        };
}
