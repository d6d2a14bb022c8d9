using Halyard.Model;
using Halyard.Testing;

namespace Halyard;

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
