using System.Text;
using CsCheck;
using Halyard.DataModel.Json.Reading;
using Halyard.Model;
using Halyard.Tests.Support;

namespace Halyard.Tests.Json;

public sealed class MalformedDataTests
{
    // A minimal flag 'f' and segment 's' with more in them.
    [Theory]
    [InlineData("[]", "")]
    [InlineData("null", "")]
    [InlineData("\"x\"", "")]
    [InlineData("""{"flags":[]}""", "flags")]
    [InlineData("""{"flags":7}""", "flags")]
    [InlineData("""{"segments":"x"}""", "segments")]
    public void A_data_set_of_the_wrong_shape_names_the_path(string json, string path)
    {
        var error = Assert.Throws<MalformedDataException>(() => ModelReader.ReadDataSet(Encoding.UTF8.GetBytes(json)));
        Assert.Equal(path, error.Path);
        Assert.Contains(path.Length == 0 ? "root" : path, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"flags":{"f":null}}""", "flags.f")]
    [InlineData("""{"flags":{"f":[]}}""", "flags.f")]
    [InlineData("""{"flags":{"f":{}}}""", "flags.f")]
    [InlineData("""{"flags":{"f":{"key":"f"}}}""", "flags.f")]
    [InlineData("""{"flags":{"f":{"version":1}}}""", "flags.f")]
    [InlineData("""{"flags":{"f":{"key":null,"version":1}}}""", "flags.f")]
    [InlineData("""{"flags":{"f":{"deleted":true}}}""", "flags.f")]
    [InlineData("""{"flags":{"a.b":{"key":"f"}}}""", "flags['a.b']")]
    [InlineData("""{"flags":{"it's [1] \"x\"":{"key":"f"}}}""", "flags['it\\'s [1] \"x\"']")]
    [InlineData("""{"segments":{"s":{"key":1,"version":1}}}""", "segments.s.key")]
    [InlineData("""{"segments":{"a":{"key":"a","version":1,"rules":[{},{}]},"s":{"key":"s"}}}""", "segments.s")]
    public void An_item_of_the_wrong_shape_is_put_aside_with_its_path_and_the_others_are_read(string json, string path)
    {
        json = json.Replace("{\"segments\":", "{\"flags\":{},\"segments\":", StringComparison.Ordinal);
        var set = ModelReader.ReadDataSet(Encoding.UTF8.GetBytes(json));
        var item = Assert.Single(set.Malformed);
        Assert.Equal(path, item.Path);
        Assert.Contains(path, item.Problem, StringComparison.Ordinal);
        Assert.DoesNotContain(set.Flags, flag => flag.Key == item.Key);
        Assert.Equal(json.Contains("\"a\":", StringComparison.Ordinal) ? 1 : 0, set.Segments.Count);
    }

    [Theory]
    [InlineData("key", "7", "key")]
    [InlineData("key", "{}", "key")]
    [InlineData("version", "\"1\"", "version")]
    [InlineData("version", "1.5", "version")]
    [InlineData("version", "9223372036854775808", "version")]
    [InlineData("version", "1e400", "version")]
    [InlineData("version", "true", "version")]
    [InlineData("deleted", "1", "deleted")]
    [InlineData("on", "\"true\"", "on")]
    [InlineData("on", "1", "on")]
    [InlineData("salt", "1", "salt")]
    [InlineData("prerequisites", "{}", "prerequisites")]
    [InlineData("prerequisites", "[1]", "prerequisites[0]")]
    [InlineData("prerequisites", """[{"key":"a","variation":0},{"key":2}]""", "prerequisites[1].key")]
    [InlineData("prerequisites", """[{"key":"a","variation":"0"}]""", "prerequisites[0].variation")]
    [InlineData("targets", """[{"values":"a"}]""", "targets[0].values")]
    [InlineData("targets", """[{"values":["a",["b"]]}]""", "targets[0].values[1]")]
    [InlineData("targets", """[{"values":["a",null,1]}]""", "targets[0].values[2]")]
    [InlineData("targets", """[{"variation":1.5}]""", "targets[0].variation")]
    [InlineData("contextTargets", """[{"contextKind":1}]""", "contextTargets[0].contextKind")]
    [InlineData("rules", "\"x\"", "rules")]
    [InlineData("rules", "[null]", "rules[0]")]
    [InlineData("rules", """[{},{},{"clauses":[{"op":5}]}]""", "rules[2].clauses[0].op")]
    [InlineData("rules", """[{"clauses":[{},{"values":{}}]}]""", "rules[0].clauses[1].values")]
    [InlineData("rules", """[{"clauses":[{"attribute":[]}]}]""", "rules[0].clauses[0].attribute")]
    [InlineData("rules", """[{"clauses":[{"negate":"no"}]}]""", "rules[0].clauses[0].negate")]
    [InlineData("rules", """[{"clauses":[{"contextKind":{}}]}]""", "rules[0].clauses[0].contextKind")]
    [InlineData("rules", """[{"id":1}]""", "rules[0].id")]
    [InlineData("rules", """[{"variation":0.5}]""", "rules[0].variation")]
    [InlineData("rules", """[{"rollout":[]}]""", "rules[0].rollout")]
    [InlineData("rules", """[{"rollout":{"kind":1}}]""", "rules[0].rollout.kind")]
    [InlineData("rules", """[{"rollout":{"seed":"61"}}]""", "rules[0].rollout.seed")]
    [InlineData("rules", """[{"rollout":{"variations":[{"weight":"all"}]}}]""", "rules[0].rollout.variations[0].weight")]
    [InlineData("rules", """[{"rollout":{"variations":[{"untracked":0}]}}]""", "rules[0].rollout.variations[0].untracked")]
    [InlineData("fallthrough", "1", "fallthrough")]
    [InlineData("fallthrough", """{"variation":"1"}""", "fallthrough.variation")]
    [InlineData("fallthrough", """{"rollout":{"bucketBy":1}}""", "fallthrough.rollout.bucketBy")]
    [InlineData("offVariation", "\"0\"", "offVariation")]
    [InlineData("variations", "{}", "variations")]
    public void A_flag_of_the_wrong_shape_names_the_path(string property, string value, string path) =>
        CheckPath(DataKind.Flag, property, value, path);

    [Theory]
    [InlineData("included", "\"a\"", "included")]
    [InlineData("included", "[1]", "included[0]")]
    [InlineData("excluded", "{}", "excluded")]
    [InlineData("includedContexts", "[[]]", "includedContexts[0]")]
    [InlineData("includedContexts", """[{"contextKind":1}]""", "includedContexts[0].contextKind")]
    [InlineData("excludedContexts", """[{"values":[{}]}]""", "excludedContexts[0].values[0]")]
    [InlineData("rules", """[{"clauses":[{"op":1}]}]""", "rules[0].clauses[0].op")]
    [InlineData("rules", """[{"weight":"1"}]""", "rules[0].weight")]
    [InlineData("rules", """[{"bucketBy":1}]""", "rules[0].bucketBy")]
    [InlineData("rules", """[{"rolloutContextKind":1}]""", "rules[0].rolloutContextKind")]
    [InlineData("salt", "{}", "salt")]
    [InlineData("unbounded", "1", "unbounded")]
    [InlineData("unboundedContextKind", "1", "unboundedContextKind")]
    [InlineData("generation", "\"1\"", "generation")]
    [InlineData("generation", "1.5", "generation")]
    public void A_segment_of_the_wrong_shape_names_the_path(string property, string value, string path) =>
        CheckPath(DataKind.Segment, property, value, path);

    [Theory]
    [InlineData("", "")]
    [InlineData("   ", "")]
    [InlineData("{", "")]
    [InlineData("not json", "")]
    [InlineData("""{"key":"f","version":1}}""", "")]
    [InlineData("""{"key":"f","version":1} {}""", "")]
    [InlineData("""{"key":"f","version":1,}""", "")]
    [InlineData("""{"key":"f",/* no */"version":1}""", "")]
    [InlineData("""{"key":"f","version":01}""", "version")]
    [InlineData("""{"key":"f","version":1,"rules":[{"clauses":[{"op":"in","values":["a",]}]}]}""", "rules[0].clauses[0].values[0]")]
    [InlineData("""{"key":"f","version":1,"rules":[{"clauses":[{"op":"in" "values":[]}]}]}""", "rules[0].clauses[0]")]
    [InlineData("""{"key":"f","version":1,"new":{"a":[1,2,tru]}}""", "new.a[1]")]
    public void Text_that_is_not_JSON_names_the_place_where_it_breaks(string json, string path)
    {
        var error = Assert.Throws<MalformedDataException>(() => ModelReader.ReadItem(DataKind.Flag, "f", Encoding.UTF8.GetBytes(json)));
        Assert.Equal(path, error.Path);
        Assert.IsAssignableFrom<System.Text.Json.JsonException>(error.InnerException);
    }

    [Fact]
    public void Nesting_that_is_too_deep_is_named()
    {
        var json = "{\"key\":\"f\",\"version\":1,\"variations\":[" + new string('[', 1001) + new string(']', 1001) + "]}";
        var error = Assert.Throws<MalformedDataException>(() => ModelReader.ReadItem(DataKind.Flag, null, Encoding.UTF8.GetBytes(json)));
        Assert.StartsWith("variations[0][0]", error.Path, StringComparison.Ordinal);
        Assert.Contains("1000", error.Message, StringComparison.Ordinal);
    }

    /// <summary>However deep a text is nested, what is said of it fits on a page, and the thread's stack holds.</summary>
    [Theory]
    [InlineData("{\"key\":\"f\",\"version\":1,\"variations\":[", "variations")]
    [InlineData("{\"key\":\"f\",\"version\":1,\"new\":", "new")]
    public void Nesting_without_end_is_a_short_fault(string start, string path)
    {
        foreach (var text in new[] { start + new string('[', 1_000_000), start + string.Concat(Enumerable.Repeat("{\"a\":", 300_000)) })
        {
            var error = Assert.Throws<MalformedDataException>(() => ModelReader.ReadItem(DataKind.Flag, null, Encoding.UTF8.GetBytes(text)));
            Assert.StartsWith(path, error.Path, StringComparison.Ordinal);
            Assert.InRange(error.Message.Length, 1, 1_000);
        }
    }

    [Theory]
    [InlineData("{\"key\":\"\xFF\xFE\",\"version\":1}", "key")]
    [InlineData("{\"key\":\"f\",\"version\":1,\"variations\":[\"\xC3\"]}", "variations[0]")]
    [InlineData("{\"key\":\"f\",\"version\":1,\"new\":\"\xC3\"}", "new")]
    public void Text_that_is_not_Unicode_is_named(string latin1, string path) =>
        Assert.Equal(path, Assert.Throws<MalformedDataException>(() => ModelReader.ReadItem(DataKind.Flag, null, Encoding.Latin1.GetBytes(latin1))).Path);

    [Theory]
    [InlineData("""{"version":1,"deleted":true}""")]
    [InlineData("""{"key":"$deleted","version":1,"deleted":true}""")]
    public void A_tombstone_that_names_no_key_anywhere_is_malformed(string json) =>
        Assert.Throws<MalformedDataException>(() => ModelReader.ReadItem(DataKind.Flag, null, Encoding.UTF8.GetBytes(json)));

    [Fact]
    public void Text_cut_anywhere_is_malformed_and_nothing_worse()
    {
        var whole = DataSetSample();
        for (var length = 0; length < whole.Length; length++)
        {
            Assert.Throws<MalformedDataException>(() => ModelReader.ReadDataSet(whole.AsSpan(0, length)));
        }
    }

    [Fact]
    public void A_real_payload_cut_anywhere_is_malformed_and_nothing_worse()
    {
        var payload = Payloads.Small;
        Gen.Int[0, payload.Length - 1].Sample(
            length => Assert.Throws<MalformedDataException>(() => ModelReader.ReadDataSet(payload.AsSpan(0, length))), iter: 50);
    }

    [Fact]
    public void Flipped_bytes_are_malformed_or_read_and_nothing_worse()
    {
        var whole = DataSetSample();
        Gen.Select(Gen.Int[0, whole.Length - 1], Gen.Byte).Array[1, 4].Sample(
            flips =>
            {
                var text = whole.ToArray();
                foreach (var (at, value) in flips)
                {
                    text[at] = value;
                }

                try
                {
                    ModelReader.ReadDataSet(text);
                }
                catch (MalformedDataException)
                {
                    // Expected of most.
                }
            },
            iter: 20_000);
    }

    private static void CheckPath(DataKind kind, string property, string value, string path)
    {
        var json = property switch
        {
            "key" => $$"""{"version":1,"key":{{value}}}""",
            "version" => $$"""{"key":"x","version":{{value}}}""",
            _ => $$"""{"key":"x","version":1,"{{property}}":{{value}},"another":[{}]}""",
        };
        var error = Assert.Throws<MalformedDataException>(() => ModelReader.ReadItem(kind, null, Encoding.UTF8.GetBytes(json)));
        Assert.Equal(path, error.Path);
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
    }

    private static byte[] DataSetSample() =>
    [
        .. "{\"flags\":{\"full\":"u8, .. Samples.FullFlag, .. ",\"gone\":{\"version\":1,\"deleted\":true}},\"segments\":{\"full\":"u8,
        .. Samples.FullSegment, .. "}}"u8,
    ];
}
