using Halyard;

namespace WebApp.Tests;

/// <summary>Something in the client's place: what it is asked, and what happens when it fails.</summary>
public sealed class SubstituteTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_checkout_asks_one_flag_for_whom_the_address_names()
    {
        await using var offline = await Client.StartAsync(new ClientOptions { Offline = true }, Token);
        var flags = new Asked(offline);
        await using var shop = new Shop(flags);
        using var browser = shop.CreateClient();
        Assert.Equal("the new checkout", await browser.GetStringAsync("/checkout/ines", Token));
        Assert.Equal(["checkout-redesign for ines"], flags.Reads);
    }

    /// <summary>Says yes, and notes what it was asked.</summary>
    private sealed class Asked(IHalyardClient inner) : DelegatingHalyardClient(inner)
    {
        private readonly List<string> _reads = [];

        public IReadOnlyList<string> Reads => _reads;

        public override bool BoolVariation(string key, Context context, bool defaultValue)
        {
            _reads.Add($"{key} for {context.Key}");
            return true;
        }
    }
}
