namespace Halyard.Tests.Configuration;

public sealed class LaunchDarklyVariablesTests
{
    [Fact]
    public void What_is_not_set_comes_from_the_variables()
    {
        var options = new ClientOptions();
        Assert.Same(options, options.ReadLaunchDarklyVariables(Of(
            ("LAUNCHDARKLY_SDK_KEY", " sdk-1\n"), ("LD_SDK_KEY", "sdk-2"), ("LD_BASE_URI", "https://poll.example.com"),
            ("LD_STREAM_URI", "http://stream.example.com/prefix"), ("LD_EVENTS_URI", " "))));
        Assert.Equal("sdk-1", options.SdkKey);
        Assert.Equal(new("https://poll.example.com"), options.Endpoints.Polling);
        Assert.Equal(new("http://stream.example.com/prefix"), options.Endpoints.Streaming);
        Assert.Equal(new ServiceEndpoints().Events, options.Endpoints.Events);
        Assert.Equal("sdk-2", new ClientOptions().ReadLaunchDarklyVariables(Of(("LAUNCHDARKLY_SDK_KEY", ""), ("LD_SDK_KEY", "sdk-2"))).SdkKey);
    }

    [Fact]
    public void Endpoints_that_others_share_are_left_to_them()
    {
        var shared = new ServiceEndpoints();
        var options = new ClientOptions { Endpoints = shared }.ReadLaunchDarklyVariables(Of(("LD_BASE_URI", "https://poll.example.com")));
        Assert.Equal(new("https://poll.example.com"), options.Endpoints.Polling);
        Assert.Equal(new ServiceEndpoints().Polling, shared.Polling);
    }

    [Fact]
    public void What_is_set_stays()
    {
        var options = new ClientOptions { SdkKey = "sdk-0", Endpoints = ServiceEndpoints.At(new("http://relay:8030")) };
        options.ReadLaunchDarklyVariables(Of(("LD_SDK_KEY", "sdk-2"), ("LD_BASE_URI", "https://poll.example.com"), ("LD_STREAM_URI", "no address")));
        Assert.Equal("sdk-0", options.SdkKey);
        Assert.Equal(new("http://relay:8030"), options.Endpoints.Polling);
        Assert.Equal(new("http://relay:8030"), options.Endpoints.Streaming);
    }

    [Theory]
    [InlineData("relay.example.com")]
    [InlineData("ftp://user:secret@relay.example.com")]
    [InlineData("/flags")]
    public void A_variable_that_holds_no_address_is_named_and_what_it_holds_is_not(string text)
    {
        var error = Assert.Throws<ArgumentException>(() => new ClientOptions().ReadLaunchDarklyVariables(Of(("LD_STREAM_URI", text))));
        Assert.StartsWith("The environment variable LD_STREAM_URI holds no http or https address.", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(text, error.Message, StringComparison.Ordinal);
    }

    private static Func<string, string?> Of(params (string Name, string Value)[] variables) =>
        name => variables.FirstOrDefault(variable => variable.Name == name).Value;
}
