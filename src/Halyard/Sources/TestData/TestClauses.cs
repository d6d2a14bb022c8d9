using System.Collections.Immutable;
using Halyard.Model;

namespace Halyard;

/// <summary>The conditions of a rule, all of which must hold. Not thread-safe.</summary>
/// <typeparam name="TSelf">The rule's builder.</typeparam>
public abstract class TestClauses<TSelf>
    where TSelf : TestClauses<TSelf>
{
    private readonly List<Clause> _clauses = [];

    private protected TestClauses()
    {
    }

    /// <summary>And the attribute equals one of the values, or holds one of them if it is an array.</summary>
    /// <param name="contextKind">The kind of the context, such as <c>user</c>.</param>
    /// <param name="attribute">The attribute's name, or a path such as <c>/address/city</c>.</param>
    /// <param name="values">The values.</param>
    public TSelf AndMatch(string contextKind, string attribute, params ReadOnlySpan<Value> values) =>
        Add(contextKind, attribute, "in", values, negate: false);

    /// <summary>And the context has the attribute, and it equals none of the values.</summary>
    public TSelf AndNotMatch(string contextKind, string attribute, params ReadOnlySpan<Value> values) =>
        Add(contextKind, attribute, "in", values, negate: true);

    /// <summary>And the operator, such as <c>startsWith</c> or <c>semVerGreaterThan</c>, holds for one of the values.</summary>
    public TSelf And(string contextKind, string attribute, string op, params ReadOnlySpan<Value> values) =>
        Add(contextKind, attribute, op, values, negate: false);

    /// <summary>And the operator holds for none of the values.</summary>
    public TSelf AndNot(string contextKind, string attribute, string op, params ReadOnlySpan<Value> values) =>
        Add(contextKind, attribute, op, values, negate: true);

    /// <summary>And the context is in one of the segments.</summary>
    public TSelf AndInSegment(params ReadOnlySpan<string> segmentKeys) => AddSegments(segmentKeys, negate: false);

    /// <summary>And the context is in none of the segments.</summary>
    public TSelf AndNotInSegment(params ReadOnlySpan<string> segmentKeys) => AddSegments(segmentKeys, negate: true);

    private protected ImmutableArray<Clause> Clauses => [.. _clauses];

    private TSelf Add(string contextKind, string attribute, string op, ReadOnlySpan<Value> values, bool negate)
    {
        ArgumentException.ThrowIfNullOrEmpty(contextKind);
        ArgumentException.ThrowIfNullOrEmpty(op);
        var reference = AttributeReference.Parse(attribute);
        if (!reference.IsValid)
        {
            throw new ArgumentException($"\"{attribute}\": {reference.Error}.", nameof(attribute));
        }

        _clauses.Add(new(contextKind, reference, op, [.. values], negate));
        return (TSelf)this;
    }

    private TSelf AddSegments(ReadOnlySpan<string> segmentKeys, bool negate)
    {
        var values = ImmutableArray.CreateBuilder<Value>(segmentKeys.Length);
        foreach (var key in segmentKeys)
        {
            ArgumentException.ThrowIfNullOrEmpty(key, nameof(segmentKeys));
            values.Add(key);
        }

        _clauses.Add(new(null, null, "segmentMatch", values.DrainToImmutable(), negate));
        return (TSelf)this;
    }
}

/// <summary>A rule of a flag under construction; <c>Then...</c> ends it and goes back to the flag.</summary>
public sealed class TestRuleBuilder : TestClauses<TestRuleBuilder>
{
    private readonly TestFlagBuilder _flag;
    private string? _id;

    internal TestRuleBuilder(TestFlagBuilder flag) => _flag = flag;

    /// <summary>Sets the identifier that reasons report; otherwise it is <c>rule0</c> and so on.</summary>
    public TestRuleBuilder Id(string id)
    {
        _id = id;
        return this;
    }

    /// <summary>Serves a variation on a match.</summary>
    public TestFlagBuilder ThenReturn(int variation) => _flag.AddRule(_id, Clauses, new(TestShares.Checked(variation), null));

    /// <summary>Serves a boolean on a match.</summary>
    public TestFlagBuilder ThenReturn(bool value) => ThenReturn(_flag.IndexOf(value));

    /// <summary>Splits matches over the variations: the first share is variation 0's. Shares are percentages and add up to 100.</summary>
    public TestFlagBuilder ThenRollout(params ReadOnlySpan<double> percentages) => ThenRollout(TestShares.Rollout(percentages));

    /// <summary>Splits matches by a rollout of any form.</summary>
    public TestFlagBuilder ThenRollout(Rollout rollout)
    {
        ArgumentNullException.ThrowIfNull(rollout);
        return _flag.AddRule(_id, Clauses, new(null, rollout));
    }
}

/// <summary>A rule of a segment under construction; <c>Then...</c> ends it and goes back to the segment.</summary>
public sealed class TestSegmentRuleBuilder : TestClauses<TestSegmentRuleBuilder>
{
    private readonly TestSegmentBuilder _segment;

    internal TestSegmentRuleBuilder(TestSegmentBuilder segment) => _segment = segment;

    /// <summary>Takes every match in.</summary>
    public TestSegmentBuilder ThenInclude() => _segment.AddRule(new() { Clauses = Clauses });

    /// <summary>Takes a share of the matches in.</summary>
    /// <param name="percentage">The share, from 0 to 100.</param>
    /// <param name="contextKind">The kind of the context whose key decides.</param>
    public TestSegmentBuilder ThenInclude(double percentage, string contextKind = Context.DefaultKind)
    {
        if (percentage is not (>= 0 and <= 100))
        {
            throw new ArgumentOutOfRangeException(nameof(percentage), percentage, "A share is a percentage from 0 to 100.");
        }

        return _segment.AddRule(new() { Clauses = Clauses, Weight = TestShares.Weight(percentage), RolloutContextKind = contextKind });
    }
}

/// <summary>Percentages as the wire counts them.</summary>
internal static class TestShares
{
    public static int Weight(double percentage) => (int)Math.Round(percentage * 1000, MidpointRounding.AwayFromZero);

    public static int Checked(int variation)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(variation);
        return variation;
    }

    public static Rollout Rollout(ReadOnlySpan<double> percentages)
    {
        var shares = ImmutableArray.CreateBuilder<WeightedVariation>(percentages.Length);
        var sum = 0;
        for (var i = 0; i < percentages.Length; i++)
        {
            if (percentages[i] is not (>= 0 and <= 100))
            {
                throw new ArgumentOutOfRangeException(nameof(percentages), percentages[i], "A share is a percentage from 0 to 100.");
            }

            sum += Weight(percentages[i]);
            shares.Add(new(i, Weight(percentages[i])));
        }

        return sum == 100_000
            ? new() { ContextKind = Context.DefaultKind, Variations = shares.DrainToImmutable() }
            : throw new ArgumentException("The shares of a rollout must add up to 100 percent.", nameof(percentages));
    }
}
