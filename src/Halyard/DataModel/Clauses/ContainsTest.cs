using System.Buffers;

namespace Halyard.DataModel.Clauses;

/// <summary>
/// The operator <c>contains</c>. Many parts are looked for in one pass over the text; what that takes is made when the test is
/// first asked, since it costs as much as some thousand searches and most clauses of a payload are never asked.
/// </summary>
internal sealed class ContainsTest(string[] parts) : ClauseTest
{
    // Fewer are as quick one by one, and of very many the table would be large.
    private const int FewestTogether = 6;
    private const int MostTogether = 1_000;
    private const int LongestTogether = 256;

    private readonly bool _together = parts.Length is >= FewestTogether and <= MostTogether
        && Array.TrueForAll(parts, static part => part.Length is > 0 and <= LongestTogether);

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
