using System.Collections.Immutable;
using System.Text;
using Halyard.Model;

namespace Halyard.Tests.Model;

public sealed class RuleTests
{
    [Fact]
    public void A_rule_that_nobody_filled_has_nothing()
    {
        foreach (var rule in new[] { default, new Rule() })
        {
            Assert.Equal("", rule.Id);
            Assert.Empty(rule.Clauses);
            Assert.Equal(default, rule.Serve);
            Assert.False(rule.TrackEvents);
        }
    }

    [Fact]
    public void A_rule_has_what_it_was_made_of()
    {
        var clauses = ImmutableArray.Create(Clause("a"), Clause("b"));
        Assert.Equal(clauses, new Rule { Clauses = clauses }.Clauses);
        Assert.Equal([clauses[0]], new Rule { Clauses = [clauses[0]] }.Clauses);
        Assert.Empty(new Rule { Clauses = default }.Clauses);
        var rollout = new Rollout();
        Assert.Equal(new(null, rollout), new Rule { Serve = new(null, rollout) }.Serve);
        Assert.Equal(new(3, null), new Rule { Serve = new(3, null) }.Serve);
    }

    [Theory]
    [InlineData("rule-1", "salt")]
    [InlineData("", "")]
    [InlineData("sévérité \u2713", "\ud83d\ude00")]
    [InlineData("a\\\"b\\u0041", "\\ud83d\\ude00")]
    public void Identifiers_and_salts_are_read_when_they_are_asked_for_and_written_as_they_were(string id, string salt)
    {
        var json = $$"""{"key":"f","version":1,"rules":[{"id":"{{id}}","variation":0},{"variation":0},{"id":"last","variation":0}],"salt":"{{salt}}"}""";
        var unasked = Read(json);
        var asked = Read(json);
        var expected = System.Text.Json.Nodes.JsonNode.Parse(json)!;
        for (var again = 0; again < 2; again++)
        {
            Assert.Equal((string)expected["rules"]![0]!["id"]!, asked.Rules[0].Id);
            Assert.Equal("", asked.Rules[1].Id);
            Assert.Equal("last", asked.Rules[2].Id);
            Assert.Equal((string)expected["salt"]!, asked.Salt);
        }

        Assert.Equal(Written(asked), Written(unasked));
        Assert.Equal((string)expected["salt"]!, Read(Written(unasked)).Salt);
        Assert.Equal(asked.Rules[0].Id, Read(Written(unasked)).Rules[0].Id);
    }

    [Fact]
    public void An_identifier_that_was_asked_for_is_kept()
    {
        var flag = Read("""{"key":"f","version":1,"rules":[{"id":"one","variation":0}],"salt":"s"}""");
        var id = flag.Rules.AsSpan()[0].Id;
        Assert.Same(id, flag.Rules.AsSpan()[0].Id);
        Assert.Same(id, flag.Rules[0].Id);
        Assert.Same(flag.Salt, flag.Salt);
    }

    [Fact]
    public void The_texts_of_a_faulty_flag_are_not_those_of_the_next()
    {
        Assert.Throws<MalformedDataException>(() => Read("""{"key":"f","version":1,"rules":[{"id":"lost","variation":0},{"variation":"x"}]}"""));
        Assert.Throws<MalformedDataException>(() => ItemDescriptor.FromJson(
            DataKind.Flag, "f", [.. """{"key":"f","version":1,"salt":"""u8, (byte)'"', 0xC3, (byte)'"', (byte)'}']));
        var flag = Read("""{"rules":[{"id":"first","id":"second","variation":0}],"salt":"a","key":"f","version":1,"salt":"b"}""");
        Assert.Equal("second", flag.Rules[0].Id);
        Assert.Equal("b", flag.Salt);
    }

    private static Clause Clause(string attribute) => new("user", AttributeReference.Parse(attribute), "in", ["x"], negate: false);

    private static Flag Read(string json) =>
        ((ItemDescriptor<Flag>)ItemDescriptor.FromJson(DataKind.Flag, "f", Encoding.UTF8.GetBytes(json))).Item!;

    private static string Written(Flag flag) => Encoding.UTF8.GetString(ItemDescriptor<Flag>.Of("f", 1, flag).ToUtf8Json());
}
