namespace Halyard.Tests.Cli;

public class SimilarTests
{
    [Theory]
    [InlineData("winter-sail", "winter-sale")]
    [InlineData("wintersale", "winter-sale")]
    [InlineData("b", null)]
    [InlineData("something-else", null)]
    [InlineData("", null)]
    public void A_mistyped_key_is_recognised(string typed, string? expected) =>
        Assert.Equal(expected, Similar.To(typed, ["winter-sale", "summer-sale", "checkout"]));
}
