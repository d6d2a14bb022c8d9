using System.Collections.Immutable;
using System.Globalization;
using Halyard.Model;

namespace Halyard.DataModel.Clauses;

/// <summary>
/// Lists what in an item can never work, for the loader of data to log once: an evaluation would meet such a
/// fault on every call, and so does not log it.
/// </summary>
internal static class DataProblems
{
    /// <summary>The problems of an item, each with its place, such as <c>rules[2].clauses[0]: unknown operator 'foo'</c>; a tombstone has none.</summary>
    public static IEnumerable<string> Of(ItemDescriptor item) => item switch
    {
        ItemDescriptor<Flag> { Item: { } flag } => Of(flag),
        ItemDescriptor<Segment> { Item: { } segment } => Of(segment),
        _ => [],
    };

    /// <summary>The problems of a flag.</summary>
    public static IEnumerable<string> Of(Flag flag)
    {
        if (flag.OffVariation is { } off && IsOutside(flag, off))
        {
            yield return $"offVariation: {NoVariation(flag, off)}";
        }

        foreach (var prerequisite in Safe(flag.Prerequisites))
        {
            if (prerequisite.Key == flag.Key)
            {
                yield return "prerequisites: the flag is its own prerequisite";
            }
        }

        foreach (var (name, targets) in new[] { ("targets", Safe(flag.Targets)), ("contextTargets", Safe(flag.ContextTargets)) })
        {
            for (var i = 0; i < targets.Length; i++)
            {
                if (IsOutside(flag, targets[i].Variation))
                {
                    yield return Place(name, i) + NoVariation(flag, targets[i].Variation);
                }
            }
        }

        var rules = Safe(flag.Rules);
        for (var i = 0; i < rules.Length; i++)
        {
            var rule = rules[i];
            foreach (var problem in OfClauses(rule.ClauseList).Concat(OfServe(flag, rule.Serve)))
            {
                yield return Place("rules", i, problem);
            }
        }

        foreach (var problem in OfServe(flag, flag.Fallthrough))
        {
            yield return "fallthrough: " + problem;
        }
    }

    /// <summary>The problems of a segment.</summary>
    public static IEnumerable<string> Of(Segment segment)
    {
        var rules = Safe(segment.Rules);
        for (var i = 0; i < rules.Length; i++)
        {
            var rule = rules[i];
            foreach (var problem in OfClauses(rule.ClauseList))
            {
                yield return Place("rules", i, problem);
            }

            if (rule.BucketBy is { IsValid: false } bucketBy)
            {
                yield return Place("rules", i, "bucketBy: " + BadReference(bucketBy));
            }
        }
    }

    /// <summary>Whether a clause of the item has a regular expression that may run away.</summary>
    public static bool HasSlowPattern(ItemDescriptor item)
    {
        switch (item)
        {
            case ItemDescriptor<Flag> { Item: { } flag }:
                foreach (var rule in Safe(flag.Rules))
                {
                    if (HasSlowPattern(rule.ClauseList))
                    {
                        return true;
                    }
                }

                break;
            case ItemDescriptor<Segment> { Item: { } segment }:
                foreach (var rule in Safe(segment.Rules))
                {
                    if (HasSlowPattern(rule.ClauseList))
                    {
                        return true;
                    }
                }

                break;
        }

        return false;
    }

    /// <summary>The regular expressions of an item that may run away, each with its place and why.</summary>
    public static IEnumerable<string> SlowPatternsOf(ItemDescriptor item)
    {
        var rules = item switch
        {
            ItemDescriptor<Flag> { Item: { } flag } => Safe(flag.Rules).Select(rule => rule.Clauses),
            ItemDescriptor<Segment> { Item: { } segment } => Safe(segment.Rules).Select(rule => rule.Clauses),
            _ => [],
        };
        return rules.SelectMany((clauses, rule) => Safe(clauses).Select((clause, at) => (clause.Test as PatternTest)?.Slow is { } slow
            ? string.Create(CultureInfo.InvariantCulture, $"rules[{rule}].clauses[{at}]: {slow}")
            : null)).OfType<string>();
    }

    private static bool HasSlowPattern(ClauseList clauses)
    {
        for (var i = 0; i < clauses.Count; i++)
        {
            if (clauses[i].Test is PatternTest { Slow: not null })
            {
                return true;
            }
        }

        return false;
    }

    private static IEnumerable<string> OfClauses(ClauseList clauses)
    {
        for (var i = 0; i < clauses.Count; i++)
        {
            var clause = clauses[i];
            if (clause.Test?.Problem is { } problem)
            {
                yield return Place("clauses", i) + problem;
            }

            if (clause.Test is not null && clause.Attribute is not { IsValid: true })
            {
                yield return Place("clauses", i) + (clause.Attribute is null ? "an attribute is missing" : BadReference(clause.Attribute));
            }
        }
    }

    private static IEnumerable<string> OfServe(Flag flag, VariationOrRollout serve)
    {
        if (serve.Variation is { } variation)
        {
            if (IsOutside(flag, variation))
            {
                yield return NoVariation(flag, variation);
            }

            yield break;
        }

        if (serve.Rollout is not { Variations.IsDefaultOrEmpty: false } rollout)
        {
            yield return "neither a variation nor a rollout with variations";
            yield break;
        }

        foreach (var share in rollout.Variations)
        {
            if (IsOutside(flag, share.Variation))
            {
                yield return "rollout: " + NoVariation(flag, share.Variation);
            }
        }

        // An experiment ignores the attribute.
        if (rollout is { Kind: RolloutKind.Rollout, BucketBy: { IsValid: false } bucketBy })
        {
            yield return "rollout.bucketBy: " + BadReference(bucketBy);
        }
    }

    // An iterator cannot hold a span; a model made in code may hold default arrays.
    private static ImmutableArray<T> Safe<T>(ImmutableArray<T> items) => items.IsDefault ? [] : items;

    private static bool IsOutside(Flag flag, int variation) => (uint)variation >= (uint)flag.Variations.AsSpan().Length;

    private static string NoVariation(Flag flag, int variation) =>
        string.Create(CultureInfo.InvariantCulture, $"there is no variation {variation}, the flag has {flag.Variations.AsSpan().Length}");

    private static string BadReference(AttributeReference reference) => $"invalid attribute reference '{reference.Text}': {reference.Error}";

    private static string Place(string list, int index) => string.Create(CultureInfo.InvariantCulture, $"{list}[{index}]: ");

    // rules[2].clauses[0]: problem, but rules[2]: problem when the problem names no place below.
    private static string Place(string list, int index, string problem) =>
        problem.StartsWith("clauses[", StringComparison.Ordinal)
        || problem.StartsWith("rollout", StringComparison.Ordinal)
        || problem.StartsWith("bucketBy", StringComparison.Ordinal)
            ? string.Create(CultureInfo.InvariantCulture, $"{list}[{index}].{problem}")
            : Place(list, index) + problem;
}
