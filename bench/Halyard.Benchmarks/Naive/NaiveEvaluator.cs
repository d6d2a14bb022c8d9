using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Halyard.Benchmarks.Naive;

/// <summary>Evaluates flags as the rules say, one step after the other.</summary>
internal sealed class NaiveEvaluator(NaiveStore store)
{
    public NaiveDetail Evaluate(NaiveFlag flag, NaiveContext context)
    {
        if (!flag.On)
        {
            return Off(flag, "OFF");
        }

        foreach (var prerequisite in flag.Prerequisites)
        {
            var other = store.Flag(prerequisite.Key);
            if (other is null || Evaluate(other, context).Index != prerequisite.Variation || !other.On)
            {
                return Off(flag, "PREREQUISITE_FAILED");
            }
        }

        if (Target(flag, context) is { } target)
        {
            return Variation(flag, target.Variation, "TARGET_MATCH");
        }

        var rule = flag.Rules.FirstOrDefault(rule => rule.Clauses.All(clause => Matches(clause, context)));
        return rule is not null ? Outcome(flag, rule, context, "RULE_MATCH") : Outcome(flag, flag.Fallthrough, context, "FALLTHROUGH");
    }

    private static NaiveDetail Off(NaiveFlag flag, string reason) =>
        flag.OffVariation is { } index ? Variation(flag, index, reason) : new(null, null, reason);

    private static NaiveDetail Variation(NaiveFlag flag, int index, string reason) =>
        index >= 0 && index < flag.Variations.Count ? new(flag.Variations[index], index, reason) : new(null, null, "ERROR");

    private static NaiveTarget? Target(NaiveFlag flag, NaiveContext context)
    {
        var userKey = context.Key("user");
        if (flag.ContextTargets.Count == 0)
        {
            return userKey is null ? null : flag.Targets.FirstOrDefault(target => target.Values.Contains(userKey));
        }

        return flag.ContextTargets.FirstOrDefault(target => context.Key(target.ContextKind) is { } key && (
            (target.ContextKind ?? "user") == "user" && target.Values.Count == 0
                ? flag.Targets.Any(users => users.Variation == target.Variation && users.Values.Contains(key))
                : target.Values.Contains(key)));
    }

    private static NaiveDetail Outcome(NaiveFlag flag, NaiveOutcome outcome, NaiveContext context, string reason)
    {
        if (outcome.Variation is { } index)
        {
            return Variation(flag, index, reason);
        }

        if (outcome.Rollout is not { Variations.Count: > 0 } rollout)
        {
            return new(null, null, "ERROR");
        }

        var bucketBy = rollout.Kind == "experiment" ? "key" : rollout.BucketBy ?? "key";
        var prefix = rollout.Seed?.ToString(CultureInfo.InvariantCulture) ?? flag.Key + "." + flag.Salt;
        var bucket = Bucket(prefix, context, rollout.ContextKind, bucketBy);
        var sum = 0f;
        foreach (var weight in rollout.Variations)
        {
            sum += weight.Weight / 100_000f;
            if (bucket < sum)
            {
                return Variation(flag, weight.Variation, reason);
            }
        }

        return Variation(flag, rollout.Variations.Last().Variation, reason);
    }

#pragma warning disable CA5350 // the protocol's buckets are defined by SHA-1; nothing is secret
    private static float Bucket(string prefix, NaiveContext context, string? kind, string attribute)
    {
        var value = context.Attribute(kind, attribute)?.ToString();
        if (value is null)
        {
            return 0;
        }

        var hash = Convert.ToHexString(SHA1.HashData(Encoding.UTF8.GetBytes(prefix + "." + value)));
        return (float)long.Parse(hash[..15], NumberStyles.HexNumber, CultureInfo.InvariantCulture) / 0xFFFFFFFFFFFFFFF;
    }
#pragma warning restore CA5350

    private bool Matches(NaiveClause clause, NaiveContext context)
    {
        if (clause.Op == "segmentMatch")
        {
            var isIn = clause.Values.Any(value => store.Segment(value.GetString()!) is { } segment && Contains(segment, context));
            return isIn != clause.Negate;
        }

        if (clause.Attribute == "kind")
        {
            return context.Kinds.Any(kind => clause.Values.Any(value => NaiveOperators.Test(clause.Op, kind, value))) != clause.Negate;
        }

        if (context.Attribute(clause.ContextKind, clause.Attribute) is not { } attribute)
        {
            return false;
        }

        return NaiveOperators.Elements(attribute).Any(element => clause.Values.Any(value => NaiveOperators.Test(clause.Op, element, value))) != clause.Negate;
    }

    private bool Contains(NaiveSegment segment, NaiveContext context)
    {
        var userKey = context.Key("user");
        if (IsListed(segment.Included, segment.IncludedContexts, userKey, context))
        {
            return true;
        }

        return !IsListed(segment.Excluded, segment.ExcludedContexts, userKey, context) && segment.Rules.Any(rule => Matches(segment, rule, context));
    }

    private static bool IsListed(List<string> users, List<NaiveTarget> contexts, string? userKey, NaiveContext context) =>
        (userKey is not null && users.Contains(userKey))
        || contexts.Any(list => context.Key(list.ContextKind) is { } key && list.Values.Contains(key));

    private bool Matches(NaiveSegment segment, NaiveSegmentRule rule, NaiveContext context)
    {
        if (!rule.Clauses.All(clause => Matches(clause, context)))
        {
            return false;
        }

        return rule.Weight is not { } weight || (context.Has(rule.RolloutContextKind)
            && Bucket(segment.Key + "." + segment.Salt, context, rule.RolloutContextKind, rule.BucketBy ?? "key") < weight / 100_000f);
    }
}
