using System.Text;
using Halyard.Cli;

namespace Halyard.Tests.Cli;

public sealed class EventCountsTests
{
    [Theory]
    [InlineData("", "unreadable=1")]
    [InlineData("[]", "")]
    [InlineData("""[{"kind":"a"},{"x":{"kind":"b"},"kind":"a"}]""", "a=2")]
    [InlineData("""{"kind":"a","b":[{"kind":"c"}]}""", "a=1")]
    [InlineData("""[{"kind":"\ud800"}]""", "unreadable=1")]
    [InlineData("""[{"kind":"a"},""", "a=1 unreadable=1")]
    [InlineData("""[{}]""", "other=1")]
    [InlineData("nonsense", "unreadable=1")]
    public void Events_are_counted_by_kind(string body, string expected)
    {
        var counts = new EventCounts();
        counts.Count(Encoding.UTF8.GetBytes(body));
        Assert.Equal(expected, Text(counts));
        Assert.Equal(1, counts.Payloads);
    }

    [Fact]
    public void Kinds_without_end_become_one()
    {
        var counts = new EventCounts();
        for (var i = 0; i < 1000; i++)
        {
            counts.Count(Encoding.UTF8.GetBytes($$"""[{"kind":"k{{i}}"}]"""));
        }

        Assert.True(counts.Kinds.Count <= 51);
        Assert.Equal(1000, counts.Kinds.Values.Sum());
    }

    private static string Text(EventCounts counts) => string.Join(' ', counts.Kinds.Select(static kind => $"{kind.Key}={kind.Value}"));
}
