using System.Text;
using CsCheck;
using Halyard.DataModel.Json.Reading;
using Halyard.Tests.Support;

namespace Halyard.Tests.Json;

public sealed class JsonTextTests
{
    [Fact]
    public void Any_value_reads_back_as_it_was_written() =>
        Generators.Value.Sample(value =>
        {
            var text = JsonText.Of(value);
            var back = JsonText.Parse(Encoding.UTF8.GetBytes(text));
            Assert.Equal(value, back);
            Assert.Equal(text, JsonText.Of(back));
        });

    [Theory]
    [InlineData("null")]
    [InlineData("true")]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("9007199254740992")]
    [InlineData("9007199254740993")]
    [InlineData("9223372036854775807")]
    [InlineData("18446744073709551616")]
    [InlineData("123456789012345678901234567890")]
    [InlineData("0.1234567890123456789")]
    [InlineData("1e999")]
    [InlineData("-1e999")]
    [InlineData("1e-999")]
    [InlineData("\"é \\\" \\\\ \\n ключ\"")]
    [InlineData("""[1,[2,[]],{"b":1,"a":{}}]""")]
    public void Text_survives_to_the_letter(string json) => Assert.Equal(json, JsonText.Of(Parse(json)));

    [Theory]
    [InlineData("1.0", "1")]
    [InlineData("1.50", "1.5")]
    [InlineData("1e2", "100")]
    [InlineData("0.10", "0.1")]
    [InlineData("0e999999999999999999999999", "0")]
    public void Numbers_that_a_double_carries_have_one_form(string json, string expected) => Assert.Equal(expected, JsonText.Of(Parse(json)));

    [Theory]
    [InlineData("1", "1.0", true)]
    [InlineData("9007199254740993", "9007199254740992", true)] // One side is a plain double, which may have been rounded.
    [InlineData("9007199254740993", "9007199254740993.0", true)]
    [InlineData("9007199254740993", "9007199254740995", false)]
    [InlineData("1152921504606846977", "1152921504606846979", false)]
    [InlineData("1e400", "10e399", true)]
    [InlineData("1e400", "1e401", false)]
    [InlineData("1e400", "-1e400", false)]
    [InlineData("1", "\"1\"", false)]
    [InlineData("""{"a":1,"b":2}""", """{"b":2.0,"a":1}""", true)]
    [InlineData("[1,2]", "[2,1]", false)]
    public void Values_are_equal_by_what_they_mean(string left, string right, bool equal)
    {
        Assert.Equal(equal, Parse(left) == Parse(right));
        Assert.Equal(equal, Parse(right) == Parse(left));
        if (equal)
        {
            Assert.Equal(Parse(left).GetHashCode(), Parse(right).GetHashCode());
        }
    }

    [Fact]
    public void Of_a_repeated_name_the_last_wins() => Assert.Equal("""{"a":3,"b":2}""", JsonText.Of(Parse("""{"a":1,"b":2,"a":3}""")));

    [Theory]
    [InlineData("", "")]
    [InlineData("1 2", "")]
    [InlineData("[1,{\"a\":x}]", "[1].a")]
    [InlineData("{\"a\":NaN}", "a")]
    [InlineData("{a:1}", "")]
    public void Text_that_is_not_one_value_is_malformed(string json, string path) =>
        Assert.Equal(path, Assert.Throws<MalformedDataException>(() => Parse(json)).Path);

    [Fact]
    public void Half_of_a_surrogate_pair_is_written_as_the_replacement_character() =>
        Assert.Equal("a\uFFFD", Parse(JsonText.Of(Value.Of("a\ud800"))).AsString);

    private static Value Parse(string json) => JsonText.Parse(Encoding.UTF8.GetBytes(json));
}
