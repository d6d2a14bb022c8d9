using System.Diagnostics;
using System.Text.RegularExpressions;
using CsCheck;
using Halyard.DataComponents;
using Halyard.DataModel.Clauses;
using Halyard.DataModel.Json.Reading;
using Halyard.Evaluation;
using Halyard.Model;
using Halyard.Tests.Support;
using Microsoft.Extensions.Logging.Testing;

namespace Halyard.Tests.Evaluation;

/// <summary>Regular expressions that may run away.</summary>
[Collection(typeof(Alone))]
public sealed class SlowPatternTests
{
    // Exponential, and with a back-reference, so that no engine searches for it in linear time.
    private const string RunsAway = @"^(a+)+\1$";

    private static readonly string BadText = new string('a', 40) + "!";

    [Theory]
    [InlineData(@"(a)\1", "back-reference")]
    [InlineData(@"(?<n>a)\k<n>", "back-reference")]
    [InlineData(@"\Ga", "\\G")]
    [InlineData(@"[^-[]{2}\G", "\\G")]
    [InlineData(@"[-[]\G", "\\G")]
    [InlineData(@"[+--[]\G", "\\G")]
    [InlineData(@"[a\-[]\G", "\\G")]
    [InlineData(@"[\--[b]]\G", "\\G")]
    [InlineData(@"[a-[^]b]]\G", "\\G")]
    [InlineData(@"[\c]]\G", "\\G")]
    [InlineData(@"[a[::]b]\G", "\\G")]
    [InlineData("a(?=b)", "looks")]
    [InlineData("a(?!b)", "looks")]
    [InlineData("(?<=a)b", "looks")]
    [InlineData("(?<!a)b", "looks")]
    [InlineData("(?>a+)b", "atomic")]
    [InlineData("(a)?(?(1)b|c)", "conditional")]
    [InlineData("(?<o>a)(?<c-o>b)", "balancing")]
    [InlineData("a{1,5000}b", "5001 steps")]
    [InlineData("(a{0,100}){0,100}", "10000 steps")]
    [InlineData("((ab|c){30}d){40,}", "steps")]
    [InlineData("((((a{99}){99}){99}){99}){99}", "steps")]
    [InlineData("((((((((a{2147483647}){2147483647}){2147483647}))))))", "without end")]
    public void A_pattern_that_cannot_be_made_linear_is_known_by_its_text(string pattern, string reason)
    {
        Assert.Contains(reason, PatternShape.WhyNotLinear(pattern), StringComparison.Ordinal);
        Assert.Contains(reason, ((PatternTest)ClauseTest.Prepare("matches", [pattern])!).Slow, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("^user-[0-9]+$")]
    [InlineData(@"^\d{3}-\d{4}$")]
    [InlineData("[a-z]{1,64}@[a-z]{1,255}")]
    [InlineData("(?i)(?:a|b)(?<name>c)(?'other'd)?")]
    [InlineData(@"[\1(?=]{3}[]()]\(\?=[^]\]]")]
    [InlineData("[a-z-[aeiou{500}]]{2}")]
    [InlineData(@"\p{Lu}{2}\P{L}\x41\u0041\0")]
    [InlineData("(?#a comment (?= of no consequence)a{")]
    [InlineData("a{,5000}b{x}{")]
    [InlineData("(a+)+$")]
    public void A_pattern_that_can_be_made_linear_is_not_slow(string pattern)
    {
        Assert.Null(PatternShape.WhyNotLinear(pattern));
        Assert.True(new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant).Options.HasFlag(RegexOptions.NonBacktracking));
    }

    /// <summary>What the text tells and what the engine says agree, whatever the pattern.</summary>
    [Fact]
    public void Random_patterns_are_judged_as_by_the_engine() =>
        Gen.Int[0, Parts.Length - 1].Select(i => Parts[i]).Array[1, 8].Select(string.Concat).Sample(
            pattern =>
            {
                try
                {
                    _ = new Regex(pattern, RegexOptions.CultureInvariant);
                }
                catch (ArgumentException)
                {
                    return;
                }

                var refused = false;
                try
                {
                    _ = new Regex(pattern, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
                }
                catch (NotSupportedException)
                {
                    refused = true;
                }

                Assert.True(!refused || PatternShape.WhyNotLinear(pattern) is not null, pattern);
            },
            iter: 20_000);

    private static readonly string[] Parts =
    [
        "a", "(", ")", "(?:", "(?=", "(?<n>", "[a", "]", "[^", "-[", "|", "*", "+?", "{2}", "{1,3}", "{", "}", @"\1", @"\(", @"\\", @"\k<n>", "^", "$", ".",
        "(?>", "?", @"\G", @"\d", "(?#", "(?i)",
        "[-", "[a-", "--", @"\-", "[::]", @"\c]",
    ];

    [Fact]
    public void An_evaluation_that_runs_out_does_not_match_negated_or_not_and_others_do()
    {
        foreach (var negate in new[] { false, true })
        {
            var flag = FlagWith(RunsAway, negate);
            for (var i = 0; i < 5; i++)
            {
                // 1 is the fallthrough: the rule did not match.
                Assert.Equal("1 FALLTHROUGH", Evaluate(flag, BadText));
                Assert.Equal(negate ? "1 FALLTHROUGH" : "0 RULE_MATCH(0)", Evaluate(flag, "aa"));
                Assert.Equal(negate ? "0 RULE_MATCH(0)" : "1 FALLTHROUGH", Evaluate(flag, "b"));
            }
        }
    }

    /// <summary>
    /// The shortest of as many as a busy machine needs, because other processes may hold a thread up; without a limit it would
    /// take years.
    /// </summary>
    [Fact]
    public void The_callers_thread_is_held_for_milliseconds_however_much_there_is_to_search()
    {
        var many = Value.Array([.. Enumerable.Repeat((Value)BadText, 200)]);
        var flag = FlagWith([RunsAway, @"^(a+)+\1b$", @"^(a*)*\1c$"], negate: true);
        var bound = TimeSpan.FromMilliseconds(10);
        foreach (var value in new[] { BadText, many })
        {
            var shortest = TimeSpan.MaxValue;
            for (var i = 0; i < 30 || (shortest > bound && i < 500); i++)
            {
                var start = Stopwatch.GetTimestamp();
                Assert.Equal("1 FALLTHROUGH", Evaluate(flag, value));
                var took = Stopwatch.GetElapsedTime(start);
                shortest = took < shortest ? took : shortest;
            }

            Assert.InRange(shortest, TimeSpan.Zero, bound);
        }
    }

    /// <summary>
    /// The engine's clock ticks every few milliseconds, and other processes want the processor: a search of microseconds that
    /// meets one of them is not out of time.
    /// </summary>
    [Fact]
    public void A_quick_search_by_a_slow_pattern_is_always_answered()
    {
        var flag = FlagWith(@"^(\w)\w*\1$", negate: true);
        for (var i = 0; i < 200_000; i++)
        {
            Assert.Equal("0 RULE_MATCH(0)", Evaluate(flag, "abcdefgx"));
        }
    }

    [Fact]
    public void A_match_by_another_pattern_or_element_counts_though_one_ran_out()
    {
        var flag = FlagWith([RunsAway, "^b$"], negate: false);
        Assert.Equal("0 RULE_MATCH(0)", Evaluate(flag, Value.Array(BadText, "b")));
        Assert.Equal("1 FALLTHROUGH", Evaluate(FlagWith([RunsAway, "^b$"], negate: true), Value.Array(BadText, "b")));
    }

    [Fact]
    public void The_kinds_of_a_context_are_searched_too()
    {
        var kind = new string('a', 40) + "-";
        var context = Context.Multi(Context.New(kind, "k"), Context.New("u"));
        Assert.Equal("1 FALLTHROUGH", Testing.Evaluate(FlagWith(RunsAway, negate: true, "kind"), context));
        Assert.Equal("1 FALLTHROUGH", Testing.Evaluate(FlagWith(RunsAway, negate: true, "kind"), Context.New(kind, "k")));
        Assert.Equal("0 RULE_MATCH(0)", Testing.Evaluate(FlagWith(RunsAway, negate: true, "kind"), Context.New("u")));
        Assert.Equal("0 RULE_MATCH(0)", Testing.Evaluate(FlagWith("^us", negate: false, "kind"), context));
    }

    /// <summary>The limit is one tick here, so that both engines meet it at once.</summary>
    [Fact]
    public void A_pattern_that_runs_away_on_the_linear_engine_too_is_limited_from_then_on()
    {
        var test = new PatternTest([@"(a|b|ab|aab|b*a){1,300}c$"], TimeSpan.FromTicks(1));
        var time = default(SearchTime);
        var text = string.Concat(Enumerable.Repeat("ab", 50_000));
        Assert.NotEqual(SearchResult.Yes, test.Search(text, ref time));
        Assert.Equal(SearchResult.Yes, Retried(test, "abc"));
    }

    [Fact]
    public void Evaluation_with_patterns_allocates_nothing()
    {
        var snapshot = DataSnapshot.Empty;
        var flags = new[] { FlagWith("^user-[0-9]+", negate: false), FlagWith(@"^(\w)\1", negate: true), FlagWith("^o", negate: false, "kind") };
        var contexts = new[]
        {
            Context.Builder("k").Set("a", "user-17").Build(),
            Context.Builder("k").Set("a", Value.Array("x", "user-17")).Build(),
            Context.Multi(Context.New("org", "o"), Context.New("u")),
        };
        Allocations.None(() =>
        {
            foreach (var flag in flags)
            {
                foreach (var context in contexts)
                {
                    var scope = new EvaluationScope(snapshot);
                    Evaluator.Evaluate(flag, context, ref scope);
                }
            }
        });
    }

    [Fact]
    public void The_door_logs_a_slow_pattern_once_with_flag_and_path()
    {
        var logger = new FakeLogger();
        var store = new MemoryStore();
        var door = new ChangeNotifier(store, store, new FlagChanges(), patterns: new SlowPatternLog(logger));
        var data = ModelReader.ReadDataSet("""
            {"flags":{"f":{"key":"f","version":1,"rules":[{},{"clauses":[{"attribute":"a","op":"in"},{"attribute":"a","op":"matches","values":["x","(a)\\1"]}]}]},
                      "plain":{"key":"plain","version":1,"rules":[{"clauses":[{"attribute":"a","op":"matches","values":["^x"]}]}]}},
             "segments":{"s":{"key":"s","version":1,"rules":[{"clauses":[{"attribute":"a","op":"matches","values":["a(?=b)"]}]}]}}}
            """u8);
        door.Init(data);
        door.Init(data);
        door.Upsert(DataKind.Flag, "f", ItemDescriptor<Flag>.Of("f", 2, data.Flags.First().Item!));
        var lines = logger.Collector.GetSnapshot().Select(record => record.Message).ToArray();
        Assert.Equal(2, lines.Length);
        Assert.Contains("Flag \"f\"", lines[0], StringComparison.Ordinal);
        Assert.Contains(@"rules[1].clauses[1]: '(a)\1' (it has a back-reference)", lines[0], StringComparison.Ordinal);
        Assert.Contains("Segment \"s\"", lines[1], StringComparison.Ordinal);

        // Another pattern is another line.
        var other = (ItemDescriptor<Flag>)ModelReader.ReadItem(
            DataKind.Flag, "f", """{"key":"f","version":3,"rules":[{"clauses":[{"attribute":"a","op":"matches","values":["(?!a)"]}]}]}"""u8);
        door.Upsert(DataKind.Flag, "f", other);
        Assert.Equal(3, logger.Collector.Count);
    }

    private static SearchResult Retried(PatternTest test, string text)
    {
        var result = SearchResult.RanOut;
        for (var i = 0; i < 100 && result == SearchResult.RanOut; i++)
        {
            var time = default(SearchTime);
            result = test.Search(text, ref time);
        }

        return result;
    }

    private static string Evaluate(Flag flag, Value value) => Testing.Evaluate(flag, Context.Builder("k").Set("a", value).Build());

    private static Flag FlagWith(string pattern, bool negate, string attribute = "a") => FlagWith([pattern], negate, attribute);

    private static Flag FlagWith(string[] patterns, bool negate, string attribute = "a") => new()
    {
        Key = "f",
        Version = 1,
        On = true,
        Variations = [0, 1],
        Fallthrough = new(1, null),
        Rules =
        [
            new()
            {
                Clauses = [new(null, AttributeReference.Literal(attribute), "matches", [.. patterns.Select(pattern => (Value)pattern)], negate)],
                Serve = new(0, null),
            },
        ],
    };

    [Fact]
    public void A_logger_that_throws_holds_up_no_write()
    {
        var store = new MemoryStore();
        var door = new ChangeNotifier(store, store, new FlagChanges(), patterns: new SlowPatternLog(new GuardedLoggers(new ThrowingLoggers()).CreateLogger("test")));
        door.Init(ModelReader.ReadDataSet("""
            {"flags":{"f":{"key":"f","version":1,"rules":[{"clauses":[{"attribute":"a","op":"matches","values":["(a)\\1"]}]}]}}}
            """u8));
        Assert.NotNull(store.GetFlag("f"));
    }
}
