using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using Halyard.DataInterfaces;
using Halyard.DataModel.Clauses;
using Halyard.Evaluation;
using Halyard.Model;
using Halyard.Tests.Support;

namespace Halyard.Tests.Evaluation;

[Collection(typeof(Alone))]
public sealed class EvaluatorTests
{
    private static readonly Context User = Context.New("u");

    private static readonly Lazy<DataSnapshot> SmallPayload = new(() => Testing.SnapshotOf(Payloads.Small));

    private static readonly Lazy<Context[]> PayloadContexts = new(() =>
        [.. JsonNode.Parse(Payloads.Contexts)!.AsArray().Select(context => Context.FromJson(context!.ToJsonString()))]);

    public static TheoryData<string, string> BenchFlags => new()
    {
        { "bench-off", "0 OFF" },
        { "bench-fallthrough", "0 FALLTHROUGH" },
        { "bench-target", "0 TARGET_MATCH" },
        { "bench-rules10", "0 RULE_MATCH(9,rule-9)" },
        { "bench-rollout", "0 FALLTHROUGH" },
        { "bench-segment", "0 RULE_MATCH(0,rule-seg)" },
        { "bench-segment-rule", "0 RULE_MATCH(0,rule-seg)" },
        { "bench-prereq", "0 FALLTHROUGH" },
    };

    [Theory]
    [MemberData(nameof(BenchFlags))]
    public void A_flag_of_each_shape_is_evaluated_without_allocating(string key, string expected)
    {
        var snapshot = SmallPayload.Value;
        var context = PayloadContexts.Value[0];
        var flag = snapshot.Flags.Find(key)!.Item!;
        Assert.Equal(expected, Evaluate(snapshot, key, context));
        Allocations.None(() =>
        {
            var scope = new EvaluationScope(snapshot);
            Evaluator.Evaluate(flag, context, ref scope);
        });
    }

    [Fact]
    public void Every_flag_of_the_payload_serves_every_context()
    {
        foreach (var item in SmallPayload.Value.Flags)
        {
            foreach (var context in PayloadContexts.Value)
            {
                Assert.DoesNotContain("ERROR", Evaluate(SmallPayload.Value, item.Key, context));
            }
        }
    }

    [Fact]
    public void A_big_segment_is_evaluated_without_allocating_but_the_entry()
    {
        var snapshot = BigSegmentFlag("s", "s");
        var source = new FixedSource(true);
        var flag = snapshot.Flags.Find("flag")!.Item!;
        var least = Allocations.Least(
            () =>
            {
                var scope = new EvaluationScope(snapshot) { BigSegments = source };
                Evaluator.Evaluate(flag, User, ref scope);
            },
            rounds: 100);
        Assert.InRange(least, 0, 64);
    }

    [Fact]
    public void Membership_is_asked_once_for_each_context_key_over_prerequisites()
    {
        var snapshot = Testing.SnapshotOf(
            """
            {"flags":{
                "flag":{"key":"flag","version":1,"on":true,"variations":[0,1],"fallthrough":{"variation":0},"offVariation":0,"prerequisites":[{"key":"p","variation":1}],
                    "rules":[{"variation":1,"clauses":[{"attribute":"","op":"segmentMatch","values":["a","b","c","d"]}]}]},
                "p":{"key":"p","version":1,"on":true,"variations":[0,1],"fallthrough":{"variation":1},
                    "rules":[{"variation":0,"clauses":[{"attribute":"","op":"segmentMatch","values":["a","c"]}]}]}},
             "segments":{
                "a":{"key":"a","version":1,"unbounded":true,"generation":1},
                "b":{"key":"b","version":1,"unbounded":true,"generation":1},
                "c":{"key":"c","version":1,"unbounded":true,"generation":1,"unboundedContextKind":"org"},
                "d":{"key":"d","version":1,"unbounded":true,"generation":1,"unboundedContextKind":"org"}}}
            """);
        var source = new Memberships(JsonNode.Parse("""{"u":{"status":"Healthy"},"o":{"status":"Healthy"}}""")!.AsObject());
        var scope = new EvaluationScope(snapshot) { BigSegments = source };
        var context = Context.Multi(Context.New("u"), Context.New("org", "o"));

        Assert.Equal("0 FALLTHROUGH Healthy", Testing.Describe(Evaluator.Evaluate(scope.GetFlag("flag")!, context, ref scope)));
        Assert.Equal(["u", "o"], source.Asked);

        // A second flag for the same context asks no more, and its reason has its own status.
        Assert.Equal("1 FALLTHROUGH Healthy", Testing.Describe(Evaluator.Evaluate(scope.GetFlag("p")!, context, ref scope)));
        Assert.Equal(["u", "o"], source.Asked);
    }

    [Fact]
    public void A_membership_that_is_not_at_hand_is_noted_once()
    {
        var scope = new EvaluationScope(BigSegmentFlag("s", "s", "t")) { BigSegments = new Memberships([]) };
        Assert.Equal("0 FALLTHROUGH", Testing.Describe(Evaluator.Evaluate(scope.GetFlag("flag")!, User, ref scope)));
        Assert.Equal([new MissedItem(MissKind.BigSegmentMembership, "u")], scope.Misses!);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_membership_store_that_throws_is_a_store_error(bool atOnce)
    {
        var scope = new EvaluationScope(BigSegmentFlag("s", "s")) { BigSegments = new ThrowingSource(atOnce) };
        Assert.Equal("0 FALLTHROUGH StoreError", Testing.Describe(Evaluator.Evaluate(scope.GetFlag("flag")!, User, ref scope)));
    }

    [Fact]
    public void One_flag_leaves_no_status_to_the_next()
    {
        var scope = new EvaluationScope(BigSegmentFlag("s", "s"));
        Assert.Equal("0 FALLTHROUGH NotConfigured", Testing.Describe(Evaluator.Evaluate(scope.GetFlag("flag")!, User, ref scope)));
        var plain = new Flag { Key = "plain", On = true, Variations = [1], Fallthrough = new(0, null) };
        Assert.Equal("0 FALLTHROUGH", Testing.Describe(Evaluator.Evaluate(plain, User, ref scope)));
    }

    [Fact]
    public void One_malformed_flag_leaves_no_path_to_the_next()
    {
        var snapshot = Chain(3, "flag-0");
        var scope = new EvaluationScope(snapshot);
        Assert.Equal("- ERROR(MalformedFlag)", Testing.Describe(Evaluator.Evaluate(scope.GetFlag("flag-0")!, User, ref scope)));
        var dependent = new Flag
        {
            Key = "dependent",
            On = true,
            Variations = [1],
            Fallthrough = new(0, null),
            OffVariation = 0,
            Prerequisites = [new Prerequisite { Key = "none" }],
        };
        Assert.Equal("0 PREREQUISITE_FAILED(none)", Testing.Describe(Evaluator.Evaluate(dependent, User, ref scope)));
    }

    [Fact]
    public void The_listener_is_told_of_each_prerequisite_innermost_first_and_of_the_one_that_fails()
    {
        var snapshot = Testing.SnapshotOf(
            """
            {"flags":{
                "flag":{"key":"flag","version":1,"on":true,"variations":[0,1],"fallthrough":{"variation":0},"offVariation":1,
                    "prerequisites":[{"key":"a","variation":0},{"key":"off","variation":1},{"key":"never","variation":0}]},
                "a":{"key":"a","version":1,"on":true,"variations":[0,1],"fallthrough":{"variation":0},"prerequisites":[{"key":"b","variation":1}]},
                "b":{"key":"b","version":1,"on":true,"variations":[0,1],"fallthrough":{"variation":1}},
                "off":{"key":"off","version":1,"on":false,"variations":[0,1],"offVariation":1},
                "never":{"key":"never","version":1,"on":true,"variations":[0,1],"fallthrough":{"variation":0}}}}
            """);
        var listener = new Listener();
        var scope = new EvaluationScope(snapshot) { Prerequisites = listener };
        Assert.Equal("1 PREREQUISITE_FAILED(off)", Testing.Describe(Evaluator.Evaluate(scope.GetFlag("flag")!, User, ref scope)));
        Assert.Equal(["a>b 1 FALLTHROUGH", "flag>a 0 FALLTHROUGH", "flag>off 1 OFF"], listener.Told);
    }

    [Theory]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(100)]
    public void A_long_path_of_prerequisites_is_no_cycle_and_a_cycle_is_found_at_any_length(int length)
    {
        Assert.Equal("0 FALLTHROUGH", Evaluate(Chain(length, null), "flag-0", User));
        Assert.Equal("- ERROR(MalformedFlag)", Evaluate(Chain(length, "flag-0"), "flag-0", User));
        Assert.Equal("- ERROR(MalformedFlag)", Evaluate(Chain(length, $"flag-{length - 1}"), "flag-0", User));
    }

    [Theory]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(100)]
    public void A_long_path_of_segments_is_no_cycle_and_a_cycle_is_found_at_any_length(int length)
    {
        Assert.Equal("1 RULE_MATCH(0)", Evaluate(SegmentChain(length, "end"), "flag", User));
        Assert.Equal("- ERROR(MalformedFlag)", Evaluate(SegmentChain(length, "segment-0"), "flag", User));
        Assert.Equal("- ERROR(MalformedFlag)", Evaluate(SegmentChain(length, $"segment-{length - 1}"), "flag", User));
    }

    /// <summary>On a thread of its own with a small stack: overflowing it would end the process.</summary>
    [Fact]
    public void A_path_too_long_for_the_stack_is_malformed()
    {
        var prerequisites = Chain(20_000, null);
        var segments = SegmentChain(20_000, "end");
        var results = new string[2];
        var thread = new Thread(
            () =>
            {
                results[0] = Evaluate(prerequisites, "flag-0", User);
                results[1] = Evaluate(segments, "flag", User);
            },
            maxStackSize: 512 * 1024);
        thread.Start();
        Assert.True(thread.Join(TimeSpan.FromSeconds(30)));
        Assert.Equal(["- ERROR(MalformedFlag)", "- ERROR(MalformedFlag)"], results);
    }

    [Fact]
    public void A_flag_made_in_code_with_default_arrays_is_evaluated()
    {
        var flag = new Flag
        {
            Key = "flag",
            On = true,
            Prerequisites = default,
            Targets = default,
            ContextTargets = default,
            Rules = default,
            Variations = default,
            Fallthrough = new(null, new Rollout { Variations = default }),
        };
        Assert.Equal("- ERROR(MalformedFlag)", Testing.Evaluate(flag, User));
    }

    /// <summary>Shares are those of the weights, within four standard deviations; the input is fixed.</summary>
    [Fact]
    public void A_rollout_gives_each_variation_its_share()
    {
        var flag = new Flag
        {
            Key = "flag",
            On = true,
            Salt = "salt",
            Variations = [0, 1, 2],
            Fallthrough = new(null, new Rollout { Variations = [new(0, 10_000), new(1, 30_000), new(2, 60_000)] }),
        };
        var counts = new int[3];
        for (var i = 0; i < 30_000; i++)
        {
            var scope = new EvaluationScope(DataSnapshot.Empty);
            counts[Evaluator.Evaluate(flag, Context.New($"user-{i}"), ref scope).VariationIndex]++;
        }

        Assert.InRange(counts[0], 2_790, 3_210);
        Assert.InRange(counts[1], 8_680, 9_320);
        Assert.InRange(counts[2], 17_660, 18_340);
    }

    /// <summary>A context stays where it was when a share grows, and only contexts from outside of it come in.</summary>
    [Fact]
    public void A_growing_share_loses_nobody() => Gen.Select(Gen.String[1, 10], Gen.Int[0, 100_000], Gen.Int[0, 100_000]).Sample((key, a, b) =>
    {
        var (small, large) = (Math.Min(a, b), Math.Max(a, b));
        if (Picks(key, small) == 0)
        {
            Assert.Equal(0, Picks(key, large));
        }
    });

    /// <summary>Whatever can be read can be evaluated, and negating a clause whose attribute is there reverses the rule.</summary>
    [Fact]
    public void Nothing_that_can_be_read_makes_the_evaluator_throw() => GenFlagJson.Sample(json =>
    {
        var snapshot = Testing.SnapshotOf(json);
        foreach (var item in snapshot.Flags)
        {
            foreach (var context in new[] { User, Context.Multi(User, Context.New("org", "o")), Context.FromJson("{}") })
            {
                var result = Evaluate(snapshot, item.Key, context);
                Assert.False(string.IsNullOrEmpty(result));
            }

            Assert.All(DataProblems.Of(item), problem => Assert.False(string.IsNullOrWhiteSpace(problem)));
        }
    }, iter: 2_000);

    private static Gen<string> GenFlagJson
    {
        get
        {
            var attribute = Generators.Any("\"key\"", "\"kind\"", "\"\"", "\"/\"", "\"/a/b\"", "\"a~\"", "\"/~\"", "null");
            var kind = Generators.Any("null", "\"user\"", "\"org\"", "\"\"");
            var index = Generators.Any("0", "1", "-1", "2", "2147483647", "-2147483648", "null");
            var op = Generators.Any("in", "segmentMatch", "matches", "before", "after", "semVerEqual", "lessThan", "startsWith", "?");
            var value = Generators.Any("\"u\"", "\"s0\"", "\"s1\"", "\"(\"", "1", "1e300", "null", "[]", "{}", "true", "\"2024-01-01T00:00:00Z\"", "\"1.2\"");
            var clause = Gen.Select(kind, attribute, op, value.Array[0, 3], Gen.Bool, (k, a, o, v, n) =>
                $$"""{"contextKind":{{k}},"attribute":{{a}},"op":"{{o}}","values":[{{string.Join(',', v)}}],"negate":{{(n ? "true" : "false")}}}""");
            var share = Gen.Select(index, Generators.Any("0", "100000", "-1", "2147483647", "50000"), (i, w) => i == "null" ? $$"""{"weight":{{w}} }""" : $$"""{"variation":{{i}},"weight":{{w}} }""");
            var rollout = Gen.Select(kind, attribute, Generators.Any("null", "\"rollout\"", "\"experiment\""), share.Array[0, 3], Generators.Any("null", "61", "-9223372036854775808"), (k, a, r, s, seed) =>
                $$"""{"contextKind":{{k}},"bucketBy":{{a}},"kind":{{r}},"seed":{{seed}},"variations":[{{string.Join(',', s)}}]}""");
            var serve = Gen.Select(index, rollout, (i, r) => $"\"variation\":{i},\"rollout\":{r}");
            var rule = Gen.Select(serve, clause.Array[0, 3], (s, c) => $$"""{ {{s}},"clauses":[{{string.Join(',', c)}}]}""");
            var segmentRule = Gen.Select(attribute, kind, Generators.Any("null", "0", "-1", "100000"), clause.Array[0, 2], (a, k, w, c) =>
                $$"""{"weight":{{w}},"bucketBy":{{a}},"rolloutContextKind":{{k}},"clauses":[{{string.Join(',', c)}}]}""");
            var prerequisite = Gen.Select(Generators.Any("f0", "f1", "f2", "none"), index, (k, i) => i == "null" ? $$"""{"key":"{{k}}"}""" : $$"""{"key":"{{k}}","variation":{{i}} }""");
            var flag = Gen.Select(prerequisite.Array[0, 2], rule.Array[0, 3], serve, index, Gen.Bool, (p, r, s, o, on) =>
                $$"""{"version":1,"on":{{(on ? "true" : "false")}},"variations":[1,2],"offVariation":{{o}},"fallthrough": { {{s}} },"prerequisites":[{{string.Join(',', p)}}],"rules":[{{string.Join(',', r)}}],"salt":"s" """);
            var segment = Gen.Select(segmentRule.Array[0, 3], Gen.Bool, Generators.Any("null", "0", "5"), kind, (r, u, g, k) =>
                $$"""{"version":1,"rules":[{{string.Join(',', r)}}],"unbounded":{{(u ? "true" : "false")}},"generation":{{g}},"unboundedContextKind":{{k}},"salt":"s" """);
            return Gen.Select(flag.Array[3], segment.Array[2], (flags, segments) =>
                $$"""{"flags":{ {{Items("f", flags)}} },"segments":{ {{Items("s", segments)}} } }""");
        }
    }

    // Each item is written up to its key, which closes it.
    private static string Items(string prefix, string[] items) =>
        string.Join(',', items.Select((item, i) => $$"""
            "{{prefix}}{{i}}":{{item}},"key":"{{prefix}}{{i}}"}
            """));

    private static int Picks(string key, int weight)
    {
        var flag = new Flag
        {
            Key = "flag",
            On = true,
            Salt = "salt",
            Variations = [0, 1],
            Fallthrough = new(null, new Rollout { Variations = [new(0, weight), new(1, 100_000 - weight)] }),
        };
        var scope = new EvaluationScope(DataSnapshot.Empty);
        return Evaluator.Evaluate(flag, Context.New(key), ref scope).VariationIndex;
    }

    private static string Evaluate(DataSnapshot snapshot, string key, Context context)
    {
        var scope = new EvaluationScope(snapshot);
        return Testing.Describe(Evaluator.Evaluate(scope.GetFlag(key)!, context, ref scope));
    }

    private static DataSnapshot BigSegmentFlag(params string[] segments) => Testing.SnapshotOf(
        $$"""
        {"flags":{"flag":{"key":"flag","version":1,"on":true,"variations":[0,1],"fallthrough":{"variation":0},
            "rules":[{"variation":1,"clauses":[{"attribute":"","op":"segmentMatch","values":{{JsonSerializer.Serialize(segments)}} }]}]} },
         "segments":{ {{string.Join(',', segments.Distinct().Select(key => $$"""
            "{{key}}":{"key":"{{key}}","version":1,"unbounded":true,"generation":1}
            """))}} } }
        """);

    /// <summary>Flags of which each has the next as its prerequisite, and the last one <paramref name="last"/>.</summary>
    private static DataSnapshot Chain(int length, string? last)
    {
        var flags = Enumerable.Range(0, length).Select(i =>
        {
            var next = i + 1 < length ? $"flag-{i + 1}" : last;
            return ItemDescriptor<Flag>.Of($"flag-{i}", 1, new Flag
            {
                Key = $"flag-{i}",
                Version = 1,
                On = true,
                Variations = [true],
                Fallthrough = new(0, null),
                Prerequisites = next is null ? [] : [new Prerequisite { Key = next }],
            });
        });
        return DataSnapshot.Empty with { Flags = DataSnapshot.Empty.Flags.WithAll(flags) };
    }

    /// <summary>Segments of which each asks the next, and the last one <paramref name="last"/>; <c>end</c> contains the user.</summary>
    private static DataSnapshot SegmentChain(int length, string last)
    {
        var end = ItemDescriptor<Segment>.Of("end", 1, new Segment { Key = "end", Included = KeySet.Of("u") });
        var segments = Enumerable.Range(0, length).Select(i => ItemDescriptor<Segment>.Of($"segment-{i}", 1, new Segment
        {
            Key = $"segment-{i}",
            Rules = [new SegmentRule { Clauses = [InSegment(i + 1 < length ? $"segment-{i + 1}" : last)] }],
        }));
        var flag = new Flag
        {
            Key = "flag",
            On = true,
            Variations = [0, 1],
            Fallthrough = new(0, null),
            Rules = [new Rule { Clauses = [InSegment("segment-0")], Serve = new(1, null) }],
        };
        return DataSnapshot.Empty with
        {
            Flags = DataSnapshot.Empty.Flags.With(ItemDescriptor<Flag>.Of("flag", 1, flag)),
            Segments = DataSnapshot.Empty.Segments.WithAll(segments.Append(end)),
        };
    }

    private static Clause InSegment(string key) => new(null, null, "segmentMatch", [key], negate: false);

    private sealed class Listener : IPrerequisiteListener
    {
        public List<string> Told { get; } = [];

        public void OnPrerequisite(Flag dependent, Flag prerequisite, in EvaluationResult result) =>
            Told.Add($"{dependent.Key}>{prerequisite.Key} {Testing.Describe(result)}");
    }

    private sealed class FixedSource(bool? contains) : IBigSegmentSource, IBigSegmentMembership
    {
        public bool TryGet(string contextKey, out BigSegmentsStatus status, out IBigSegmentMembership? membership)
        {
            (status, membership) = (BigSegmentsStatus.Healthy, this);
            return true;
        }

        public bool? Contains(string segmentReference) => contains;
    }

    private sealed class ThrowingSource(bool atOnce) : IBigSegmentSource, IBigSegmentMembership
    {
        public bool TryGet(string contextKey, out BigSegmentsStatus status, out IBigSegmentMembership? membership)
        {
            (status, membership) = atOnce ? throw new IOException("gone") : (BigSegmentsStatus.Healthy, this);
            return true;
        }

        public bool? Contains(string segmentReference) => throw new IOException("gone");
    }
}
