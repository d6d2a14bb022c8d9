using CsCheck;
using Halyard.DataModel.Clauses;

namespace Halyard.Tests.Evaluation;

public sealed class SemanticVersionTests
{
    private static readonly Gen<string> GenIdentifier = Gen.OneOf(
        Gen.Int[0, 20].Select(number => number.ToString()),
        Generators.Any("alpha", "beta", "rc", "a", "A", "-", "0a", "1-", "x-y"));

    private static readonly Gen<string> GenText = Gen.Select(
        Gen.Int[0, 12], Gen.Int[0, 12], Gen.Int[0, 12], Gen.Int[1, 3], GenIdentifier.Array[0, 3], Gen.Bool,
        (major, minor, patch, parts, preRelease, build) =>
            string.Join('.', new[] { major, minor, patch }.Take(parts))
            + (preRelease.Length == 0 ? "" : "-" + string.Join('.', preRelease))
            + (build ? "+build.007" : ""));

    [Fact]
    public void The_order_is_that_of_a_plain_reading_of_the_specification() => Gen.Select(GenText, GenText).Sample((a, b) =>
        Assert.Equal(Math.Sign(ReferenceOrder(a, b)), Math.Sign(Parse(a).CompareTo(Parse(b)))));

    [Fact]
    public void Comparison_is_a_total_order() => GenText.Array[3].Sample(texts =>
    {
        var sorted = texts.Select(Parse).Order().ToArray();
        Assert.True(sorted[0].CompareTo(sorted[2]) <= 0);
        Assert.Equal(-sorted[0].CompareTo(sorted[1]).CompareTo(0), sorted[1].CompareTo(sorted[0]).CompareTo(0));
        Assert.Equal(0, sorted[0].CompareTo(sorted[0]));
    });

    [Fact]
    public void Versions_of_numbers_alone_are_compared_the_short_way_with_the_same_result() =>
        Gen.Select(Gen.OneOf(GenText, Gen.String["0123456789.-+a"]), GenText).Sample((text, other) =>
        {
            var isShort = Parse(other).TryCompareNumbers(text, out var order);
            var isPlain = SemanticVersion.TryParse(text, out var version) && !text.AsSpan().ContainsAny("-+") && !other.Contains('-');
            Assert.Equal(isPlain && text.Split('.').All(static number => number.Length < 20), isShort);
            Assert.Equal(isShort ? Math.Sign(version.CompareTo(Parse(other))) : 0, order);
        });

    [Fact]
    public void A_higher_number_is_a_higher_version_at_any_size() => Gen.Select(Gen.String[Gen.Char['0', '9'], 1, 30], Gen.String[Gen.Char['0', '9'], 1, 30], Gen.Int[0, 2]).Sample((a, b, place) =>
    {
        var (x, y) = (System.Numerics.BigInteger.Parse(a), System.Numerics.BigInteger.Parse(b));
        var before = string.Concat(Enumerable.Repeat("1.", place));
        Assert.Equal(x.CompareTo(y), Math.Sign(Parse(before + x).CompareTo(Parse(before + y))));
    });

    [Fact]
    public void Any_text_is_read_or_refused_without_an_error() =>
        Gen.OneOf(Gen.String, Gen.String["0123456789.-+abA"]).Sample(text => SemanticVersion.TryParse(text, out _) || true);

    private static SemanticVersion Parse(string text)
    {
        Assert.True(SemanticVersion.TryParse(text, out var version), text);
        return version;
    }

    private static int ReferenceOrder(string a, string b)
    {
        var (coreA, preA) = Split(a);
        var (coreB, preB) = Split(b);
        for (var i = 0; i < 3; i++)
        {
            if (coreA[i] != coreB[i])
            {
                return coreA[i].CompareTo(coreB[i]);
            }
        }

        if (preA.Length == 0 || preB.Length == 0)
        {
            return (preA.Length == 0).CompareTo(preB.Length == 0);
        }

        foreach (var (x, y) in preA.Zip(preB))
        {
            var order = (int.TryParse(x, out var m) && m >= 0 && !x.StartsWith('-'), int.TryParse(y, out var n) && n >= 0 && !y.StartsWith('-')) switch
            {
                (true, true) => m.CompareTo(n),
                (true, false) => -1,
                (false, true) => 1,
                _ => string.CompareOrdinal(x, y),
            };
            if (order != 0)
            {
                return order;
            }
        }

        return preA.Length.CompareTo(preB.Length);
    }

    private static (int[] Core, string[] PreRelease) Split(string text)
    {
        var withoutBuild = text.Split('+')[0];
        var dash = withoutBuild.IndexOf('-');
        var core = (dash < 0 ? withoutBuild : withoutBuild[..dash]).Split('.').Select(int.Parse).Concat([0, 0]).Take(3).ToArray();
        return (core, dash < 0 ? [] : withoutBuild[(dash + 1)..].Split('.'));
    }
}
