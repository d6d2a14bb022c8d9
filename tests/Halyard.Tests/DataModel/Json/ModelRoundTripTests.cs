using System.Text.Json;
using CsCheck;
using Halyard.DataModel.Json.Reading;
using Halyard.DataModel.Json.Writing;
using Halyard.Model;
using Halyard.Tests.Support;

namespace Halyard.Tests.Json;

public sealed class ModelRoundTripTests
{
    [Fact]
    public void Any_item_reads_back_as_it_was_written() =>
        Generators.Item.Sample(
            item => DeepEquality.Check(item, ModelReader.ReadItem(item.Kind, null, ModelWriter.ToUtf8(item))),
            iter: 1_000);

    [Fact]
    public void Any_data_set_reads_back_as_it_was_written() =>
        Generators.DataSet.Sample(set => DeepEquality.Check(set, ModelReader.ReadDataSet(ToUtf8(set))), iter: 200);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_real_payload_reads_back_as_it_was_written(bool large)
    {
        var payload = large ? Payloads.Large : Payloads.Small;
        var set = ModelReader.ReadDataSet(payload);
        Assert.Equal(large ? 10_000 : 1_000, set.Flags.Count);
        Assert.Equal(200, set.Segments.Count);
        DeepEquality.Check(set, ModelReader.ReadDataSet(ToUtf8(set)));
    }

    [Fact]
    public void Writing_a_real_payload_loses_nothing_that_was_said()
    {
        var before = JsonText.Parse(Payloads.Small);
        var after = JsonText.Parse(ToUtf8(ModelReader.ReadDataSet(Payloads.Small)));
        Assert.Empty(Losses(before, after, ""));
    }

    [Fact]
    public void Writing_loses_nothing_of_an_item_that_has_every_property()
    {
        var before = JsonText.Parse(Samples.FullFlag);
        Assert.Empty(Losses(before, JsonText.Parse(ModelWriter.ToUtf8(ModelReader.ReadItem(DataKind.Flag, null, Samples.FullFlag))), ""));
        before = JsonText.Parse(Samples.FullSegment);
        Assert.Empty(Losses(before, JsonText.Parse(ModelWriter.ToUtf8(ModelReader.ReadItem(DataKind.Segment, null, Samples.FullSegment))), ""));
    }

    [Fact]
    public void Unknown_properties_survive_at_the_object_where_they_stood()
    {
        var json = """
            {"key":"f","version":1,"new":{ "a" : [1.50, "\u00e9"] },
             "rules":[{"clauses":[{"op":"in","clauseNew":null}],"ruleNew":1e400,"rollout":{"variations":[{"shareNew":false}],"kind":"someNewKind"}}],
             "fallthrough":{"fallthroughNew":""},"prerequisites":[{"p\n":1}],"clientSideAvailability":{"tv":true},"migration":{"m":{}}}
            """u8;
        var written = JsonText.Parse(ModelWriter.ToUtf8(ModelReader.ReadItem(DataKind.Flag, null, json)));
        Assert.Empty(Losses(JsonText.Parse(json), written, ""));
        Assert.Equal("1e400", Member(written, "rules", 0, "ruleNew").ToString());
        Assert.True(Member(written, "rules", 0, "clauses", 0).AsObject.ContainsKey("clauseNew"));
        Assert.Equal("someNewKind", Member(written, "rules", 0, "rollout", "kind").AsString);
    }

    [Fact]
    public void The_last_of_a_repeated_unknown_property_is_kept()
    {
        var item = ModelReader.ReadItem(DataKind.Flag, null, """{"key":"f","version":1,"new":1,"new":[2]}"""u8);
        Assert.EndsWith(""","new":[2]}""", System.Text.Encoding.UTF8.GetString(ModelWriter.ToUtf8(item)), StringComparison.Ordinal);
    }

    [Fact]
    public void Numbers_keep_their_exact_text()
    {
        var item = ModelReader.ReadItem(
            DataKind.Flag, null, """{"key":"f","version":9223372036854775807,"variations":[9007199254740993,-1e-400,1.10]}"""u8);
        var written = JsonText.Parse(ModelWriter.ToUtf8(item));
        Assert.Equal("[9007199254740993,-1e-400,1.1]", Member(written, "variations").ToString());
        Assert.Equal("9223372036854775807", Member(written, "version").ToString());
    }

    [Fact]
    public void A_tombstone_is_written_with_its_key() =>
        Assert.Equal(
            """{"key":"gone","version":7,"deleted":true}"""u8, ModelWriter.ToUtf8(ItemDescriptor.Tombstone(DataKind.Segment, "gone", 7)));

    [Fact]
    public void A_path_without_a_context_kind_is_written_so_that_it_reads_back_as_a_path()
    {
        var clause = new Clause(null, AttributeReference.Parse("/address/street"), "in", ["x"], false);
        Assert.Equal(AttributeReference.Parse("/address/street"), Rewritten(clause).Attribute);
    }

    [Theory]
    [InlineData("/a~b/c")]
    [InlineData("plain")]
    public void A_plain_name_beside_a_context_kind_is_written_so_that_it_reads_back_as_a_name(string name)
    {
        var clause = new Clause("org", AttributeReference.Literal(name), "in", ["x"], false);
        Assert.Equal(AttributeReference.Literal(name), Rewritten(clause).Attribute);
    }

    private static Clause Rewritten(Clause clause)
    {
        var flag = new Flag { Key = "f", Rules = [new Rule { Clauses = [clause] }] };
        var item = ModelReader.ReadItem(DataKind.Flag, null, ModelWriter.ToUtf8(ItemDescriptor<Flag>.Of("f", 0, flag)));
        return Assert.IsType<ItemDescriptor<Flag>>(item).Item!.Rules[0].Clauses[0];
    }

    private static byte[] ToUtf8(DataSet set)
    {
        using var text = new MemoryStream();
        using (var writer = new Utf8JsonWriter(text))
        {
            ModelWriter.Write(writer, set);
        }

        return text.ToArray();
    }

    private static Value Member(Value value, params object[] path) =>
        path.Aggregate(value, (at, step) => step is int index ? at.AsArray[index] : at.AsObject[(string)step]);

    // What is in one and not in the other, apart from what absence means anyway.
    private static IEnumerable<string> Losses(Value before, Value after, string path)
    {
        if (before.Kind == ValueKind.Object && after.Kind == ValueKind.Object)
        {
            return before.AsObject.SelectMany(member =>
                after.TryGetMember(member.Key, out var found) ? Losses(member.Value, found, $"{path}.{member.Key}")
                : IsDefault(member.Key, member.Value) ? []
                : [$"{path}.{member.Key} is lost"]);
        }

        if (before.Kind == ValueKind.Array && after.Kind == ValueKind.Array && before.AsArray.Length == after.AsArray.Length)
        {
            return before.AsArray.Zip(after.AsArray).SelectMany((pair, i) => Losses(pair.First, pair.Second, $"{path}[{i}]"));
        }

        return before == after ? [] : [$"{path} was {before}, is {after}"];
    }

    private static bool IsDefault(string name, Value value) =>
        value.IsNull || value == false || (name == "kind" && value == "rollout") || (name == "id" && value == "");
}
