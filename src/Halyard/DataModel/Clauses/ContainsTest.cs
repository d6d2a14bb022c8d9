using System.Buffers;

namespace Halyard.DataModel.Clauses;

/// <summary>
/// The operator <c>contains</c>. Many parts are looked for in one pass over the text; what that takes is made when the test is
/// first asked, since it costs as much as some thousand searches and most clauses of a payload are never asked.
/// </summary>
internal sealed class ContainsTest(string[] parts) : ClauseTest
{
    // Fewer are as quick one by one.
    private const int FewestTogether = 6;

    // In all parts. A table takes some 70 bytes and half a microsecond a character: more would hold up the evaluation that makes
    // it, and keep megabytes for each clause.
    private const int MostCharacters = 2_048;

    private readonly bool _together = parts.Length >= FewestTogether
        && Array.TrueForAll(parts, static part => part.Length > 0)
        && parts.Sum(static part => (long)part.Length) <= MostCharacters;

    // Two threads may both make it; either serves.
    private SearchValues<string>? _all;

    public override bool Matches(in Value value)
    {
        if (value.AsString is not { } text)
        {
            return false;
        }

        if (_together)
        {
            return text.AsSpan().ContainsAny(_all ??= SearchValues.Create(parts, StringComparison.Ordinal));
        }

        foreach (var part in parts)
        {
            if (text.Contains(part, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }
}
