namespace Halyard.IntegrationTests.Samples;

public sealed class WebSampleTests
{
    [Fact]
    public async Task The_web_sample_closes_endpoints_and_gives_its_front_end_its_flags()
    {
        await using var sample = await SampleProcess.StartAsync("Web");
        Assert.Equal((200, "Welcome aboard"), await sample.GetAsync("/"));
        Assert.Equal((404, ""), await sample.GetAsync("/reports/"));
        Assert.Equal((200, "All reports"), await sample.GetAsync("/reports/", ("X-Plan", "pro")));
        Assert.Equal((200, "Report 7"), await sample.GetAsync("/reports/7", ("X-Plan", "pro")));
        Assert.Equal((403, "Not yet"), await sample.GetAsync("/early"));
        var (status, body) = await sample.GetAsync("/flags/bootstrap");
        Assert.Equal(200, status);
        Assert.Contains("\"greeting\":\"Welcome aboard\"", body, StringComparison.Ordinal);
        Assert.DoesNotContain("new-reports", body, StringComparison.Ordinal);
    }
}
