using Halyard.Model;

namespace Halyard.Evaluation;

/// <summary>The rules by which every server-side SDK of the protocol evaluates. Pure and synchronous; reads one snapshot; allocates nothing for scalar results.</summary>
/// <remarks>
/// Never throws for any data that was read. A flag that contradicts itself is malformed, and so is one whose path of
/// prerequisites or segments is too long for the thread's stack (thousands of levels).
/// </remarks>
internal static partial class Evaluator
{
    /// <summary>In place of a variation: the fault is one that ends the evaluation of every flag that depends on this one.</summary>
    private const int Broken = -2;

    private static EvaluationReason Malformed => EvaluationReason.Error(EvaluationErrorKind.MalformedFlag);

    /// <summary>Evaluates a flag of the snapshot for a valid context.</summary>
    public static EvaluationResult Evaluate(Flag flag, Context context, ref EvaluationScope scope)
    {
        var reason = Evaluate(flag, context, ref scope, out var variation);
        return new(variation, reason);
    }

    /// <inheritdoc cref="Evaluate(Flag, Context, ref EvaluationScope)"/>
    /// <remarks>The reason and the variation apart, as they then stay in registers.</remarks>
    public static EvaluationReason Evaluate(Flag flag, Context context, ref EvaluationScope scope, out int variation)
    {
        if (!context.IsValid)
        {
            variation = EvaluationResult.None;
            return EvaluationReason.Error(EvaluationErrorKind.UserNotSpecified);
        }

        scope.Begin();
        var reason = EvaluateNested(flag, context, ref scope, out var found);
        variation = Math.Max(found, EvaluationResult.None);
        return scope.BigSegmentsStatus == BigSegmentsStatus.None && !flag.IsOverride
            ? reason
            : reason with { BigSegmentsStatus = scope.BigSegmentsStatus, IsOverride = flag.IsOverride };
    }

    /// <param name="flag">The flag, or a prerequisite of it.</param>
    /// <param name="context">The context.</param>
    /// <param name="scope">What is read.</param>
    /// <param name="variation">The variation's index, <see cref="EvaluationResult.None"/> or <see cref="Broken"/>.</param>
    private static EvaluationReason EvaluateNested(Flag flag, Context context, ref EvaluationScope scope, out int variation)
    {
        if (!flag.On)
        {
            return ServeOff(flag, EvaluationReason.Off, out variation);
        }

        if (!flag.Prerequisites.IsDefaultOrEmpty)
        {
            if (!TryCheckPrerequisites(flag, context, ref scope, out var failed))
            {
                variation = Broken;
                return Malformed;
            }

            if (failed is not null)
            {
                return ServeOff(flag, EvaluationReason.PrerequisiteFailed(failed), out variation);
            }
        }

        if (TryTarget(flag, context, out var target))
        {
            return Serve(flag, target, EvaluationReason.TargetMatch, out variation);
        }

        var rules = flag.Rules.AsSpan();
        for (var i = 0; i < rules.Length; i++)
        {
            ref readonly var rule = ref rules[i];
            switch (MatchAll(rule.ClauseList, context, ref scope))
            {
                case Match.Yes:
                    return Serve(flag, rule.Variation, rule.Rollout, context, EvaluationReason.RuleMatch(i, rule.Id), out variation);
                case Match.Malformed:
                    variation = Broken;
                    return Malformed;
            }
        }

        ref readonly var last = ref flag.FallthroughRef;
        return Serve(flag, last.Variation, last.Rollout, context, EvaluationReason.Fallthrough, out variation);
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

            if (scope.Path.HasFlag(dependency.Key))
            {
                return false;
            }

            var reason = EvaluateNested(dependency, context, ref scope, out var variation);
            if (variation == Broken)
            {
                return false;
            }

            scope.Prerequisites?.OnPrerequisite(flag, dependency, new(variation, reason));

            // A flag that is off fails whatever its off variation is.
            if (!dependency.On || variation == EvaluationResult.None || variation != prerequisite.Variation)
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

    // An entry of kind user without keys says where, among the other kinds, the user target of its variation is tried.
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

    private static EvaluationReason ServeOff(Flag flag, EvaluationReason reason, out int variation)
    {
        if (flag.OffVariation is { } off)
        {
            return Serve(flag, off, reason, out variation);
        }

        variation = EvaluationResult.None;
        return reason;
    }

    private static EvaluationReason Serve(Flag flag, int served, EvaluationReason reason, out int variation)
    {
        if ((uint)served < (uint)flag.Variations.AsSpan().Length)
        {
            variation = served;
            return reason;
        }

        variation = EvaluationResult.None;
        return Malformed;
    }

    private static EvaluationReason Serve(
        Flag flag, int? fixedVariation, Rollout? rollout, Context context, EvaluationReason reason, out int variation)
    {
        if (fixedVariation is { } served)
        {
            return Serve(flag, served, reason, out variation);
        }

        if (rollout is null || !TryPick(rollout, flag, context, out var picked, out var inExperiment))
        {
            variation = EvaluationResult.None;
            return Malformed;
        }

        return Serve(flag, picked, inExperiment ? reason with { InExperiment = true } : reason, out variation);
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

        // When the weights add up to less than the whole, the last share gets the rest.
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
