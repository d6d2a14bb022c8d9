using System.Text.Json;
using CsCheck;
using Halyard.FlagGeneration;

namespace Halyard.Tests.Generating;

public sealed class JsonParserTests
{
    private static readonly string[] Pieces = ["{", "}", "[", "]", ",", ":", "\"a\"", "\"\\u0041\"", "\"\\", "\"", "1", "-", "0", "1.5", "e3", "E-2", "true", "false", "null", "tru", " ", "\n", "\u0001", "\"é\"", ".", "//", "/*", "*/", "/", "\r"];

    // As the reader of flag files has them.
    private static readonly JsonDocumentOptions Options = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <summary>What the platform's reader takes for JSON is JSON, and nothing else.</summary>
    [Fact]
    public void Any_text_is_JSON_here_where_it_is_JSON_to_the_platform() =>
        Gen.OneOf(Pieces).Array[1, 12].Sample(
            pieces =>
            {
                var text = string.Concat(pieces);
                Assert.Equal((IsJson(text), text), (IsRead(text), text));
            },
            iter: 20_000);

    [Theory]
    [InlineData("{\"a\":[1,{\"b\":\"c\"}]}")]
    [InlineData("[{},[],{\"x\":{}}]")]
    [InlineData(" { \"a\" : -0.5e+10 } ")]
    [InlineData("// a note\r\n{ /* of \n two lines */ \"a\": [1, 2,], } // the end")]
    public void What_nests_is_read(string text) => Assert.True(IsRead(text));

    [Fact]
    public void Texts_are_read_with_their_escapes_and_places()
    {
        var root = JsonParser.Parse("{\"a\": \"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\", \"a\": 7}");
        Assert.Equal("\"\\/\b\f\n\r\té", root.Members[0].Value.Text);
        Assert.Equal(("7", 6), (root.Find("a")!.Text, root.Members[0].Value.Position));
        Assert.Null(root.Find("b"));
    }

    private static bool IsRead(string text)
    {
        try
        {
            return JsonParser.Parse(text) is not null;
        }
        catch (Halyard.FlagGeneration.JsonFault)
        {
            return false;
        }
    }

    private static bool IsJson(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text, Options);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
