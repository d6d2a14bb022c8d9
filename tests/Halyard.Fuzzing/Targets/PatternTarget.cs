using System.Text;
using System.Text.RegularExpressions;
using Halyard.DataModel.Clauses;

namespace Halyard.Fuzzing.Targets;

/// <summary>
/// A regular expression and a text to search, a line each: in bounded time, with the platform's answer where both come to one.
/// </summary>
internal static class PatternTarget
{
    // The answer is that of the platform alone, which has no part in the time that is promised.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(50);

    public static FuzzTarget Target { get; } = new("pattern", "a regular expression and a text, a line each", Run)
    {
        Words =
        [
            "(a+)+$", "(a|a)*", "(?:", "(?=", "(?!", "(?<=", "(?<!", "(?>", "(?<n>", "\\k<n>", "\\1", "[a-z]", "[^a]", "[a-z-[b]]", "\\d", "\\w+", "\\b", "\\p{L}", "\\P{Lu}", ".", ".*", "*", "+", "?", "{2}",
            "{1,3}", "{1000}", "{2147483647}", "|", "^", "$", "\\", "(", ")", "[", "]", "\n", "aaaaaaaaaaaaaaaaaaaaaaaaaaaa", "!", "(?i)", "(?x)", "\\G", "\\A", "\\z", "(?#", "\\u0041", "\\x41", "\\cA", "(?(1)a|b)",
        ],
        BytesForEach = 64 * 1024,
        FixedBytes = 64 << 20, // what a search holds is bounded by its time alone
        MostLength = 256,
    };

    private static void Run(ReadOnlySpan<byte> input)
    {
        var lines = Encoding.UTF8.GetString(input).Split('\n', 2);
        var test = (PatternTest)ClauseTest.Prepare("matches", [Value.Of(lines[0])])!;
        Promise.Holds((test.Problem is null) == IsPattern(lines[0]), "a pattern is one for the platform", $"{test.Problem}");
        if (test.Problem is not null)
        {
            return;
        }

        var time = default(SearchTime);
        var first = test.Search(Value.Of(lines[^1]), ref time);
        time = default;
        var second = test.Search(Value.Of(lines[^1]), ref time);
        if (first != SearchResult.RanOut && second != SearchResult.RanOut)
        {
            Promise.Holds(first == second, "a second search finds what the first one found", $"{first} {second}");
            Promise.Holds(Search(lines[0], lines[^1]) is not { } found || found == (first == SearchResult.Yes), "a search finds what the platform finds", $"{first}");
        }
    }

    private static bool IsPattern(string pattern)
    {
        try
        {
            _ = new Regex(pattern, RegexOptions.CultureInvariant);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    // Null when the platform finds no answer in time.
    private static bool? Search(string pattern, string text)
    {
        try
        {
            return Regex.IsMatch(text, pattern, RegexOptions.CultureInvariant, Patience);
        }
        catch (RegexMatchTimeoutException)
        {
            return null;
        }
    }
}
