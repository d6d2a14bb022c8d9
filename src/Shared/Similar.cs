namespace Halyard;

/// <summary>Guesses what a mistyped key was to be.</summary>
internal static class Similar
{
    private const int LongestTyped = 100;

    /// <summary>The candidate nearest to what was typed; null when none is near.</summary>
    public static string? To(string typed, IEnumerable<string> candidates)
    {
        var limit = Math.Max(1, typed.Length / 3);
        return typed.Length > LongestTyped
            ? null
            : candidates
                .Where(candidate => Math.Abs(candidate.Length - typed.Length) <= limit)
                .Select(candidate => (Candidate: candidate, Distance: Distance(typed, candidate)))
                .Where(found => found.Distance <= limit)
                .OrderBy(static found => found.Distance)
                .Select(static found => found.Candidate)
                .FirstOrDefault();
    }

    // Levenshtein's distance, one row at a time.
    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var above = row[j];
                row[j] = Math.Min(Math.Min(row[j] + 1, row[j - 1] + 1), diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }

        return row[b.Length];
    }
}
