using Halyard.Model;

namespace Halyard;

/// <summary>What an evaluation found: a variation's index, or -1 for none, and the reason.</summary>
internal readonly record struct EvaluationResult(int VariationIndex, EvaluationReason Reason)
{
    public const int None = -1;

    /// <summary>What analytics noted on the way; null when nobody collects it.</summary>
    public EventRecord? Record { get; init; }
}

/// <summary>The rules by which every server-side SDK of the protocol evaluates. Pure and synchronous; reads one snapshot; allocates nothing for scalar results.</summary>
/// <remarks>
/// Never throws for any data that was read. What contradicts itself is a malformed flag; so is a path of
/// prerequisites or segments that the thread's stack is too short for, which is thousands of levels.
/// </remarks>
internal static partial class Evaluator
{
    private static EvaluationResult Malformed => new(EvaluationResult.None, EvaluationReason.Error(EvaluationErrorKind.MalformedFlag));

    /// <summary>Evaluates a flag of the snapshot for a valid context.</summary>
    public static EvaluationResult Evaluate(Flag flag, Context context, ref EvaluationScope scope)
    {
        if (!context.IsValid)
        {
            return new(EvaluationResult.None, EvaluationReason.Error(EvaluationErrorKind.UserNotSpecified));
        }

        scope.Begin();
        TryEvaluate(flag, context, ref scope, out var result);
        return scope.BigSegmentsStatus == BigSegmentsStatus.None
            ? result
            : result with { Reason = result.Reason with { BigSegmentsStatus = scope.BigSegmentsStatus } };
    }

    /// <summary>False when the fault is one that ends the evaluation of every flag that depends on this one.</summary>
    private static bool TryEvaluate(Flag flag, Context context, ref EvaluationScope scope, out EvaluationResult result)
    {
        if (!flag.On)
        {
            result = ServeOff(flag, EvaluationReason.Off);
            return true;
        }

        if (!flag.Prerequisites.IsDefaultOrEmpty)
        {
            if (!TryCheckPrerequisites(flag, context, ref scope, out var failed))
            {
                result = Malformed;
                return false;
            }

            if (failed is not null)
            {
                result = ServeOff(flag, EvaluationReason.PrerequisiteFailed(failed));
                return true;
            }
        }

        if (TryTarget(flag, context, out var variation))
        {
            result = Serve(flag, variation, EvaluationReason.TargetMatch);
            return true;
        }

        var rules = flag.Rules.AsSpan();
        for (var i = 0; i < rules.Length; i++)
        {
            var rule = rules[i];
            switch (MatchAll(rule.Clauses.AsSpan(), context, ref scope))
            {
                case Match.Yes:
                    result = Serve(flag, rule.Serve, context, EvaluationReason.RuleMatch(i, rule.Id));
                    return true;
                case Match.Malformed:
                    result = Malformed;
                    return false;
            }
        }

        result = Serve(flag, flag.Fallthrough, context, EvaluationReason.Fallthrough);
        return true;
    }

    /// <summary>False when a prerequisite is malformed in a way that ends the evaluation; otherwise the key of the one that failed, if any.</summary>
    private static bool TryCheckPrerequisites(Flag flag, Context context, ref EvaluationScope scope, out string? failed)
    {
        failed = null;
        if (!scope.Path.HasStack)
        {
            return false;
        }

        scope.Path.EnterFlag(flag.Key);
        foreach (var prerequisite in flag.Prerequisites.AsSpan())
        {
            var dependency = scope.GetFlag(prerequisite.Key);
            if (dependency is null)
            {
                failed = prerequisite.Key;
                break;
            }

            if (scope.Path.HasFlag(dependency.Key) || !TryEvaluate(dependency, context, ref scope, out var result))
            {
                return false;
            }

            scope.Prerequisites?.OnPrerequisite(flag, dependency, result);

            // A flag that is off fails whatever its off variation is.
            if (!dependency.On || result.VariationIndex == EvaluationResult.None || result.VariationIndex != prerequisite.Variation)
            {
                failed = prerequisite.Key;
                break;
            }
        }

        scope.Path.LeaveFlag(flag.Key);
        return true;
    }

    private static bool TryTarget(Flag flag, Context context, out int variation)
    {
        if (flag.ContextTargets.IsDefaultOrEmpty)
        {
            foreach (var target in flag.Targets.AsSpan())
            {
                if (IsTarget(target, context))
                {
                    variation = target.Variation;
                    return true;
                }
            }
        }
        else
        {
            foreach (var target in flag.ContextTargets.AsSpan())
            {
                var effective = target.Values.Count == 0 && target.ContextKind is null or Context.DefaultKind
                    ? FindUserTarget(flag, target.Variation)
                    : target;
                if (effective is not null && IsTarget(effective, context))
                {
                    variation = target.Variation;
                    return true;
                }
            }
        }

        variation = EvaluationResult.None;
        return false;
    }

    // An entry without keys marks the place, among the other kinds, of the user target of its variation.
    private static Target? FindUserTarget(Flag flag, int variation)
    {
        foreach (var target in flag.Targets.AsSpan())
        {
            if (target.Variation == variation)
            {
                return target;
            }
        }

        return null;
    }

    private static bool IsTarget(Target target, Context context) =>
        context.OfKind(target.ContextKind) is { } individual && target.Values.Contains(individual.Key);

    private static EvaluationResult ServeOff(Flag flag, in EvaluationReason reason) =>
        flag.OffVariation is { } variation ? Serve(flag, variation, reason) : new(EvaluationResult.None, reason);

    private static EvaluationResult Serve(Flag flag, int variation, in EvaluationReason reason) =>
        (uint)variation < (uint)flag.Variations.AsSpan().Length ? new(variation, reason) : Malformed;

    private static EvaluationResult Serve(Flag flag, in VariationOrRollout serve, Context context, in EvaluationReason reason)
    {
        if (serve.Variation is { } variation)
        {
            return Serve(flag, variation, reason);
        }

        if (serve.Rollout is not { } rollout || !TryPick(rollout, flag, context, out var picked, out var inExperiment))
        {
            return Malformed;
        }

        return Serve(flag, picked, inExperiment ? reason with { InExperiment = true } : reason);
    }

    private static bool TryPick(Rollout rollout, Flag flag, Context context, out int variation, out bool inExperiment)
    {
        variation = EvaluationResult.None;
        inExperiment = false;
        var shares = rollout.Variations.AsSpan();
        if (shares.IsEmpty)
        {
            return false;
        }

        // An experiment is always bucketed by key.
        var isExperiment = rollout.Kind == RolloutKind.Experiment;
        var bucketBy = isExperiment ? null : rollout.BucketBy;
        if (bucketBy is { IsValid: false })
        {
            return false;
        }

        var individual = context.OfKind(rollout.ContextKind);
        var bucket = individual is null ? 0 : Bucket(rollout.Seed, flag.Key, flag.Salt, individual, bucketBy);

        // Weights that do not add up leave a gap at the end, which belongs to the last share.
        var picked = shares.Length - 1;
        var sum = 0f;
        for (var i = 0; i < shares.Length; i++)
        {
            sum += shares[i].Weight / Bucketing.TotalWeight;
            if (bucket < sum)
            {
                picked = i;
                break;
            }
        }

        ref readonly var share = ref shares[picked];
        variation = share.Variation;
        inExperiment = isExperiment && !share.Untracked && individual is not null;
        return true;
    }

    private static float Bucket(long? seed, string key, string salt, Context individual, AttributeReference? bucketBy)
    {
        if (bucketBy is null)
        {
            return Bucketing.Of(seed, key, salt, Value.Of(individual.Key));
        }

        return individual.TryGetValue(bucketBy, out var value) ? Bucketing.Of(seed, key, salt, value) : 0;
    }
}
