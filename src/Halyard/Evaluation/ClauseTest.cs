using System.Collections.Immutable;

namespace Halyard;

/// <summary>A clause's operator with its values prepared: sets, patterns, dates and versions are parsed once. Immutable.</summary>
internal abstract class ClauseTest
{
    /// <summary>Prepares a test; null for <c>segmentMatch</c>, which tests no attribute. An unknown operator matches nothing.</summary>
    public static ClauseTest? Prepare(string op, ImmutableArray<Value> values) => op == "segmentMatch" ? null : throw new NotImplementedException();

    /// <summary>Whether one attribute value (never an array) matches any of the clause's values.</summary>
    public abstract bool Matches(in Value value);
}
