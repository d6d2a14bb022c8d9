using System.Text;

namespace Halyard.Tests.Json;

/// <summary>Where the kind of a context may stand, and how often.</summary>
public sealed class ContextJsonTests
{
    [Theory]
    [InlineData("""{"kind":"org","key":"k","kind":"team"}""", """{"kind":"team","key":"k"}""")]
    [InlineData("""{"key":"k","kind":"org"}""", """{"kind":"org","key":"k"}""")]
    [InlineData("""{"kind":"multi","key":"k","kind":"org"}""", """{"kind":"org","key":"k"}""")]
    [InlineData("""{"kind":"multi","org":{"key":"k"},"kind":"team","key":"j"}""", """{"kind":"team","key":"j","org":{"key":"k"}}""")]
    [InlineData("""{"kind":"team","org":{"key":"k"},"user":{"key":"u"},"kind":"multi"}""", """{"kind":"multi","org":{"key":"k"},"user":{"key":"u"}}""")]
    [InlineData("""{"org":{"key":"k"},"user":{"key":"u"},"kind":"multi"}""", """{"kind":"multi","org":{"key":"k"},"user":{"key":"u"}}""")]
    [InlineData("""{"kind":"multi","org":{"key":"k"},"user":{"key":"u"},"kind":"multi"}""", """{"kind":"multi","org":{"key":"k"},"user":{"key":"u"}}""")]
    [InlineData("""{"kind":"multi","org":{"key":"1"},"user":{"key":"u"},"org":{"key":"2"}}""", """{"kind":"multi","org":{"key":"2"},"user":{"key":"u"}}""")]
    [InlineData("""{"kind":"multi","org":{"key":"1"},"org":{"key":"2"}}""", """{"kind":"org","key":"2"}""")]
    [InlineData("""{"\u006bind":"org","\u006bey":"k","\u006e\u0061me":"n"}""", """{"kind":"org","key":"k","name":"n"}""")]
    [InlineData("""{"kind":"user","key":1,"kind":"user","key":"k"}""", null)]
    public void The_last_kind_decides_how_all_is_read(string json, string? same)
    {
        var context = Context.FromJson(json);
        if (same is null)
        {
            Assert.Contains("At key: expected a string", context.Error, StringComparison.Ordinal);
            return;
        }

        Assert.Null(context.Error);
        Assert.Equal(same, context.ToJson());
    }

    [Theory]
    [InlineData("""{"kind":"user","key":5,"kind":"multi"}""", "At key: expected an object")]
    [InlineData("""{"kind":"multi","org":5,"kind":"multi"}""", "At org: expected an object")]
    [InlineData("""{"kind":"user","kind":7}""", "At kind: expected a string")]
    [InlineData("""{"kind":"user","key":"k","kind":""}""", "At kind: the kind must not be empty")]
    [InlineData("""{"kind":"","key":"k"}""", "At kind: the kind must not be empty")]
    [InlineData("""{"kind":null,"key":"k"}""", "At kind: expected a string")]
    [InlineData("""{"kind":"user","key":"k","a":}""", "At a: the text is not valid JSON")]
    public void A_fault_is_told_as_the_last_kind_has_it(string json, string error) =>
        Assert.Contains(error, Context.FromJson(json).Error, StringComparison.Ordinal);

    [Fact]
    public void A_faulty_context_leaves_nothing_behind_for_the_next()
    {
        for (var i = 0; i < 10; i++)
        {
            Assert.False(Context.FromJson("""{"kind":"user","key":"k","list":[1,2,{"a":[3,"""u8).IsValid);
            Assert.Equal("[1]", Context.FromJson("""{"kind":"user","key":"k","list":[1]}""").CustomAttributes[0].Value.ToString());
        }
    }

    [Fact]
    public void Names_in_meta_that_are_no_references_are_kept_as_they_are() => Assert.Equal(
        """{"kind":"user","key":"k","_meta":{"privateAttributes":["a","","/b//c"]}}""",
        Context.FromJson(Encoding.UTF8.GetBytes("""{"kind":"user","key":"k","_meta":{"privateAttributes":["a","","/b//c","a"]}}""")).ToJson());
}
