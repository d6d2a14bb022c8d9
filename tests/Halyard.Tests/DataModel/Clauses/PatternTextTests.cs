using System.Text.RegularExpressions;
using CsCheck;
using Halyard.DataModel.Clauses;

namespace Halyard.Tests.Evaluation;

public sealed class PatternTextTests
{
    [Theory]
    [InlineData("abc", "abc")]
    [InlineData("^admin-[0-9]+@", "admin-")]
    [InlineData("@(corp|internal)\\.example\\.org$", ".example.org")]
    [InlineData("qa[0-9]*\\.test", ".test")]
    [InlineData("abc+de", "abc")]
    [InlineData("abc*de", "ab")]
    [InlineData("abc?", "ab")]
    [InlineData("abc{2}", "ab")]
    [InlineData("abc{0,3}?d", "ab")]
    [InlineData("a(?:b|c)(x[)]y)+de", "de")]
    [InlineData("a\\db\\(\\)", "b()")]
    [InlineData("[]a]bc[^]]", "bc")]
    [InlineData("a]}b", "a]}b")]
    [InlineData("a", null)]
    [InlineData("a*b*", null)]
    [InlineData("abc|abd", null)]
    [InlineData("(abc)", null)]
    [InlineData("(?i)abc", null)]
    [InlineData("(?i:abc)def", null)]
    [InlineData("abc(?=d)", null)]
    [InlineData("abc(d(?!e))", null)]
    [InlineData("(?<n>a)bcd\\k<n>", null)]
    [InlineData("abc\\x41", null)]
    [InlineData("abc\\p{L}", null)]
    [InlineData("[a-z-[b]]cd", null)]
    [InlineData("abc{x}", null)]
    [InlineData("größer", null)]
    [InlineData("ab#c", null)]
    public void The_longest_piece_that_every_match_holds_is_known(string pattern, string? needed) =>
        Assert.Equal(needed, PatternText.Needed(pattern));

    [Fact]
    public void A_search_finds_what_the_platform_finds()
    {
        var part = Any(
            "a", "b", "ab", "ba", "aab", ".", "\\.", "\\d", "\\b", "\\A", "\\x61", "[ab]", "[^a]", "[]b]", "[a-[b]]", "(a|ab)", "(?:ab)", "(?i:A)", "(?i)", "(?=a)", "(?<n>b)", "()",
            "*", "+", "?", "{2}", "{0,1}", "{0}", "{", "}", "|", "^", "$", "(", ")", "#", " ", "\\#", "-", "]");
        var text = Any("a", "b", "ab", "A", ".", "1", " ", "-", "#", "{", "}", "]").Array[0, 8].Select(string.Concat);
        var matches = 0;
        Gen.Select(part.Array[1, 7].Select(string.Concat), text.Array[5]).Sample(
            sample =>
            {
                var (pattern, texts) = sample;
                Regex expected;
                try
                {
                    expected = new(pattern, RegexOptions.CultureInvariant);
                }
                catch (ArgumentException)
                {
                    return;
                }

                var needed = PatternText.Needed(pattern);
                foreach (var candidate in texts)
                {
                    if (needed is not null && expected.IsMatch(candidate))
                    {
                        Interlocked.Increment(ref matches);
                        Assert.Contains(needed, candidate, StringComparison.Ordinal);
                    }
                }
            },
            iter: 30_000);
        Assert.InRange(matches, 100, int.MaxValue);
    }

    [Fact]
    public void Many_parts_are_looked_for_as_one_by_one()
    {
        var part = Any("a", "b", "c", "\uD83D", "\uDE00", "é", "A").Array[1, 4].Select(string.Concat);
        Gen.Select(part.Array[1, 12], part.Array[0, 6].Select(string.Concat)).Sample(
            sample => Assert.Equal(
                sample.Item1.Any(candidate => sample.Item2.Contains(candidate, StringComparison.Ordinal)),
                ClauseTest.Prepare("contains", [.. sample.Item1.Select(text => (Value)text)])!.Matches(sample.Item2)),
            iter: 20_000);
        Assert.True(ClauseTest.Prepare("contains", [.. Enumerable.Repeat((Value)"", 10)])!.Matches(""));
    }

    [Fact]
    public void Very_many_and_very_long_parts_are_found_too()
    {
        Value[] many = [.. Enumerable.Range(0, 5_000).Select(i => (Value)$"part-{i}-end")];
        Assert.True(ClauseTest.Prepare("contains", [.. many])!.Matches("xpart-4999-endx"));
        Assert.False(ClauseTest.Prepare("contains", [.. many])!.Matches("xpart-5000-endx"));
        Value[] large = [.. Enumerable.Range(0, 20).Select(i => (Value)(new string('x', 10_000) + i))];
        Assert.True(ClauseTest.Prepare("contains", [.. large])!.Matches(new string('x', 20_000) + "19"));
    }

    private static Gen<string> Any(params string[] texts) => Gen.Int[0, texts.Length - 1].Select(at => texts[at]);
}
