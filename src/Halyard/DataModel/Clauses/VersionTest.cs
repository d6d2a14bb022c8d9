namespace Halyard.DataModel.Clauses;

/// <summary>The operators <c>semVerEqual</c>, <c>semVerLessThan</c> and <c>semVerGreaterThan</c>.</summary>
internal sealed class VersionTest : ClauseTest
{
    private readonly SemanticVersion[] _versions;
    private readonly Order _order;

    private VersionTest(SemanticVersion[] versions, Order order, string? problem)
    {
        _versions = versions;
        _order = order;
        Problem = problem;
    }

    /// <summary>The order that is a match; the value is the sign of the comparison.</summary>
    internal enum Order : sbyte
    {
        Less = -1,
        Equal = 0,
        Greater = 1,
    }

    internal override string? Problem { get; }

    public static VersionTest Of(ReadOnlySpan<Value> values, Order order)
    {
        var versions = new List<SemanticVersion>(values.Length);
        string? problem = null;
        foreach (ref readonly var value in values)
        {
            if (value.AsString is not { } text)
            {
                continue;
            }

            if (!SemanticVersion.TryParse(text, out var version))
            {
                problem ??= $"invalid semantic version '{text}'";
            }
            else if (order == Order.Equal || versions.Count == 0)
            {
                versions.Add(version);
            }
            else if (Math.Sign(version.CompareTo(versions[0])) == -(int)order)
            {
                // A version is less than one of the versions exactly when it is less than the greatest, so only that one is kept.
                versions[0] = version;
            }
        }

        return new([.. versions], order, problem);
    }

    public override bool Matches(in Value value)
    {
        if (value.AsString is not { } text)
        {
            return false;
        }

        return _versions.Length == 1 && _versions[0].TryCompareNumbers(text, out var order)
            ? order == (int)_order
            : MatchesAny(text);
    }

    private bool MatchesAny(string text)
    {
        if (_versions.Length != 0 && SemanticVersion.TryParse(text, out var version))
        {
            foreach (ref readonly var candidate in _versions.AsSpan())
            {
                if (Math.Sign(version.CompareTo(candidate)) == (int)_order)
                {
                    return true;
                }
            }
        }

        return false;
    }
}
