using System.Collections.Immutable;
using System.Text.RegularExpressions;
using CsCheck;
using Halyard.DataModel.Clauses;
using Halyard.Model;
using Halyard.Tests.Support;

namespace Halyard.Tests.Evaluation;

[Collection(typeof(Alone))]
public sealed class ClauseTestTests
{
    private static readonly Gen<Value> GenScalar = Gen.OneOf(
        Gen.Int[-3, 12].Select(number => (Value)number),
        Generators.Any(0.5, -0.0, 1e9).Select(number => (Value)number),
        Gen.Bool.Select(flag => (Value)flag),
        Generators.Any("", "a", "A", "b", "1", "true", "c", "d", "e").Select(text => (Value)text));

    private static readonly Gen<Value> GenValue = Gen.Frequency(
        (8, GenScalar), (1, Gen.Const(Value.Null)), (1, GenScalar.Array[0, 2].Select(items => Value.Array(items))));

    private static readonly string[] Operators =
    [
        "in", "startsWith", "endsWith", "contains", "matches", "lessThan", "lessThanOrEqual", "greaterThan",
        "greaterThanOrEqual", "before", "after", "semVerEqual", "semVerLessThan", "semVerGreaterThan", "unheardOf",
    ];

    [Fact]
    public void In_finds_what_a_scan_finds() => Gen.Select(GenValue.Array[0, 20], GenScalar).Sample((values, value) =>
        Assert.Equal(values.Contains(value), ClauseTest.Prepare("in", [.. values])!.Matches(value)));

    [Fact]
    public void In_tells_exact_numbers_apart_that_one_double_stands_for()
    {
        var value = Value.OfExactNumber(9007199254740992, "9007199254740993");
        Assert.True(ClauseTest.Prepare("in", [value])!.Matches(value));
        Assert.False(ClauseTest.Prepare("in", [Value.OfExactNumber(9007199254740992, "9007199254740991")])!.Matches(value));
    }

    /// <summary>Bounds are folded at preparation; the answer is that of trying each value by itself.</summary>
    [Fact]
    public void Several_values_match_when_one_of_them_does() => Gen.Select(Generators.Any(Operators), GenMixed.Array[0, 5], GenMixed).Sample((op, values, value) =>
        Assert.Equal(
            values.Any(one => ClauseTest.Prepare(op, [one])!.Matches(value)),
            ClauseTest.Prepare(op, [.. values])!.Matches(value)));

    [Fact]
    public void Less_and_greater_exclude_each_other() => Gen.Select(Gen.Double[-1e6, 1e6], Gen.Double[-1e6, 1e6]).Sample((a, b) =>
    {
        Assert.Equal(a < b, Test("lessThan", b, a));
        Assert.Equal(a <= b, Test("lessThanOrEqual", b, a));
        Assert.Equal(a > b, Test("greaterThan", b, a));
        Assert.Equal(a >= b, Test("greaterThanOrEqual", b, a));
    });

    [Fact]
    public void Segment_match_tests_no_attribute() => Assert.Null(ClauseTest.Prepare("segmentMatch", ["s"]));

    [Fact]
    public void A_default_array_of_values_matches_nothing() =>
        Assert.All(Operators, op => Assert.False(new Clause("user", AttributeReference.Parse("a"), op, default, negate: false).Test!.Matches("a")));

    [Theory]
    [InlineData("unheardOf", "x", "unknown operator 'unheardOf'")]
    [InlineData("matches", "(", "invalid regular expression: Invalid pattern '(' at offset 1. Not enough )'s.")]
    [InlineData("semVerEqual", "v2", "invalid semantic version 'v2'")]
    [InlineData("semVerLessThan", "1.02", "invalid semantic version '1.02'")]
    [InlineData("before", "today", "invalid date 'today': RFC 3339 text with a zone is expected")]
    [InlineData("after", "2024-01-01", "invalid date '2024-01-01': RFC 3339 text with a zone is expected")]
    public void A_faulty_value_is_named_and_matches_nothing(string op, string value, string problem)
    {
        var test = ClauseTest.Prepare(op, [value])!;
        Assert.Equal(problem, test.Problem);
        Assert.False(test.Matches(value));
    }

    [Fact]
    public void Sound_values_have_no_problem()
    {
        Assert.Null(ClauseTest.Prepare("in", ["a", 1, Value.Null])!.Problem);
        Assert.Null(ClauseTest.Prepare("matches", ["^a+$", "(?=x)"])!.Problem);
        Assert.Null(ClauseTest.Prepare("semVerEqual", ["2", "2.1-beta"])!.Problem);
        Assert.Null(ClauseTest.Prepare("before", ["2024-01-01T00:00:00Z", 5])!.Problem);
    }

    /// <summary>Exponential when it backtracks. The limit is so short that it is met at once; the answer is right nevertheless.</summary>
    [Fact]
    public void A_pattern_that_runs_away_moves_to_the_engine_that_cannot()
    {
        var test = new PatternTest(["^(a+)+$"], TimeSpan.FromTicks(1));
        Assert.DoesNotContain(test.Expressions, expression => expression.Options.HasFlag(RegexOptions.NonBacktracking));

        Assert.False(test.Matches(new string('a', 40) + "!"));
        Assert.All(test.Expressions, expression => Assert.True(expression.Options.HasFlag(RegexOptions.NonBacktracking)));
        Assert.True(test.Matches(new string('a', 40)));
        Assert.False(test.Matches(new string('a', 40) + "!"));
    }

    [Fact]
    public void A_pattern_that_cannot_move_ends_at_its_limit_as_no_match()
    {
        var test = new PatternTest([@"^(?=(a+)+$)"], TimeSpan.FromTicks(1));
        Assert.False(test.Matches(new string('a', 40) + "!"));
        Assert.DoesNotContain(test.Expressions, expression => expression.Options.HasFlag(RegexOptions.NonBacktracking));
    }

    [Fact]
    public void Every_search_has_a_limit_and_one_that_may_run_away_a_short_one() => Assert.Equal(
        [PatternTest.DefaultTimeLimit, SearchTime.Limit],
        ((PatternTest)ClauseTest.Prepare("matches", ["a", "(?=a)"])!).Expressions.Select(expression => expression.MatchTimeout));

    [Fact]
    public void Testing_allocates_nothing()
    {
        ImmutableArray<Value> values =
        [
            "a", "b", "c", "d", "e", 1, 2.5, true, "2024-01-01T00:00:00.5+01:00", "2.1.0-rc.1", "^user-[0-9]+",
            Value.OfExactNumber(9007199254740992, "9007199254740993"),
        ];
        Value[] attributes =
        [
            "e", "user-17", 1, 2.5, true, "2024-01-01T00:00:00Z", "2.1.0-rc.10+b", "99999999999999999999.1",
            Value.OfExactNumber(9007199254740992, "9007199254740993"), Value.Null, Value.Array("a"),
        ];
        foreach (var op in Operators)
        {
            var test = ClauseTest.Prepare(op, [.. values])!;
            Allocations.None(() =>
            {
                foreach (ref readonly var attribute in attributes.AsSpan())
                {
                    test.Matches(attribute);
                }
            });
        }
    }

    private static Gen<Value> GenMixed => Gen.OneOf(
        GenValue,
        Generators.Any("1.0", "1.0-a", "2", "2.0.0+x", "v2", "1970-01-01T00:00:00Z", "1970-01-01T00:00:00.005Z", "2024-01-01T00:00:00+01:00", "a+", "(")
            .Select(text => (Value)text));

    private static bool Test(string op, Value clauseValue, Value value) => ClauseTest.Prepare(op, [clauseValue])!.Matches(value);
}
