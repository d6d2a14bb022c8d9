using Halyard.Testing;

namespace Halyard;

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
