using System.Buffers;
using System.Text;
using System.Text.Json;
using CsCheck;
using Halyard.DataModel.Json.Reading;
using Halyard.DataModel.Json.Writing;

namespace Halyard.Tests.Json;

/// <summary>Characters are written as the platform's writer writes bytes.</summary>
public sealed class CharOutputTests
{
    private static readonly JsonWriterOptions ForPages = new() { MaxDepth = int.MaxValue };

    public static TheoryData<bool> Rules => [true, false];

    [Theory]
    [MemberData(nameof(Rules))]
    public void Every_character_is_escaped_as_the_platform_does(bool relaxed)
    {
        for (var character = 0; character <= char.MaxValue; character++)
        {
            var text = $"ab{(char)character}cd";
            AssertSame(relaxed, text);
        }
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void Texts_of_pairs_and_halves_are_escaped_as_the_platform_does(bool relaxed)
    {
        Gen.String[Gen.OneOf(Gen.Char['a', 'z'], Gen.Char['\uD7F0', '\uE010'], Gen.Char['\0', '\u00FF'], Gen.Char), 0, 40]
            .Sample(text => AssertSame(relaxed, text), iter: 5_000);
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void A_text_that_grows_with_its_escapes_finds_room(bool relaxed)
    {
        foreach (var length in new[] { 1, 80, 500, 505, 509, 510, 511, 512, 513, 5_000, 100_000 })
        {
            AssertSame(relaxed, new string('x', length));
            AssertSame(relaxed, new string('\u0001', length));
            AssertSame(relaxed, string.Concat(Enumerable.Repeat("\U0001F600", length)));
            AssertSame(relaxed, new string('x', length) + "\uD83D");
        }
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void A_pair_at_the_end_of_the_room_is_written(bool relaxed)
    {
        for (var length = 0; length <= CharOutput.FirstRoom + 20; length++)
        {
            AssertSame(relaxed, new string('x', length) + "\U0001F600");
            AssertSame(relaxed, "\u0001" + new string('x', length) + "\uE000\U0001F600");
        }
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(1)]
    [InlineData(-1)]
    [InlineData(0.1)]
    [InlineData(999_999_999_999_999)]
    [InlineData(1e15)]
    [InlineData(-1e15)]
    [InlineData(999_999_999_999_999.9)]
    [InlineData(9_007_199_254_740_993)]
    [InlineData(1e16)]
    [InlineData(1.5e300)]
    [InlineData(double.Epsilon)]
    [InlineData(double.MinValue)]
    [InlineData(double.MaxValue)]
    public void Numbers_have_the_platforms_form(double number) => AssertSame(true, number);

    [Fact]
    public void Minus_zero_keeps_its_sign() => AssertSame(true, -0.0);

    [Fact]
    public void Any_number_has_the_platforms_form()
    {
        Gen.Double.Where(double.IsFinite).Sample(number => AssertSame(true, number), iter: 20_000);
        Gen.Long.Select(bits => (double)(bits >> 8)).Sample(number => AssertSame(true, number), iter: 20_000);
    }

    [Fact]
    public void Values_have_the_platforms_commas_and_ends()
    {
        Assert.Equal(
            """{"a":[],"b":{},"c":[1,[2,{"x":null}],{}],"d":"t","e":[true,false],"f":12345678901234567890}""",
            JsonText.Parse("""{"a":[], "b":{}, "c":[1,[2,{"x":null}],{}],"d":"t","e":[true,false],"f":12345678901234567890}"""u8).ToString());
        Support.Generators.Value.Sample(value => AssertSame(true, value), iter: 2_000);
    }

    private static void AssertSame(bool relaxed, Value value)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(bytes, relaxed ? JsonText.Plain : ForPages))
        {
            value.WriteTo(writer);
        }

        var output = new CharOutput(stackalloc char[CharOutput.FirstRoom], relaxed ? TextRules.Relaxed : TextRules.ForPages);
        ValueWriter.Write(ref output, value);
        Assert.Equal(Encoding.UTF8.GetString(bytes.WrittenSpan), output.TakeText());
    }
}
