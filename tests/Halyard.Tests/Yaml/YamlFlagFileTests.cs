using System.Buffers;
using System.Text;
using CsCheck;

namespace Halyard.Tests.Yaml;

public sealed class YamlFlagFileTests
{
    [Theory]
    [InlineData("a: true", "true")]
    [InlineData("a: False", "false")]
    [InlineData("a: yes", "\"yes\"")]
    [InlineData("a: no", "\"no\"")]
    [InlineData("a: on", "\"on\"")]
    [InlineData("a: ~", "null")]
    [InlineData("a:", "null")]
    [InlineData("a: NULL", "null")]
    [InlineData("a: nUll", "\"nUll\"")]
    [InlineData("a: 'true'", "\"true\"")]
    [InlineData("a: \"12\"", "\"12\"")]
    [InlineData("a: ''", "\"\"")]
    [InlineData("a: 12", "12")]
    [InlineData("a: +12", "12")]
    [InlineData("a: -0012", "-12")]
    [InlineData("a: 0", "0")]
    [InlineData("a: 00", "0")]
    [InlineData("a: 123456789012345678901234567890", "123456789012345678901234567890")]
    [InlineData("a: 0x1F", "31")]
    [InlineData("a: 0xffffffffffffffff", "18446744073709551615")]
    [InlineData("a: 0o17", "15")]
    [InlineData("a: 0b11", "\"0b11\"")]
    [InlineData("a: 1_000", "\"1_000\"")]
    [InlineData("a: 1.5", "1.5")]
    [InlineData("a: .5", "0.5")]
    [InlineData("a: 5.", "5")]
    [InlineData("a: -00.50e+3", "-0.50e+3")]
    [InlineData("a: 1e3", "1e3")]
    [InlineData("a: 1.2.3", "\"1.2.3\"")]
    [InlineData("a: 2026-01-01", "\"2026-01-01\"")]
    [InlineData("a: 12:30", "\"12:30\"")]
    [InlineData("a: .", "\".\"")]
    [InlineData("a: !!str 12", "\"12\"")]
    [InlineData("a: ! 12", "\"12\"")]
    [InlineData("a: !!int '12'", "12")]
    [InlineData("a: !!float 1", "1")]
    [InlineData("a: |\n  one\n  two\n", "\"one\\ntwo\\n\"")]
    [InlineData("a: >-\n  one\n  two\n", "\"one two\"")]
    [InlineData("a: [1, x, {b: 2}]", "[1,\"x\",{\"b\":2}]")]
    [InlineData("a: {}", "{}")]
    [InlineData("a: \"\\u00e9\\t\"", "\"é\\t\"")]
    public void A_value_reads_by_the_core_schema_of_YAML_1_2(string yaml, string json) =>
        Assert.Equal($$"""{"a":{{json}}}""", Convert(yaml));

    [Fact]
    public void Keys_are_strings_whatever_they_look_like() =>
        Assert.Equal("""{"1":1,"true":2,"on":3,"~":4}""", Convert("1: 1\ntrue: 2\non: 3\n~: 4"));

    [Fact]
    public void Aliases_are_written_out() =>
        Assert.Equal("""{"a":{"x":[1]},"b":{"x":[1]},"c":[{"x":[1]}]}""", Convert("a: &a {x: [1]}\nb: *a\nc: [*a]"));

    [Fact]
    public void An_anchor_may_be_used_again() =>
        Assert.Equal("""{"a":1,"b":1,"c":2,"d":2}""", Convert("a: &x 1\nb: *x\nc: &x 2\nd: *x"));

    [Fact]
    public void Merge_keys_give_way_to_own_keys_and_to_earlier_merges() =>
        Assert.Equal(
            """{"a":{"x":1,"y":1},"b":{"y":2,"z":2},"c":{"x":9,"w":0,"y":1,"z":2},"d":{"<<":5}}""",
            Convert("a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc: {<<: [*a, *b], x: 9, w: 0}\nd: {'<<': 5}"));

    [Theory]
    [InlineData("a: .inf", 1, 4, "not a number that flag data can hold")]
    [InlineData("a:\n  - .NaN", 2, 5, "not a number that flag data can hold")]
    [InlineData("a: 1e999", 1, 4, "out of the range of numbers")]
    [InlineData("a: 1\nb: 2\na: 3", 3, 1, "the key \"a\" is repeated")]
    [InlineData("a: 1\n---\nb: 2", 2, 1, "second YAML document")]
    [InlineData("a: *b", 1, 4, "no anchor before it")]
    [InlineData("a: &a [*a]", 1, 8, "inside what it stands for")]
    [InlineData("? [a]\n: 1", 1, 3, "a key must be a scalar")]
    [InlineData("a: !!int x", 1, 4, "is tagged as an integer, but is none")]
    [InlineData("a: !color red", 1, 4, "the tag !color is not supported")]
    [InlineData("a: {<<: 3}", 1, 5, "needs a mapping")]
    [InlineData("a: [1, 2\nb: 3", 1, 6, "not valid YAML")]
    [InlineData("a: 'x", 1, 4, "not valid YAML")]
    [InlineData("# nothing", 2, 1, "no YAML document")]
    public void An_error_has_line_and_column(string yaml, int line, int column, string expected)
    {
        var exception = Assert.Throws<FlagFileFormatException>(() => Convert(yaml));

        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
        Assert.Equal((line, column), (exception.Line, exception.Column));
    }

    [Fact]
    public void Aliases_that_multiply_without_bound_are_refused()
    {
        var bomb = new StringBuilder("a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n");
        for (var i = 1; i < 20; i++)
        {
            bomb.Append($"a{i}: &a{i} [").AppendJoin(", ", Enumerable.Repeat($"*a{i - 1}", 9)).Append("]\n");
        }

        var exception = Assert.Throws<FlagFileFormatException>(() => Convert(bomb.ToString()));
        Assert.Contains("beyond all reason", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Merges_that_multiply_without_bound_are_refused()
    {
        var bomb = new StringBuilder("a0: &a0 {x: 1}\n");
        for (var i = 1; i < 60; i++)
        {
            bomb.Append($"a{i}: &a{i} {{<<: [*a{i - 1}, *a{i - 1}]}}\n");
        }

        Assert.Throws<FlagFileFormatException>(() => Convert(bomb.ToString()));
    }

    [Fact]
    public void Nesting_without_bound_is_refused()
    {
        var exception = Assert.Throws<FlagFileFormatException>(() => Convert(new string('[', 100_000)));
        Assert.Contains("nested deeper than 64", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void JSON_is_YAML_and_comes_out_as_it_went_in() =>
        Gen.String[Gen.Char["abc09 .:-#'\"\\{}[],&*!|>%@`~\n\té€"], 0, 12].Array[0, 6].Sample(strings =>
        {
            var json = new ArrayBufferWriter<byte>();
            using (var writer = new System.Text.Json.Utf8JsonWriter(json))
            {
                writer.WriteStartArray();
                Array.ForEach(strings, writer.WriteStringValue);
                writer.WriteEndArray();
            }

            var back = System.Text.Json.JsonSerializer.Deserialize<string[]>(Convert(Encoding.UTF8.GetString(json.WrittenSpan)));
            return back!.SequenceEqual(strings);
        });

    [Fact]
    public void Any_text_gives_JSON_or_a_format_error() =>
        Gen.String[Gen.Char["ab1 :-\n[]{},&*!'\"|>~<#?"], 0, 40].Sample(text =>
        {
            try
            {
                using var parsed = System.Text.Json.JsonDocument.Parse(Convert(text));
            }
            catch (FlagFileFormatException)
            {
            }
        });

    private static string Convert(string yaml)
    {
        var json = new ArrayBufferWriter<byte>();
        new YamlFlagFile().Convert(Encoding.UTF8.GetBytes(yaml), json);
        return Encoding.UTF8.GetString(json.WrittenSpan);
    }
}
