using Halyard;

namespace WebApp.Tests;

/// <summary>The whole application, each test with flags of its own. The classes of this project run in parallel.</summary>
public sealed class CheckoutTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true, "the new checkout")]
    [InlineData(false, "the old checkout")]
    public async Task The_flag_chooses_the_checkout(bool isOn, string expected)
    {
        await using var shop = new Shop(new TestData().Update(TestData.Flag("checkout-redesign").VariationForAll(isOn)));
        using var browser = shop.CreateClient();
        Assert.Equal(expected, await browser.GetStringAsync("/checkout/ines", Token));
    }

    [Fact]
    public async Task Only_whom_the_flag_is_for_gets_it()
    {
        await using var shop = new Shop(new TestData().Update(TestData.Flag("checkout-redesign").VariationForUser("ines", true).FallthroughVariation(false)));
        using var browser = shop.CreateClient();
        Assert.Equal("the new checkout", await browser.GetStringAsync("/checkout/ines", Token));
        Assert.Equal("the old checkout", await browser.GetStringAsync("/checkout/rui", Token));
    }

    [Fact]
    public async Task A_flag_that_is_turned_off_meanwhile_is_seen_by_the_next_request()
    {
        var flags = new TestData().Update(TestData.Flag("checkout-redesign").VariationForAll(true));
        await using var shop = new Shop(flags);
        using var browser = shop.CreateClient();
        Assert.Equal("the new checkout", await browser.GetStringAsync("/checkout/ines", Token));
        flags.Update(flags.Edit("checkout-redesign").VariationForAll(false));
        Assert.Equal("the old checkout", await browser.GetStringAsync("/checkout/ines", Token));
    }

    [Fact]
    public async Task Without_any_flag_the_defaults_are_served_and_the_application_is_well()
    {
        await using var shop = new Shop(new TestData());
        using var browser = shop.CreateClient();
        Assert.Equal("the old checkout", await browser.GetStringAsync("/checkout/ines", Token));
        Assert.Equal("Healthy", await browser.GetStringAsync("/health", Token));
    }
}
