namespace Halyard.IntegrationTests.Samples;

public sealed class FeatureManagementSampleTests
{
    private static readonly (string, string) Ada = ("X-User", "ada");

    [Fact]
    public async Task Gates_managers_variants_services_and_tag_helpers_answer_by_the_flags()
    {
        await using var sample = await SampleProcess.StartAsync("FeatureManagement");
        Assert.Equal((200, "beta"), await sample.GetAsync("/beta", Ada));
        Assert.Equal(404, (await sample.GetAsync("/beta")).Status);
        Assert.Equal((200, "lab"), await sample.GetAsync("/Home/Lab", Ada));
        Assert.Equal(404, (await sample.GetAsync("/Home/Lab")).Status);
        Assert.Equal((200, "true"), await sample.GetAsync("/enabled", Ada));
        Assert.Equal((200, "false"), await sample.GetAsync("/enabled"));
        Assert.Equal((200, "dark"), await sample.GetAsync("/theme", Ada));
        Assert.Equal((200, "light"), await sample.GetAsync("/theme"));
        Assert.Equal((200, "Good evening"), await sample.GetAsync("/greeting", Ada));
        Assert.Equal((200, "Good morning"), await sample.GetAsync("/greeting"));

        var page = (await sample.GetAsync("/", Ada)).Body;
        Assert.Contains("You are in the beta", page, StringComparison.Ordinal);
        Assert.Contains("It is dark here", page, StringComparison.Ordinal);
        Assert.DoesNotContain("The beta is closed", page, StringComparison.Ordinal);
        page = (await sample.GetAsync("/")).Body;
        Assert.Contains("The beta is closed", page, StringComparison.Ordinal);
        Assert.DoesNotContain("It is dark here", page, StringComparison.Ordinal);
    }
}
