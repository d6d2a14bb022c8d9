using CsCheck;
using Halyard.DataModel.Json.Reading;

namespace Halyard.Tests.Model;

public sealed class ObjectMembersTests
{
    // Few names, so that they repeat, and more members than are compared one by one.
    private static readonly Gen<KeyValuePair<string, Value>[]> Members =
        Gen.Select(Gen.Int[0, 30], Gen.Int[0, 1_000], static (name, value) => new KeyValuePair<string, Value>($"m{name}", value)).Array[0, 40];

    [Fact]
    public void An_object_is_what_a_dictionary_of_its_members_is() => Members.Sample(static members =>
    {
        var expected = new Dictionary<string, Value>(StringComparer.Ordinal);
        foreach (var (name, value) in members)
        {
            expected[name] = value;
        }

        var made = Value.Object(members).AsObject;
        Assert.Equal(expected.AsEnumerable(), made.AsEnumerable());
        Assert.Equal(expected.Keys, made.Keys);
        Assert.Equal(expected.Values, made.Values);
        Assert.Equal(expected.Count, made.Count);
        for (var name = 0; name <= 31; name++)
        {
            var has = expected.TryGetValue($"m{name}", out var value);
            Assert.Equal(has, made.TryGetValue($"m{name}", out var found));
            Assert.Equal(value, found);
            Assert.Equal(has, made.ContainsKey($"m{name}"));
        }
    });

    [Fact]
    public void A_name_that_is_not_there_is_told()
    {
        var members = Value.Object([new("a", 1)]).AsObject;
        Assert.Equal(1, members["a"].AsInt);
        Assert.Contains("'b'", Assert.Throws<KeyNotFoundException>(() => members["b"]).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentNullException>(() => members.TryGetValue(null!, out _));
    }

    [Fact]
    public void A_hundred_thousand_members_are_read_and_found_in_their_own_time()
    {
        var json = "{" + string.Join(',', Enumerable.Range(0, 100_000).Select(static i => $"\"m{i}\":{i}")) + "}";
        var value = JsonText.Parse(System.Text.Encoding.UTF8.GetBytes(json));
        Assert.Equal(100_000, value.AsObject.Count);
        Assert.True(value.TryGetMember("m99999", out var last));
        Assert.Equal(99_999, last.AsInt);
    }
}
