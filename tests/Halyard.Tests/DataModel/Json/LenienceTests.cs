using System.Text;
using CsCheck;
using Halyard.DataModel.Json.Reading;
using Halyard.DataModel.Json.Writing;
using Halyard.Evaluation;
using Halyard.Model;

namespace Halyard.Tests.Json;

/// <summary>What is read in spite of its shape, because its meaning is clear or because no evaluation reads it.</summary>
public sealed class LenienceTests
{
    /// <summary>The members that no evaluation reads, each with all types: the item is as if the member were absent.</summary>
    [Theory]
    [InlineData("trackEvents", "boolean")]
    [InlineData("trackEventsFallthrough", "boolean")]
    [InlineData("clientSide", "boolean")]
    [InlineData("excludeFromSummaries", "boolean")]
    [InlineData("debugEventsUntilDate", "number")]
    [InlineData("samplingRatio", "number")]
    [InlineData("clientSideAvailability", "object")]
    [InlineData("clientSideAvailability.usingMobileKey", "boolean")]
    [InlineData("clientSideAvailability.usingEnvironmentId", "boolean")]
    [InlineData("migration", "object")]
    [InlineData("migration.checkRatio", "number")]
    [InlineData("rules.trackEvents", "boolean")]
    public void A_member_that_no_evaluation_reads_counts_as_absent_in_another_type(string member, string type)
    {
        foreach (var (kind, value) in Values.Where(value => value.Kind != type))
        {
            Assert.True(Written(FlagWith(member, null)) == Written(FlagWith(member, value)), $"{member} = {value} ({kind})");
        }
    }

    [Fact]
    public void The_id_of_a_segments_rule_counts_as_absent_in_another_type()
    {
        foreach (var (_, value) in Values.Where(value => value.Kind != "string"))
        {
            var segment = Read(DataKind.Segment, $$$$"""{"key":"s","version":1,"rules":[{"id":{{{{value}}}},"clauses":[]}],"salt":"x"}""");
            Assert.Equal(Written(Read(DataKind.Segment, """{"key":"s","version":1,"rules":[{"clauses":[]}],"salt":"x"}""")), Written(segment));
        }
    }

    [Theory]
    [InlineData("33333.5", 33333)]
    [InlineData("-1.5", -1)]
    [InlineData("1e3", 1000)]
    [InlineData("0.00000000000000000000000000000000000000000000001", 0)]
    [InlineData("1e-99999999999", 0)]
    [InlineData("2147483648", int.MaxValue)]
    [InlineData("-2147483649", int.MinValue)]
    [InlineData("1e400", int.MaxValue)]
    public void The_fraction_of_a_weight_is_cut_off(string weight, int expected)
    {
        var flag = Flag($$$$"""{"key":"f","version":1,"fallthrough":{"rollout":{"variations":[{"variation":0,"weight":{{{{weight}}}}}]}}}""");
        Assert.Equal(expected, flag.Fallthrough.Rollout!.Variations[0].Weight);
        var segment = (ItemDescriptor<Segment>)Read(DataKind.Segment, $$$$"""{"key":"s","version":1,"rules":[{"weight":{{{{weight}}}} }]}""");
        Assert.Equal(expected, segment.Item!.Rules[0].Weight);
    }

    [Fact]
    public void The_fraction_of_a_seed_a_date_and_a_ratio_is_cut_off()
    {
        var flag = Flag("""
            {"key":"f","version":1,"debugEventsUntilDate":1500000000000.9,"samplingRatio":2.9,"migration":{"checkRatio":3.5},
             "fallthrough":{"rollout":{"seed":61.7,"variations":[]}}}
            """);
        Assert.Equal((1500000000000L, 2L, 3L), (flag.DebugEventsUntilDate!.Value, flag.SamplingRatio!.Value, flag.Migration!.CheckRatio!.Value));
        Assert.Equal(61, flag.Fallthrough.Rollout!.Seed);
    }

    [Theory]
    [InlineData("2147483648")]
    [InlineData("-2147483649")]
    [InlineData("4294967296")]
    [InlineData("9223372036854775808")]
    [InlineData("1e300")]
    public void An_index_beyond_32_bits_makes_the_flag_malformed_when_it_comes_to_serve_it_and_only_then(string index)
    {
        var on = $$$$"""{"key":"f","version":1,"on":true,"variations":[1],"offVariation":{{{{index}}}},"rules":[{"variation":{{{{index}}}},"clauses":[{"attribute":"key","op":"in","values":["u"]}]}],"fallthrough":{"variation":0}}""";
        Assert.Equal("- ERROR(MalformedFlag)", Evaluation.Testing.Evaluate(Flag(on), Context.New("u")));
        Assert.Equal("0 FALLTHROUGH", Evaluation.Testing.Evaluate(Flag(on), Context.New("other")));
        Assert.Equal("- ERROR(MalformedFlag)", Evaluation.Testing.Evaluate(Flag(on.Replace("true", "false", StringComparison.Ordinal)), Context.New("u")));

        var target = Flag($$$$"""{"key":"f","version":1,"on":true,"variations":[1],"targets":[{"variation":{{{{index}}}},"values":["u"]}],"fallthrough":{"variation":0}}""");
        Assert.Equal("- ERROR(MalformedFlag)", Evaluation.Testing.Evaluate(target, Context.New("u")));
        var share = Flag($$$$"""{"key":"f","version":1,"on":true,"variations":[1],"fallthrough":{"rollout":{"variations":[{"variation":{{{{index}}}},"weight":100000}]}}}""");
        Assert.Equal("- ERROR(MalformedFlag)", Evaluation.Testing.Evaluate(share, Context.New("u")));

        // A prerequisite that no variation can meet has failed; the flag is not malformed by it.
        var snapshot = Evaluation.Testing.SnapshotOf($$$$"""
            {"flags":{"p":{"key":"p","version":1,"on":true,"variations":[1],"fallthrough":{"variation":0}},
                      "f":{"key":"f","version":1,"on":true,"variations":[1],"offVariation":0,"prerequisites":[{"key":"p","variation":{{{{index}}}}}]}}}
            """);
        var scope = new EvaluationScope(snapshot);
        Assert.Equal("0 PREREQUISITE_FAILED(p)", Evaluation.Testing.Describe(Evaluator.Evaluate(scope.GetFlag("f")!, Context.New("u"), ref scope)));
    }

    [Fact]
    public void A_null_among_keys_is_nobody()
    {
        var flag = Flag("""{"key":"f","version":1,"targets":[{"values":[null,"a",null]}],"contextTargets":[{"values":[null]}]}""");
        Assert.Equal(["a"], flag.Targets[0].Values);
        Assert.Empty(flag.ContextTargets[0].Values);
        var segment = ((ItemDescriptor<Segment>)Read(
            DataKind.Segment,
            """{"key":"s","version":1,"included":[null,"a"],"excluded":["b",null],"includedContexts":[{"values":[null,"c"]}],"excludedContexts":[{"values":[null]}]}""")).Item!;
        Assert.Equal(["a"], segment.Included);
        Assert.Equal(["b"], segment.Excluded);
        Assert.Equal(["c"], segment.IncludedContexts[0].Values);
        Assert.Empty(segment.ExcludedContexts[0].Values);
    }

    [Fact]
    public void An_item_with_an_empty_key_is_skipped()
    {
        var data = ModelReader.ReadDataSet("""
            {"flags":{"":{"key":"a","version":1,"on":[[{"x":1}]]},"b":{"key":"","version":1},"c":{"key":"c","version":1},"d":{"deleted":true,"version":2,"key":""}},
             "segments":{"":7,"s":{"key":"","version":1},"t":{"key":"t","version":1}}}
            """u8);
        Assert.Equal(["c", "d"], data.Flags.Select(flag => flag.Key));
        Assert.Equal(["t"], data.Segments.Select(segment => segment.Key));
    }

    [Fact]
    public void Half_of_a_surrogate_pair_becomes_the_replacement_character_everywhere()
    {
        var flag = Flag("""
            {"key":"f\ud800","version":1,"salt":"\udc00\ud800","\udfff":"\ud800","variations":["a\ud800b","\ud83d\ude00",{"\udc00":["\ud800\ud83d\ude00"]}],
             "targets":[{"variation":0,"values":["\ud800"]}],"rules":[{"id":"\ud800","clauses":[{"attribute":"\udc00","op":"in","values":["\ud800"]}],"variation":0}]}
            """);
        Assert.Equal(("f\uFFFD", "\uFFFD\uFFFD"), (flag.Key, flag.Salt));
        Assert.Equal([(Value)"a\uFFFDb", "\uD83D\uDE00", Value.Object([new("\uFFFD", Value.Array("\uFFFD\uD83D\uDE00"))])], flag.Variations);
        Assert.Equal(["\uFFFD"], flag.Targets[0].Values);
        Assert.Equal("\uFFFD", flag.Rules[0].Id);
        Assert.Equal("\uFFFD", flag.Rules[0].Clauses[0].Attribute!.Text);

        // What is written can be read by anybody.
        var written = Written(ItemDescriptor<Flag>.Of("f", 1, flag));
        Assert.Equal(written, Written(Read(DataKind.Flag, written)));
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(65)]
    public void A_value_may_have_a_thousand_levels(int levels)
    {
        foreach (var text in new[]
        {
            new string('[', levels) + new string(']', levels),
            string.Concat(Enumerable.Repeat("{\"a\":", levels)) + "1" + new string('}', levels),
        })
        {
            var json = $$$$"""{"key":"f","version":1,"variations":[{{{{text}}}}],"new":{{{{text}}}}}""";
            var item = Read(DataKind.Flag, json);
            Assert.Equal(Written(item), Written(Read(DataKind.Flag, Written(item))));
            Assert.Equal(text, ((ItemDescriptor<Flag>)item).Item!.Variations[0].ToString());
            Assert.Equal(text, Context.FromJson($$$$"""{"kind":"user","key":"k","a":{{{{text}}}}}""").CustomAttributes[0].Value.ToString());
            Assert.Equal(((ItemDescriptor<Flag>)item).Item!.Variations[0], ((ItemDescriptor<Flag>)Read(DataKind.Flag, json)).Item!.Variations[0]);
        }
    }

    [Fact]
    public void A_value_of_more_levels_costs_its_own_item()
    {
        var deep = new string('[', 1001) + new string(']', 1001);
        Assert.Throws<MalformedDataException>(() => Read(DataKind.Flag, $$$$"""{"key":"f","version":1,"variations":[{{{{deep}}}}]}"""));
        Assert.Throws<MalformedDataException>(() => Read(DataKind.Flag, $$$$"""{"key":"f","version":1,"new":{{{{deep}}}}}"""));

        // What is around it can still be read: an item that is deleted may have anything in it.
        var data = ModelReader.ReadDataSet(Encoding.UTF8.GetBytes(
            $$$$"""{"flags":{"f":{"key":"f","version":1,"variations":[{{{{deep}}}}],"deleted":true},"g":{"key":"g","version":1}},"other":{{{{deep}}}}}"""));
        Assert.Equal(["f", "g"], data.Flags.Select(flag => flag.Key));
    }

    /// <summary>Whatever value stands in whatever place of a flag, it costs that flag at most, and its siblings are what they were.</summary>
    [Fact]
    public void A_value_in_the_wrong_place_of_an_item_touches_no_other()
    {
        var places = Places(Encoding.UTF8.GetString(Samples.FullFlag));
        var sibling = Encoding.UTF8.GetString(Samples.FullFlag).Replace("\"full\"", "\"good\"", StringComparison.Ordinal);
        var segment = Encoding.UTF8.GetString(Samples.FullSegment);
        var expected = Written(Read(DataKind.Flag, sibling));
        Gen.Select(Gen.Int[0, places.Count - 1], Gen.Int[0, OddValues.Length - 1].Select(i => OddValues[i])).Sample(
            (at, value) =>
            {
                var text = Encoding.UTF8.GetString(Samples.FullFlag);
                var odd = text[..places[at].Start] + value + text[places[at].End..];
                var data = ModelReader.ReadDataSet(Encoding.UTF8.GetBytes($$$"""{"flags":{"odd":{{{odd}}},"good":{{{sibling}}}},"segments":{"full":{{{segment}}}}}"""));
                Assert.Equal(expected, Written(data.Flags.Single(flag => flag.Key == "good")));
                Assert.Single(data.Segments);
                Assert.All(data.Quarantined, bad => Assert.Equal((DataKind.Flag, "odd"), (bad.Kind, bad.Key)));
            },
            iter: 5_000);
    }

    [Fact]
    public void Contexts_of_random_shape_are_valid_or_not_and_nothing_worse()
    {
        const string Good = """{"kind":"multi","user":{"kind":"user","key":"u","name":"n","anonymous":true,"a":{"b":[1,null]},"_meta":{"privateAttributes":["a","/b"]}},"org":{"key":"o\ud800"}}""";
        Assert.True(Context.FromJson(Good).IsValid);
        var places = Places(Good);
        Gen.Select(Gen.Int[0, places.Count - 1], Gen.Int[0, OddValues.Length - 1].Select(i => OddValues[i])).Sample(
            (at, value) =>
            {
                var context = Context.FromJson(Good[..places[at].Start] + value + Good[places[at].End..]);
                Assert.True(context.IsValid ? Context.FromJson(context.ToJson()).Equals(context) : context.Error.Length > 0);
            },
            iter: 5_000);
    }

    private static readonly (string Kind, string Text)[] Values =
    [
        ("null", "null"), ("boolean", "true"), ("boolean", "false"), ("number", "0"), ("number", "1"), ("string", "\"x\""), ("string", "\"\""),
        ("array", "[]"), ("array", "[[{}],1]"), ("object", "{}"), ("object", "{\"a\":[1]}"),
    ];

    private static readonly string[] OddValues =
    [
        .. Values.Select(value => value.Text), "1e400", "2147483648", "1.5", "\"\\ud800\"", "{\"\":{}}", "{\"key\":\"x\",\"kind\":\"y\"}",
    ];

    // Every value in a text, objects and arrays too.
    private static List<(int Start, int End)> Places(string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        var reader = new System.Text.Json.Utf8JsonReader(utf8);
        var places = new List<(int, int)>();
        while (reader.Read())
        {
            if (reader.TokenType is not (System.Text.Json.JsonTokenType.PropertyName or System.Text.Json.JsonTokenType.EndObject or System.Text.Json.JsonTokenType.EndArray)
                && reader.CurrentDepth > 0)
            {
                var rest = reader;
                rest.Skip();
                places.Add(((int)reader.TokenStartIndex, (int)rest.BytesConsumed));
            }
        }

        return places;
    }

    private static ItemDescriptor FlagWith(string member, string? value)
    {
        var parts = member.Split('.');
        var inner = value is null ? "" : $"\"{parts[^1]}\":{value}";
        var content = parts.Length == 1 ? inner : parts[0] == "rules" ? $"\"rules\":[{{{inner}}}]" : $"\"{parts[0]}\":{{{inner}}}";
        return Read(DataKind.Flag, """{"key":"f","version":1,"salt":"x" """ + (content.Length == 0 ? "" : "," + content) + "}");
    }

    private static Flag Flag(string json) => ((ItemDescriptor<Flag>)Read(DataKind.Flag, json)).Item!;

    private static ItemDescriptor Read(DataKind kind, string json) => ModelReader.ReadItem(kind, null, Encoding.UTF8.GetBytes(json));

    private static string Written(ItemDescriptor item) => Encoding.UTF8.GetString(ModelWriter.ToUtf8(item));
}
