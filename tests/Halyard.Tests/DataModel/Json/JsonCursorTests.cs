using System.Text;
using System.Text.Json;
using CsCheck;
using Halyard.DataModel.Json.Tokens;
using Halyard.Tests.Support;

namespace Halyard.Tests.Json;

// The platform's reader is the yardstick: the cursor takes exactly what it takes, token by token, and refuses the rest
// in its words.
public sealed class JsonCursorTests
{
    private static readonly string[] Parts =
    [
        "{", "}", "[", "]", ":", ",", "\"", "\"a\"", "\"a\":", "\"name of more than sixteen bytes\":", "\"\\n\"", "\"\\u00e9\"", "\"\\ud83d\\ude00\"",
        "\"\\ud800\"", "\"\\x\"", "\"\\u12g4\"", "\"\t\"", "\"é\"", "\\", "0", "-", "-0", "01", "1.5", "1.", ".5", "1e5", "1E+5", "1e-", "123456789012345678",
        "9223372036854775807", "9223372036854775808", "-9223372036854775808", "18446744073709551615", "2147483648", "-2147483648",
        "true", "false", "null", "tru", "nul", "truex", "NaN", "+1", "/", "//", "/* */", " ", "\n", "\r\n", "\t", "\u00a0", "\0", "\u001f", "x",
    ];

    private static readonly Gen<string> Fragments = Gen.Int[0, Parts.Length - 1].Select(i => Parts[i]);

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("1")]
    [InlineData(" 1 ")]
    [InlineData("1 2")]
    [InlineData("1/2")]
    [InlineData("{\"a\":1}{")]
    [InlineData("{\"a\":1,}")]
    [InlineData("[1,]")]
    [InlineData("[,1]")]
    [InlineData("{,}")]
    [InlineData("{\"a\"}")]
    [InlineData("{\"a\" : [ ] , \"b\" : { } }")]
    [InlineData("[[1]}")]
    [InlineData("{\"a\":1]")]
    [InlineData("\"0123456789abcde\"")]
    [InlineData("\"0123456789abcdef\"")]
    [InlineData("\"0123456789abcdef0123456789abcdef\\\"\"")]
    [InlineData("\"0123456789abcde\\")]
    [InlineData("[\"\u007f\u0080\"]")]
    [InlineData("\ufeff{}")]
    public void A_text_reads_as_by_the_platform(string text) => Compare(Encoding.UTF8.GetBytes(text));

    [Theory]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(128)]
    [InlineData(129)]
    [InlineData(1500)]
    public void Deep_nesting_reads_as_by_the_platform_without_its_limit(int depth)
    {
        Compare(Encoding.UTF8.GetBytes(new string('[', depth) + new string(']', depth)));
        Compare(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("{\"a\":", depth)) + "1" + new string('}', depth)));
        Compare(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("[1,{\"a\":", depth)) + "1" + string.Concat(Enumerable.Repeat("},2]", depth))));
        Compare(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("[1,{\"a\":", depth)) + "1" + string.Concat(Enumerable.Repeat("]}", depth))));
    }

    [Fact]
    public void Random_tokens_read_as_by_the_platform() =>
        Fragments.Array[0, 12].Sample(parts => Compare(Encoding.UTF8.GetBytes(string.Concat(parts))), iter: 50_000);

    [Fact]
    public void Random_tokens_inside_an_object_read_as_by_the_platform() =>
        Fragments.Array[0, 6].Sample(
            parts => Compare(Encoding.UTF8.GetBytes("{\"a\":[" + string.Join(",", parts) + "],\"b\":{}}")), iter: 50_000);

    [Fact]
    public void Flipped_bytes_read_as_by_the_platform()
    {
        byte[] whole = [.. "{\"flags\":{\"full\":"u8, .. Samples.FullFlag, .. "},\"segments\":{\"full\":"u8, .. Samples.FullSegment, .. "}}"u8];
        Compare(whole);
        Gen.Select(Gen.Int[0, whole.Length - 1], Gen.Byte).Array[1, 3].Sample(
            flips =>
            {
                var text = whole.ToArray();
                foreach (var (at, value) in flips)
                {
                    text[at] = value;
                }

                Compare(text);
            },
            iter: 20_000);
    }

    [Fact]
    public void A_real_payload_reads_as_by_the_platform() => Compare(Payloads.Small);

    [Fact]
    public void A_skipped_value_ends_where_the_platform_ends_it()
    {
        var text = """{"a":{"b":[1,{"c":"]}"}],"d":null},"e":[],"f":1}"""u8;
        var cursor = new JsonCursor(text);
        var reader = new Utf8JsonReader(text);
        cursor.Read();
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            Assert.True(cursor.ReadMember());
            reader.Skip();
            cursor.Skip();
            Assert.Equal(Seen(ref reader), Seen(ref cursor));
        }

        Assert.False(cursor.ReadMember());
        Assert.Equal(JsonTokenType.EndObject, cursor.TokenType);
    }

    private static void Compare(ReadOnlySpan<byte> text)
    {
        var reader = new Utf8JsonReader(text, new JsonReaderOptions { MaxDepth = int.MaxValue });
        var cursor = new JsonCursor(text);
        while (true)
        {
            var expected = Step(ref reader, out var expectedFault);
            Assert.Equal(expected, Step(ref cursor, out var fault));
            Assert.Equal(expectedFault, fault);
            if (!expected)
            {
                return;
            }

            if (Seen(ref reader) is var one && Seen(ref cursor) is var other && one != other)
            {
                Assert.Equal(one, other);
            }
        }
    }

    private static bool Step(ref Utf8JsonReader reader, out string? fault)
    {
        fault = null;
        try
        {
            return reader.Read();
        }
        catch (JsonException e)
        {
            fault = e.Message;
            return false;
        }
    }

    private static bool Step(ref JsonCursor cursor, out string? fault)
    {
        fault = null;
        try
        {
            return cursor.Read();
        }
        catch (JsonException e)
        {
            fault = e.Message;
            return false;
        }
    }

    private static string Seen(ref Utf8JsonReader reader)
    {
        var seen = $"{reader.TokenType} {reader.TokenStartIndex} {reader.CurrentDepth} {Encoding.Latin1.GetString(reader.ValueSpan)}";
        switch (reader.TokenType)
        {
            case JsonTokenType.Number:
                return $"{seen} {(reader.TryGetInt32(out var i) ? i : null)} {(reader.TryGetInt64(out var l) ? l : null)} {(reader.TryGetUInt64(out var u) ? u : null)}";
            case JsonTokenType.String or JsonTokenType.PropertyName:
                try
                {
                    return $"{seen} {reader.ValueIsEscaped} {reader.ValueTextEquals("a"u8)} {reader.GetString()}";
                }
                catch (InvalidOperationException)
                {
                    return $"{seen} {Repaired(reader.ValueSpan)}";
                }

            default:
                return seen;
        }
    }

    // What the platform refuses to unescape: broken UTF-8, or half of a surrogate pair, of which the encoder makes U+FFFD.
    private static string Repaired(ReadOnlySpan<byte> text)
    {
        string raw;
        try
        {
            raw = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(text);
        }
        catch (DecoderFallbackException)
        {
            return "not Unicode";
        }

        var units = new StringBuilder();
        for (var i = 0; i < raw.Length; i++)
        {
            units.Append(raw[i] != '\\' ? raw[i]
                : raw[++i] != 'u' ? "\"\\/\b\f\n\r\t"["\"\\/bfnrt".IndexOf(raw[i], StringComparison.Ordinal)]
                : (char)Convert.ToUInt16(raw.Substring((i += 4) - 3, 4), 16));
        }

        var repaired = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(units.ToString()));
        return $"True {repaired == "a"} {repaired}";
    }

    private static string Seen(ref JsonCursor cursor)
    {
        var seen = $"{cursor.TokenType} {cursor.TokenStartIndex} {cursor.CurrentDepth} {Encoding.Latin1.GetString(cursor.ValueSpan)}";
        switch (cursor.TokenType)
        {
            case JsonTokenType.Number:
                return $"{seen} {(cursor.TryGetInt32(out var i) ? i : null)} {(cursor.TryGetInt64(out var l) ? l : null)} {(cursor.TryGetUInt64(out var u) ? u : null)}";
            case JsonTokenType.String or JsonTokenType.PropertyName:
                try
                {
                    return $"{seen} {cursor.ValueIsEscaped} {cursor.ValueTextEquals("a"u8)} {cursor.GetString()}";
                }
                catch (InvalidOperationException)
                {
                    return $"{seen} not Unicode";
                }

            default:
                return seen;
        }
    }
}
