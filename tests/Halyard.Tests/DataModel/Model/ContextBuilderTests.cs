using CsCheck;

namespace Halyard.Tests.Model;

public sealed class ContextBuilderTests
{
    // Few names, so that they repeat, and many steps, so that the list gets its table and loses it again.
    private static readonly Gen<(string Name, Value Value, bool Builds)[]> Steps = Gen.Select(
        Gen.Int[0, 90].Select(number => $"a{number}"),
        Gen.OneOf(Gen.Int.Select(number => (Value)number), Gen.Const(Value.Null)),
        Gen.Int[0, 20].Select(number => number == 0)).Array[0, 300];

    [Fact]
    public void Setting_and_removing_in_any_order_is_what_an_ordered_list_would_give() => Steps.Sample(
        steps =>
        {
            var builder = Context.Builder("k");
            var expected = new List<KeyValuePair<string, Value>>();
            var made = new List<(Context Context, KeyValuePair<string, Value>[] Attributes)>();
            foreach (var (name, value, builds) in steps)
            {
                builder.Set(name, value);
                var at = expected.FindIndex(attribute => attribute.Key == name);
                if (value.IsNull)
                {
                    expected.RemoveAll(attribute => attribute.Key == name);
                }
                else if (at >= 0)
                {
                    expected[at] = new(name, value);
                }
                else
                {
                    expected.Add(new(name, value));
                }

                if (builds)
                {
                    made.Add((builder.Build(), [.. expected]));
                }
            }

            made.Add((builder.Build(), [.. expected]));
            Assert.All(made, context => Assert.Equal(context.Attributes, context.Context.CustomAttributes.ToArray()));
        },
        iter: 500);

    [Fact]
    public void A_private_reference_counts_once_and_what_is_none_as_often_as_it_came()
    {
        var builder = Context.Builder("k");
        string[] names = [.. Enumerable.Range(0, 100).Select(i => $"/a/{i}")];
        builder.Private(names.AsSpan(0, 20));
        var before = builder.Build();
        builder.Private(names).Private(names).Private("", "", "a", "/a");

        Assert.Equal(names[..20], before.PrivateAttributes.Select(reference => reference.Text));
        Assert.Equal([.. names, "", "", "a"], builder.Build().PrivateAttributes.Select(reference => reference.Text));
    }

    [Fact]
    public void A_private_reference_added_later_is_not_in_what_was_made_before()
    {
        var builder = Context.Builder("k").Private("a");
        var one = builder.Build();
        var two = builder.Private("b").Build();
        var three = builder.Private("c").Build();

        Assert.Equal([1, 2, 3], new[] { one, two, three }.Select(context => context.PrivateAttributes.Length));
    }

    [Fact]
    public void A_kind_of_other_characters_is_an_error_however_the_context_is_made()
    {
        Assert.Equal(Context.Builder("k").Kind("a b").Build().Error, Context.New("a b", "k").Error);
        Assert.Equal(Context.Builder("").Kind("org").Build().Error, Context.New("org", "").Error);
        Assert.Equal(Context.Builder(null!).Build().Error, Context.New(null!).Error);
        Assert.Equal(("user", "k"), (Context.New("", "k").Kind, Context.New(null!, "k").Key));
    }

    [Fact]
    public void Half_of_a_surrogate_pair_is_replaced_however_the_context_is_made()
    {
        Assert.Equal("a\uFFFD", Context.New("a\uD800").Key);
        Assert.Equal("a\uFFFD", Context.New("org", "a\uD800").Key);
    }

    [Fact]
    public void The_qualified_key_of_a_kind_and_a_key_is_made_once()
    {
        var context = Context.New("org", "a:b");
        Assert.Equal("org:a%3Ab", context.FullyQualifiedKey);
        Assert.Same(context.FullyQualifiedKey, context.FullyQualifiedKey);
        Assert.Equal((0, 0, null, false), (context.CustomAttributes.Length, context.PrivateAttributes.Length, context.Name, context.Anonymous));
        Assert.Equal(Context.New("org", "a:b"), context);
    }
}
