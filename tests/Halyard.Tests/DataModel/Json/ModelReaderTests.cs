using System.Text;
using System.Text.Json;
using Halyard.DataModel.Json.Reading;
using Halyard.DataModel.Json.Tokens;
using Halyard.Model;

namespace Halyard.Tests.Json;

public sealed class ModelReaderTests
{
    [Fact]
    public void Every_property_of_a_flag_is_read()
    {
        var flag = ReadFlag(Samples.FullFlag);
        Assert.Equal("full", flag.Key);
        Assert.Equal(3, flag.Version);
        Assert.True(flag.On);
        Assert.Equal("other", flag.Prerequisites.Single().Key);
        Assert.Equal(1, flag.Prerequisites.Single().Variation);
        Assert.Equal(["a", "b"], flag.Targets.Single().Values);
        Assert.Equal(2, flag.Targets.Single().Variation);
        Assert.Null(flag.Targets.Single().ContextKind);
        Assert.Equal(["org", "user"], flag.ContextTargets.Select(target => target.ContextKind));
        Assert.Equal(["r0", "r1"], flag.Rules.Select(rule => rule.Id));
        Assert.Equal([true, false], flag.Rules.Select(rule => rule.TrackEvents));
        Assert.Equal(1, flag.Rules[0].Serve.Variation);
        var clause = flag.Rules[0].Clauses.Single();
        Assert.Equal("org", clause.ContextKind);
        Assert.Equal(AttributeReference.Parse("/a/b"), clause.Attribute);
        Assert.Equal("in", clause.Op);
        Assert.Equal(6, clause.Values.Length);
        Assert.True(clause.Negate);
        Assert.Equal(AttributeReference.Literal("/a/b"), flag.Rules[1].Clauses.Single().Attribute);
        var rollout = flag.Rules[1].Serve.Rollout!;
        Assert.Equal(RolloutKind.Experiment, rollout.Kind);
        Assert.Equal("device", rollout.ContextKind);
        Assert.Equal(AttributeReference.Parse("/c/d"), rollout.BucketBy);
        Assert.Equal(61, rollout.Seed);
        Assert.Equal([new(0, 60_000, true), new(1, 40_000)], rollout.Variations);
        Assert.Equal(AttributeReference.Literal("/e"), flag.Fallthrough.Rollout!.BucketBy);
        Assert.Equal(4, flag.OffVariation);
        Assert.Equal("""["s",true,1.5,null,{"a":[1,{"b":null}]},[]]""", Value.Array(flag.Variations.AsSpan()).ToString());
        Assert.Equal("pepper", flag.Salt);
        Assert.True(flag.TrackEvents);
        Assert.True(flag.TrackEventsFallthrough);
        Assert.Equal(1_700_000_000_000, flag.DebugEventsUntilDate);
        Assert.True(flag.ClientSide);
        Assert.True(flag.ClientSideAvailability!.UsingMobileKey);
        Assert.False(flag.ClientSideAvailability.UsingEnvironmentId);
        Assert.Equal(10, flag.SamplingRatio);
        Assert.True(flag.ExcludeFromSummaries);
        Assert.Equal(5, flag.Migration!.CheckRatio);
        Assert.Null(flag.Unknown);
    }

    [Fact]
    public void Every_property_of_a_segment_is_read()
    {
        var segment = ReadSegment(Samples.FullSegment);
        Assert.Equal("full", segment.Key);
        Assert.Equal(4, segment.Version);
        Assert.Equal(["a"], segment.Included);
        Assert.Equal(["b", "c"], segment.Excluded);
        Assert.Equal("org", segment.IncludedContexts.Single().ContextKind);
        Assert.Equal(["d"], segment.IncludedContexts.Single().Values);
        Assert.Null(segment.ExcludedContexts.Single().ContextKind);
        Assert.Equal(["e"], segment.ExcludedContexts.Single().Values);
        var rule = segment.Rules[0];
        Assert.Equal("s0", rule.Id);
        Assert.Equal("endsWith", rule.Clauses.Single().Op);
        Assert.Equal(50_000, rule.Weight);
        Assert.Equal(AttributeReference.Parse("/a"), rule.BucketBy);
        Assert.Equal("org", rule.RolloutContextKind);
        Assert.Equal(AttributeReference.Literal("/a"), segment.Rules[1].BucketBy);
        Assert.Null(segment.Rules[1].Weight);
        Assert.Equal("pepper", segment.Salt);
        Assert.True(segment.Unbounded);
        Assert.Equal("org", segment.UnboundedContextKind);
        Assert.Equal(2, segment.Generation);
        Assert.Null(segment.Unknown);
    }

    [Fact]
    public void Key_and_version_are_all_that_is_needed()
    {
        var flag = ReadFlag("""{"key":"f","version":1}"""u8);
        Assert.False(flag.On);
        Assert.Empty(flag.Rules);
        Assert.Null(flag.OffVariation);
        Assert.Equal("", flag.Salt);
        Assert.Equal(default, flag.Fallthrough);
        Assert.Empty(ReadSegment("""{"key":"s","version":1}"""u8).Included);
    }

    [Fact]
    public void Null_reads_as_absent()
    {
        var names = "deleted on prerequisites targets contextTargets rules fallthrough offVariation variations salt trackEvents "
            + "trackEventsFallthrough debugEventsUntilDate clientSide clientSideAvailability samplingRatio excludeFromSummaries migration";
        var json = $$"""{"key":"f","version":1,{{string.Join(',', names.Split(' ').Select(name => $"\"{name}\":null"))}}}""";
        Support.DeepEquality.Check(ReadFlag("""{"key":"f","version":1}"""u8), ReadFlag(Encoding.UTF8.GetBytes(json)));
        names = "deleted included excluded includedContexts excludedContexts rules salt unbounded unboundedContextKind generation";
        json = $$"""{"key":"s","version":1,{{string.Join(',', names.Split(' ').Select(name => $"\"{name}\":null"))}}}""";
        Support.DeepEquality.Check(ReadSegment("""{"key":"s","version":1}"""u8), ReadSegment(Encoding.UTF8.GetBytes(json)));
    }

    [Fact]
    public void Of_a_repeated_property_the_last_wins()
    {
        var flag = ReadFlag(
            """{"key":"x","version":1,"salt":"a","rules":[{"clauses":[{"op":"in","values":[1,2],"values":[3]}]}],"version":2,"key":"f","salt":null}"""u8);
        Assert.Equal(("f", 2, ""), (flag.Key, flag.Version, flag.Salt));
        Assert.Equal([3], flag.Rules[0].Clauses[0].Values);
    }

    [Fact]
    public void Escaped_property_names_and_values_are_understood()
    {
        var flag = ReadFlag("""{"\u006bey":"\u00e9\ud83d\ude00","vers\u0069on":1,"rules":[{"\u0069d":"r\/1"}]}"""u8);
        Assert.Equal("é😀", flag.Key);
        Assert.Equal("r/1", flag.Rules[0].Id);
    }

    [Theory]
    [InlineData("1.0", 1)]
    [InlineData("1e3", 1000)]
    [InlineData("-0", 0)]
    [InlineData("9223372036854775807", long.MaxValue)]
    [InlineData("9.223372036854775807e18", long.MaxValue)]
    public void A_whole_number_may_be_written_in_any_way(string text, long version) =>
        Assert.Equal(version, ReadFlag(Encoding.UTF8.GetBytes($$"""{"key":"f","version":{{text}}}""")).Version);

    [Fact]
    public void An_attribute_is_a_path_only_beside_a_context_kind_wherever_that_stands()
    {
        var flag = ReadFlag(
            """{"key":"f","version":1,"rules":[{"clauses":[{"attribute":"/a/b","op":"in","contextKind":"org"},{"attribute":"/a/b","contextKind":""}]}]}"""u8);
        Assert.Equal(AttributeReference.Parse("/a/b"), flag.Rules[0].Clauses[0].Attribute);
        Assert.Equal(AttributeReference.Literal("/a/b"), flag.Rules[0].Clauses[1].Attribute);
        Assert.Null(flag.Rules[0].Clauses[1].ContextKind);
    }

    [Fact]
    public void An_empty_attribute_is_none() =>
        Assert.Null(ReadFlag("""{"key":"f","version":1,"rules":[{"clauses":[{"attribute":"","op":"segmentMatch"}]}]}"""u8).Rules[0].Clauses[0].Attribute);

    [Fact]
    public void The_outer_key_names_the_descriptor_and_the_own_key_stays_with_the_item()
    {
        var item = Assert.IsType<ItemDescriptor<Flag>>(ModelReader.ReadItem(DataKind.Flag, "outer", """{"key":"inner","version":1}"""u8));
        Assert.Equal(("outer", "inner"), (item.Key, item.Item!.Key));
    }

    [Theory]
    [InlineData("""{"version":5,"deleted":true}""")]
    [InlineData("""{"deleted":true,"key":"gone","version":5}""")]
    [InlineData("""{"key":"$deleted","version":5,"deleted":true,"included":["a"],"rules":[],"on":true}""")]
    [InlineData("""{"key":7,"rules":"of the wrong shape","salt":[],"version":5,"deleted":true}""")]
    public void Every_shape_of_a_deleted_item_is_a_tombstone(string json)
    {
        foreach (var kind in Enum.GetValues<DataKind>())
        {
            var item = ModelReader.ReadItem(kind, "gone", Encoding.UTF8.GetBytes(json));
            Assert.Equal((true, kind, "gone", 5), (item.IsTombstone, item.Kind, item.Key, item.Version));
        }
    }

    [Fact]
    public void A_tombstone_does_not_spoil_its_neighbours()
    {
        var set = ModelReader.ReadDataSet(
            """{"flags":{"a":{"key":"a","version":1,"rules":[{"id":"r"}]},"b":{"rules":[{"id":"x"},7],"version":2,"deleted":true},"c":{"key":"c","version":3}}}"""u8);
        Assert.Equal([("a", false), ("b", true), ("c", false)], set.Flags.Select(flag => (flag.Key, flag.IsTombstone)));
        Assert.Equal("r", set.Flags.First().Item!.Rules.Single().Id);
    }

    [Theory]
    [InlineData("""{}""")]
    [InlineData("""{"message":"no upstream"}""")]
    [InlineData("""{"segments":{}}""")]
    [InlineData("""{"flags":null,"segments":{}}""")]
    [InlineData("""{"flags":{"a":{"key":"a","version":1}},"flags":null}""")]
    public void An_object_without_flags_is_no_data_set(string json)
    {
        var error = Assert.Throws<MalformedDataException>(() => ModelReader.ReadDataSet(System.Text.Encoding.UTF8.GetBytes(json)));
        Assert.Contains("has no \"flags\"", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_data_set_may_be_empty_or_lack_segments_and_hold_unknown_members()
    {
        Assert.Empty(ModelReader.ReadDataSet("""{"flags":{}}"""u8).Flags);
        Assert.Empty(ModelReader.ReadDataSet("""{"flags":{},"segments":null}"""u8).Segments);
        var set = ModelReader.ReadDataSet("""{"new":[{"flags":1}],"segments":{"s":{"key":"s","version":1}},"flags":{}}"""u8);
        Assert.Empty(set.Flags);
        Assert.Equal("s", set.Segments.Single().Key);
    }

    [Fact]
    public void Of_a_repeated_key_the_last_item_wins()
    {
        var set = ModelReader.ReadDataSet(
            """{"flags":{"a":{"key":"a","version":1},"b":{"key":"b","version":1},"a":{"key":"a","version":2}}}"""u8);
        Assert.Equal([("a", 2L), ("b", 1L)], set.Flags.Select(flag => (flag.Key, flag.Version)).Order());
    }

    [Fact]
    public void A_byte_order_mark_is_skipped() =>
        Assert.Equal("f", ReadFlag([0xEF, 0xBB, 0xBF, .. """{"key":"f","version":1}"""u8]).Key);

    [Fact]
    public void A_reader_inside_an_envelope_goes_on_after_the_data()
    {
        var reader = new JsonCursor("""{"data":{"flags":{"f":{"key":"f","version":1}}},"path":"/"}"""u8);
        reader.Read();
        reader.Read();
        Assert.Equal("f", ModelReader.ReadDataSet(ref reader, "data").Flags.Single().Key);
        Assert.Equal(JsonTokenType.EndObject, reader.TokenType);
        reader.Read();
        Assert.Equal("path", reader.GetString());

        reader = new JsonCursor("""[{"version":1,"deleted":true},{"key":"g","version":2}]"""u8);
        reader.Read();
        reader.Read();
        Assert.True(ModelReader.ReadItem(DataKind.Flag, "x", ref reader).IsTombstone);
        reader.Read();
        Assert.Equal("g", ModelReader.ReadItem(DataKind.Flag, null, ref reader).Key);
        reader.Read();
        Assert.Equal(JsonTokenType.EndArray, reader.TokenType);
    }

    [Fact]
    public void A_fault_inside_an_envelope_has_the_whole_path()
    {
        var error = Assert.Throws<MalformedDataException>(() =>
        {
            var reader = new JsonCursor("""{"path":"/","data":{"flags":{"f":{"key":"f","version":1}},"segments":[]}}"""u8);
            while (reader.Read() && !(reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("data"u8)))
            {
            }

            ModelReader.ReadDataSet(ref reader, "data");
        });
        Assert.Equal("data.segments", error.Path);
    }

    [Fact]
    public void Equal_parts_are_shared()
    {
        var set = ModelReader.ReadDataSet(
            """
            {"flags":{
              "a":{"key":"a","version":1,"variations":[true,{"x":1}],"rules":[{"clauses":[{"contextKind":"org","attribute":"plan","op":"in","values":["pro",1]}]}]},
              "b":{"key":"b","version":1,"variations":[true,{"x":1}],"rules":[{"clauses":[{"op":"in","attribute":"plan","values":["pro",1],"contextKind":"org","negate":false}]}]},
              "c":{"key":"c","version":1,"variations":[true,{"x":2}],"rules":[{"clauses":[{"contextKind":"org","attribute":"plan","op":"in","values":["pro",1],"negate":true}]}]},
              "d":{"key":"d","version":1,"variations":[true,{"x":9007199254740993}],"rules":[{"clauses":[{"attribute":"plan","op":"in","values":["pro",1]}]}]}}}
            """u8);
        var clauses = set.Flags.Select(flag => flag.Item!.Rules[0].Clauses[0]).ToArray();
        Assert.Same(clauses[0], clauses[1]);
        Assert.Equal(3, clauses.Distinct().Count());
        Assert.Equal(["1", "1", "2", "9007199254740993"], set.Flags.Select(flag => flag.Item!.Variations[1].AsObject["x"].ToString()));
    }

    private static Flag ReadFlag(ReadOnlySpan<byte> json) =>
        Assert.IsType<ItemDescriptor<Flag>>(ModelReader.ReadItem(DataKind.Flag, null, json)).Item!;

    private static Segment ReadSegment(ReadOnlySpan<byte> json) =>
        Assert.IsType<ItemDescriptor<Segment>>(ModelReader.ReadItem(DataKind.Segment, null, json)).Item!;
}
