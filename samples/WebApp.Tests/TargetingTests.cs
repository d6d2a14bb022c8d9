using Halyard;

namespace WebApp.Tests;

/// <summary>Targeting without an application: a real client evaluates real flags, of code or of the file that production starts with.</summary>
public sealed class TargetingTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_plan_opens_the_checkout_and_the_reason_says_so()
    {
        var data = new TestData().Update(TestData.Flag("checkout-redesign").IfMatch("user", "plan", "beta").ThenReturn(true).FallthroughVariation(false));
        await using var flags = await Client.StartAsync(new ClientOptions { DataSystem = DataSystem.TestData(data) }, Token);

        var beta = flags.BoolVariationDetail("checkout-redesign", Context.Builder("ines").Set("plan", "beta").Build(), false);
        Assert.Equal((true, EvaluationReasonKind.RuleMatch), (beta.Value, beta.Reason.Kind));
        Assert.False(flags.BoolVariation("checkout-redesign", Context.New("rui"), false));
    }

    [Fact]
    public async Task Big_segments_and_their_outage_can_be_played()
    {
        var members = new TestBigSegments().Include("testers", "ines");
        var data = new TestData()
            .Update(TestData.Segment("testers").Big())
            .Update(TestData.Flag("checkout-redesign").IfInSegment("testers").ThenReturn(true).FallthroughVariation(false));
        await using var flags = await Client.StartAsync(
            new ClientOptions { DataSystem = DataSystem.TestData(data), BigSegments = new(members.Open) { ContextCacheTime = TimeSpan.Zero } }, Token);
        Assert.True(await flags.BoolVariationAsync("checkout-redesign", Context.New("ines"), false, Token));

        members.Error = new IOException("the store is away");
        var other = await flags.BoolVariationDetailAsync("checkout-redesign", Context.New("rui"), false, Token);
        Assert.Equal((false, BigSegmentsStatus.StoreError), (other.Value, other.Reason.BigSegmentsStatus));
    }

    [Fact]
    public async Task An_outage_of_the_source_leaves_the_flags_in_force()
    {
        var data = new TestData().Update(TestData.Flag("checkout-redesign").VariationForAll(true));
        await using var flags = await Client.StartAsync(new ClientOptions { DataSystem = DataSystem.TestData(data) }, Token);
        data.UpdateStatus(DataSourceState.Interrupted, new(DataSourceErrorKind.NetworkError, null, "cable pulled", DateTimeOffset.UtcNow));
        Assert.Equal(DataSourceState.Interrupted, flags.DataSourceStatus.Current.State);
        Assert.True(flags.BoolVariation("checkout-redesign", Context.New("ines"), false));
    }
}
