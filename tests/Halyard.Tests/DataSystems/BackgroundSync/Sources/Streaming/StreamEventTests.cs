using System.Text;
using Halyard.DataSystems.Sources.Streaming;
using Halyard.Model;

namespace Halyard.Tests;

public sealed class StreamEventTests
{
    private const string Data = """{"flags":{"a":{"key":"a","version":1}},"segments":{"s":{"key":"s","version":2}}}""";

    [Theory]
    [InlineData("""{"path":"/","data":DATA}""")]
    [InlineData("""{"data":DATA,"path":"/"}""")]
    [InlineData("""{"data":DATA}""")]
    [InlineData("""{"path":"","data":DATA}""")]
    [InlineData("""{"path":null,"data":DATA}""")]
    [InlineData("""{"more":{"data":1,"path":"/x"},"path":"/","data":DATA,"other":[1,2]}""")]
    public void A_put_is_a_data_set_in_any_order(string text)
    {
        var put = Parse("put", text.Replace("DATA", Data, StringComparison.Ordinal));
        Assert.Equal("a", Assert.Single(put.DataSet!.Flags).Key);
        Assert.Equal(2, Assert.Single(put.DataSet.Segments).Version);
    }

    [Theory]
    [InlineData("put", """{"path":"/other","data":{"flags":7}}""")]
    [InlineData("put", """{"data":"anything","path":"/other"}""")]
    [InlineData("patch", """{"path":"/other/x","data":7}""")]
    [InlineData("patch", """{"data":[],"path":"flags/x"}""")]
    [InlineData("delete", """{"path":"/other/x"}""")]
    [InlineData("ping", "this is not JSON")]
    [InlineData("message", "{")]
    public void Unknown_names_and_paths_are_ignored_whatever_they_hold(string name, string text) => Assert.True(Parse(name, text).IsIgnored);

    [Theory]
    [InlineData("""{"path":"/flags/a/b//c","data":{"key":"a/b//c","version":3}}""")]
    [InlineData("""{"data":{"key":"a/b//c","version":3},"path":"/flags/a/b//c"}""")]
    [InlineData("""{"path":"\/flags\/a\u002fb\/\/c","data":{"key":"a/b//c","version":3}}""")]
    public void A_key_may_hold_slashes(string text)
    {
        var item = Parse("patch", text).Item!;
        Assert.Equal((DataKind.Flag, "a/b//c", 3L), (item.Kind, item.Key, item.Version));
    }

    [Fact]
    public void A_patch_of_a_segment_is_a_segment() =>
        Assert.Equal(DataKind.Segment, Parse("patch", """{"path":"/segments/s","data":{"key":"s","version":3}}""").Item!.Kind);

    [Theory]
    [InlineData("""{"path":"/flags/x","version":9}""")]
    [InlineData("""{"version":9,"path":"/flags/x"}""")]
    public void A_delete_is_a_tombstone(string text)
    {
        var item = Parse("delete", text).Item!;
        Assert.True(item.IsTombstone);
        Assert.Equal((DataKind.Flag, "x", 9L), (item.Kind, item.Key, item.Version));
    }

    /// <summary>Nobody can ask for such an item.</summary>
    [Theory]
    [InlineData("patch", """{"path":"/flags/","data":{"key":"","version":1}}""")]
    [InlineData("patch", """{"data":{"key":"a","version":1},"path":"/segments/"}""")]
    [InlineData("delete", """{"path":"/flags/","version":1}""")]
    public void An_item_with_an_empty_key_is_skipped(string name, string text) => Assert.Null(Parse(name, text).Item);

    [Theory]
    [InlineData("put", "", "")]
    [InlineData("put", "{", "")]
    [InlineData("put", "[]", "")]
    [InlineData("put", """{"path":"/"}""", "data")]
    [InlineData("put", """{"path":"/","data":null}""", null)]
    [InlineData("put", """{"path":5,"data":{}}""", "path")]
    [InlineData("put", """{"path":"/","data":{"flags":{}}} x""", "")]
    [InlineData("put", """{"path":"/","data":{"flags":[]}}""", "data.flags")]
    [InlineData("put", """{"data":{"flags":{},"segments":[]},"path":"/"}""", "data.segments")]
    [InlineData("patch", """{"data":{"key":"a","version":1}}""", "path")]
    [InlineData("patch", """{"path":"/flags/a"}""", "data")]
    [InlineData("patch", """{"path":"/flags/a","data":[]}""", "data")]
    [InlineData("delete", """{"path":"/flags/a"}""", "version")]
    [InlineData("delete", """{"path":"/flags/a","version":"2"}""", "version")]
    [InlineData("delete", """{"path":"/flags/a","version":1.5}""", "version")]
    [InlineData("delete", """{"version":1}""", "path")]
    public void A_known_event_of_the_wrong_shape_is_an_error_with_its_path(string name, string text, string? path)
    {
        var error = Assert.Throws<MalformedDataException>(() => Parse(name, text));
        if (path is not null)
        {
            Assert.Equal(path, error.Path);
        }
    }

    [Theory]
    [InlineData("put", """{"path":"/","data":{"flags":{"a":{"key":"a","version":"one"}}}}""", "flags.a.version", null)]
    [InlineData("put", """{"data":{"flags":{"a":{"key":"a","version":4,"on":1}}},"path":"/"}""", "flags.a.on", 4L)]
    [InlineData("put", """{"data":{"flags":{"a":17}},"path":"/"}""", "flags.a", null)]
    [InlineData("patch", """{"path":"/flags/a","data":{"key":"a"}}""", "flags.a", null)]
    [InlineData("patch", """{"path":"/flags/a","data":{"key":"a","version":9,"rules":[{},{},{"clauses":{}}]}}""", "flags.a.rules[2].clauses", 9L)]
    [InlineData("patch", """{"data":{"key":"a","rules":1,"version":9},"path":"/flags/a"}""", "flags.a.rules", 9L)]
    public void An_item_that_cannot_be_understood_is_no_fault_of_its_event(string name, string text, string path, long? version)
    {
        var what = Parse(name, text);
        var item = what.Item as MalformedItem ?? Assert.Single(what.DataSet!.Malformed);
        Assert.Equal((DataKind.Flag, "a", path, version), (item.Kind, item.Key, item.Path, item.HasVersion ? item.Version : null));
        Assert.StartsWith("At " + path + ": ", item.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_that_is_not_UTF_8_is_an_error() =>
        Assert.Throws<MalformedDataException>(() => WholeEventReader.Parse("patch"u8, [.. "{\"path\":\""u8, 0xC3, 0x28, .. "\",\"data\":{}}"u8]));

    private static StreamEvent Parse(string name, string text) => WholeEventReader.Parse(Encoding.UTF8.GetBytes(name), Encoding.UTF8.GetBytes(text));
}
