// What is linked into several packages is there several times.
extern alias cli;

using CliSimilar = cli::Halyard.Similar;

namespace Halyard.Tests.Cli;

public class SimilarTests
{
    [Theory]
    [InlineData("winter-sail", "winter-sale")]
    [InlineData("wintersale", "winter-sale")]
    [InlineData("wniter-sale", "winter-sale")]
    [InlineData("chekcotu", "checkout")]
    [InlineData("b", null)]
    [InlineData("something-else", null)]
    [InlineData("", null)]
    public void A_mistyped_key_is_recognised(string typed, string? expected) =>
        Assert.Equal(expected, CliSimilar.To(typed, ["winter-sale", "summer-sale", "checkout"]));
}
