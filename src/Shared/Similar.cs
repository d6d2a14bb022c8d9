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

    // Letters left out, added, changed or swapped with their neighbour, each counted once; three rows at a time.
    private static int Distance(string a, string b)
    {
        var before = new int[b.Length + 1];
        var above = Enumerable.Range(0, b.Length + 1).ToArray();
        var row = new int[b.Length + 1];
        for (var i = 1; i <= a.Length; i++)
        {
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                row[j] = Math.Min(Math.Min(above[j] + 1, row[j - 1] + 1), above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    row[j] = Math.Min(row[j], before[j - 2] + 1);
                }
            }

            (before, above, row) = (above, row, before);
        }

        return above[b.Length];
    }
}
