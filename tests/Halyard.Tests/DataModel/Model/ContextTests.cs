using CsCheck;
using Halyard.DataModel.Json.Reading;
using Halyard.Tests.Support;

namespace Halyard.Tests.Model;

public sealed class ContextTests
{
    [Fact]
    public void A_key_makes_a_user()
    {
        var context = Context.New("k");
        Assert.True(context.IsValid);
        Assert.Equal(("user", "k", null, false), (context.Kind, context.Key, context.Name, context.Anonymous));
        Assert.Equal([context], context.Members);
    }

    [Theory]
    [InlineData(null, "user")]
    [InlineData("", "user")]
    [InlineData("org", "org")]
    [InlineData("A.b_9-c", "A.b_9-c")]
    public void Kinds_of_the_allowed_characters_are_valid(string? kind, string expected) =>
        Assert.Equal(expected, Context.Builder("k").Kind(kind).Build().Kind);

    [Theory]
    [InlineData("kind")]
    [InlineData("multi")]
    [InlineData("a b")]
    [InlineData("a:b")]
    [InlineData("ö")]
    public void Other_kinds_are_invalid(string kind)
    {
        var context = Context.New(kind, "k");
        Assert.False(context.IsValid);
        Assert.Contains(kind, context.Error, StringComparison.Ordinal);
        Assert.Empty(context.Members);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void A_context_needs_a_key(string? key) => Assert.Contains("key", Context.New(key!).Error, StringComparison.Ordinal);

    [Fact]
    public void Attributes_keep_their_order_and_null_removes_them()
    {
        var context = Context.Builder("k").Set("b", 1).Set("a", 2).Set("c", 3).Set("b", 4).Set("a", Value.Null).Set("d", Value.Null).Build();
        Assert.Equal(["b", "c"], context.CustomAttributes.ToArray().Select(attribute => attribute.Key));
        Assert.Equal(4, context.CustomAttributes[0].Value);
    }

    [Fact]
    public void Built_in_attributes_can_be_set_by_name()
    {
        var context = Context.Builder("k").Set("kind", "org").Set("key", "other").Set("name", "N").Set("anonymous", true).Build();
        Assert.Equal(("org", "other", "N", true), (context.Kind, context.Key, context.Name, context.Anonymous));
        Assert.Equal(0, context.CustomAttributes.Length);
    }

    [Theory]
    [InlineData("kind")]
    [InlineData("key")]
    [InlineData("name")]
    [InlineData("anonymous")]
    public void A_built_in_attribute_of_the_wrong_type_is_invalid_until_set_right(string attribute)
    {
        var builder = Context.Builder("k").Set(attribute, 7);
        Assert.Contains($"'{attribute}'", builder.Build().Error, StringComparison.Ordinal);
        Assert.True(builder.Set(attribute, attribute == "anonymous" ? true : "x").Build().IsValid);
    }

    [Theory]
    [InlineData("")]
    [InlineData("_meta")]
    public void Names_that_no_attribute_can_have_are_ignored(string name) =>
        Assert.Equal(Context.New("k"), Context.Builder("k").Set(name, 1).Build());

    [Fact]
    public void A_builder_can_go_on_without_touching_what_it_made()
    {
        var builder = Context.Builder("k").Set("a", 1).Private("a");
        var first = builder.Build();
        builder.Set("a", 2).Set("b", 3).Private("b").Build();
        Assert.Equal(Context.Builder("k").Set("a", 1).Private("a").Build(), first);
    }

    [Fact]
    public void Several_kinds_make_a_multi_context_sorted_by_kind()
    {
        var context = Context.Multi(Context.New("k:1"), Context.New("org", "o%2"));
        Assert.Equal("multi", context.Kind);
        Assert.Equal(["org", "user"], context.Members.Select(member => member.Kind));
        Assert.Equal("org:o%252:user:k%3A1", context.FullyQualifiedKey);
        Assert.Equal(context, Context.Multi(Context.New("org", "o%2"), Context.New("k:1")));
    }

    [Fact]
    public void One_member_is_that_member()
    {
        var only = Context.New("k");
        Assert.Same(only, Context.Multi(only));
    }

    [Fact]
    public void A_multi_context_among_the_members_is_flattened()
    {
        var inner = Context.Multi(Context.New("k"), Context.New("org", "o"));
        Assert.Equal(["device", "org", "user"], Context.Multi(inner, Context.New("device", "d")).Members.Select(member => member.Kind));
    }

    [Fact]
    public void None_and_two_of_a_kind_and_invalid_members_are_invalid()
    {
        Assert.False(Context.Multi().IsValid);
        Assert.Contains("'user'", Context.Multi(Context.New("a"), Context.New("b")).Error, StringComparison.Ordinal);
        Assert.Contains("key", Context.Multi(Context.New("a"), Context.New("org", "")).Error, StringComparison.Ordinal);
        Assert.False(Context.Multi(Context.New("a"), null!).IsValid);
    }

    [Fact]
    public void The_order_of_attributes_does_not_matter_to_equality()
    {
        var left = Context.Builder("k").Set("a", 1).Set("b", Value.Array(1, "x")).Private("a", "/b").Build();
        var right = Context.Builder("k").Set("b", Value.Array(1.0, "x")).Set("a", 1).Private("b", "a").Build();
        Assert.Equal(left, right);
        Assert.Equal(left.GetHashCode(), right.GetHashCode());
    }

    [Fact]
    public void Every_difference_matters_to_equality()
    {
        Context[] contexts =
        [
            Context.New("k"), Context.New("l"), Context.New("org", "k"), Context.Builder("k").Name("n").Build(),
            Context.Builder("k").Anonymous(true).Build(), Context.Builder("k").Set("a", 1).Build(), Context.Builder("k").Set("a", 2).Build(),
            Context.Builder("k").Set("b", 1).Build(), Context.Builder("k").Private("a").Build(), Context.Multi(Context.New("k"), Context.New("org", "k")),
            Context.New(""), Context.New("kind", "k"),
        ];
        Assert.Equal(contexts.Length, contexts.Distinct().Count());
        Assert.False(contexts[0].Equals(null));
    }

    [Fact]
    public void Any_context_reads_back_as_it_was_written() =>
        Generators.Context.Sample(context => Assert.Equal(context, Context.FromJson(context.ToJson())), iter: 1_000);

    [Fact]
    public void Real_contexts_are_valid_and_read_back_as_they_were_written()
    {
        var contexts = JsonText.Parse(Payloads.Contexts).AsArray;
        Assert.NotEmpty(contexts);
        foreach (var json in contexts)
        {
            var context = Context.FromJson(json.ToString());
            Assert.True(context.IsValid, context.Error);
            Assert.Equal(json, JsonText.Parse(System.Text.Encoding.UTF8.GetBytes(context.ToJson())));
        }
    }

    [Fact]
    public void A_single_context_is_read()
    {
        var context = Context.FromJson(
            """{"key":"k","a":[1,{"b":null}],"name":"N","gone":null,"kind":"org","anonymous":true,"_meta":{"privateAttributes":["a","/x/y"],"new":1}}""");
        Assert.Equal(
            Context.Builder("k").Kind("org").Name("N").Anonymous(true)
                .Set("a", Value.Array(1, Value.Object([KeyValuePair.Create("b", Value.Null)]))).Private("a", "/x/y").Build(),
            context);
    }

    [Fact]
    public void A_multi_context_is_read() =>
        Assert.Equal(
            Context.Multi(Context.Builder("o").Kind("org").Set("a", 1).Build(), Context.New("u")),
            Context.FromJson("""{"org":{"key":"o","a":1},"kind":"multi","user":{"key":"u"}}"""));

    /// <summary>Who puts single contexts into a multi-context as they are brings their kinds along; these count.</summary>
    [Fact]
    public void A_member_of_a_multi_context_may_carry_its_kind()
    {
        var expected = Context.Multi(Context.New("org", "o"), Context.New("u"));
        Assert.Equal(expected, Context.FromJson("""{"kind":"multi","org":{"kind":"org","key":"o"},"user":{"key":"u","kind":"user"}}"""));
        Assert.Equal(expected, Context.FromJson("""{"kind":"multi","company":{"kind":"org","key":"o"},"user":{"key":"u"}}"""));
        Assert.Equal(expected, Context.FromJson("""{"kind":"multi","org":{"kind":"org","key":"x"},"user":{"key":"u"},"org":{"key":"o","kind":"org"}}"""));
    }

    [Fact]
    public void Half_of_a_surrogate_pair_becomes_the_replacement_character()
    {
        var context = Context.Builder("k\uD800").Name("\uDC00n").Set("a\uD800", "\uD83D\uDE00\uD83D")
            .Set("list", Value.Array(1, "\uD800", Value.Object([new("\uDC00", "x")]))).Private("/p\uD800").Build();
        var expected = Context.Builder("k\uFFFD").Name("\uFFFDn").Set("a\uFFFD", "\uD83D\uDE00\uFFFD")
            .Set("list", Value.Array(1, "\uFFFD", Value.Object([new("\uFFFD", "x")]))).Private("/p\uFFFD").Build();
        Assert.Equal(expected, context);
        Assert.Equal("k\uFFFD", context.FullyQualifiedKey);
        Assert.Equal(expected, Context.FromJson(context.ToJson()));
        Assert.Equal(
            Context.New("k\uFFFD"), Context.FromJson("""{"kind":"user","key":"k\ud800"}"""));
        Assert.Equal(Context.New("\uFFFD"), Context.FromJson("{\"kind\":\"user\",\"key\":\"\uD800\"}"));
        Assert.False(Context.New("\uD800", "k").IsValid);
    }

    /// <summary>Sound text, pairs of surrogates too, stays the very same instance.</summary>
    [Fact]
    public void Sound_text_is_not_copied()
    {
        var text = string.Concat("\uD83D", "\uDE00", new string('x', 3));
        var list = Value.Array(text, Value.Object([new("n", text)]));
        var context = Context.Builder(text).Set("a", text).Set("l", list).Build();
        Assert.Same(text, context.Key);
        Assert.Same(text, context.CustomAttributes[0].Value.AsString);
        Assert.True(context.CustomAttributes[1].Value.IsIdenticalTo(list));
    }

    [Fact]
    public void A_multi_context_of_one_is_that_one() =>
        Assert.Equal(Context.New("org", "o"), Context.FromJson("""{"kind":"multi","org":{"key":"o"}}"""));

    [Fact]
    public void An_old_style_user_is_read()
    {
        var context = Context.FromJson(
            """
            {"key":"k","name":"N","email":"e","country":"c","ip":"i","firstName":"f","lastName":"l","avatar":"a","anonymous":true,"secondary":"s",
             "custom":{"x":[1],"key":"no","gone":null},"privateAttributeNames":["email","/x"]}
            """);
        var expected = Context.Builder("k").Name("N").Anonymous(true).Set("email", "e").Set("country", "c").Set("ip", "i")
            .Set("firstName", "f").Set("lastName", "l").Set("avatar", "a").Set("x", Value.Array(1)).Private("email", "/~1x").Build();
        Assert.Equal(expected, context);
        Assert.Equal(expected, Context.FromJson(context.ToJson()));
    }

    [Fact]
    public void An_old_style_user_may_have_an_empty_key()
    {
        var context = Context.FromJson("""{"key":"","name":"N","custom":{"x":1},"privateAttributeNames":["/x"]}""");
        Assert.True(context.IsValid, context.Error);
        Assert.Equal("", context.Key);
        Assert.Equal("""{"kind":"user","key":"","name":"N","x":1,"_meta":{"privateAttributes":["/~1x"]}}""", context.ToJson());
    }

    [Theory]
    [InlineData("", "root")]
    [InlineData("[]", "root")]
    [InlineData("{}", "key")]
    [InlineData("""{"key":null}""", "key")]
    [InlineData("""{"key":1}""", "key")]
    [InlineData("""{"key":"k","name":1}""", "name")]
    [InlineData("""{"key":"k","email":1}""", "email")]
    [InlineData("""{"key":"k","custom":[]}""", "custom")]
    [InlineData("""{"key":"k","privateAttributeNames":[1]}""", "privateAttributeNames[0]")]
    [InlineData("""{"kind":"user"}""", "key")]
    [InlineData("""{"kind":"user","key":""}""", "key")]
    [InlineData("""{"kind":"","key":"k"}""", "kind")]
    [InlineData("""{"kind":null,"key":"k"}""", "kind")]
    [InlineData("""{"kind":1,"key":"k"}""", "kind")]
    [InlineData("""{"kind":"kind","key":"k"}""", "kind")]
    [InlineData("""{"kind":"ö","key":"k"}""", "ö")]
    [InlineData("""{"kind":"user","key":"k","anonymous":"yes"}""", "anonymous")]
    [InlineData("""{"kind":"user","key":"k","name":{}}""", "name")]
    [InlineData("""{"kind":"user","key":"k","_meta":1}""", "_meta")]
    [InlineData("""{"kind":"user","key":"k","_meta":{"privateAttributes":"a"}}""", "_meta.privateAttributes")]
    [InlineData("""{"kind":"user","key":"k","a":[1,}""", "a[0]")]
    [InlineData("""{"kind":"multi"}""", "member")]
    [InlineData("""{"kind":"multi","org":1}""", "org")]
    [InlineData("""{"kind":"multi","org":{}}""", "key")]
    [InlineData("""{"kind":"multi","org":{"key":1}}""", "org.key")]
    [InlineData("""{"kind":"multi","org":{"key":"k","kind":null}}""", "org.kind")]
    [InlineData("""{"kind":"multi","org":{"key":"k","kind":""}}""", "org.kind")]
    [InlineData("""{"kind":"multi","org":{"key":"k","kind":1}}""", "org.kind")]
    [InlineData("""{"kind":"multi","org":{"key":"k","kind":"multi"}}""", "multi")]
    [InlineData("""{"kind":"multi","org":{"key":"k","kind":"user"},"user":{"key":"u"}}""", "user")]
    [InlineData("""{"kind":"multi","multi":{"key":"k"}}""", "multi")]
    [InlineData("""{"kind":"multi","":{"key":"k"}}""", "['']")]
    public void Bad_JSON_gives_an_invalid_context_that_says_where(string json, string where)
    {
        var context = Context.FromJson(json);
        Assert.False(context.IsValid);
        Assert.Contains(where, context.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void An_invalid_context_has_no_JSON() => Assert.Throws<InvalidOperationException>(() => Context.New("").ToJson());
}
