namespace Halyard.Tests;

public sealed class HttpOptionsValidationTests
{
    public static TheoryData<string, Action<ClientOptions>> Faults => new()
    {
        { "SdkKey", o => o.SdkKey = "" },
        { "SdkKey", o => o.SdkKey = null! },
        { "SdkKey", o => o.SdkKey = "top secret" },
        { "SdkKey", o => o.SdkKey = "secret\n" },
        { "SdkKey", o => o.SdkKey = "secrét" },
        { "Endpoints.Streaming", o => o.Endpoints.Streaming = null! },
        { "Endpoints.Streaming", o => o.Endpoints = null! },
        { "Endpoints.Streaming", o => o.Endpoints.Streaming = new Uri("/relative", UriKind.Relative) },
        { "Endpoints.Streaming", o => o.Endpoints.Streaming = new Uri("ftp://flags.test") },
        { "Endpoints.Streaming", o => o.Endpoints.Streaming = new Uri("https://flags.test?x=1") },
        { "Endpoints.Streaming", o => o.Endpoints.Streaming = new Uri("https://flags.test/#x") },
        { "Http", o => o.Http = null! },
        { "Http.ConnectTimeout", o => o.Http.ConnectTimeout = TimeSpan.Zero },
        { "Http.ResponseTimeout", o => o.Http.ResponseTimeout = TimeSpan.FromSeconds(-2) },
        { "Http.ResponseTimeout", o => o.Http.ResponseTimeout = TimeSpan.MaxValue },
        { "Http.MinimumBytesPerSecond", o => o.Http.MinimumBytesPerSecond = -1 },
        { "Http.MinimumRateWindow", o => o.Http.MinimumRateWindow = TimeSpan.FromTicks(1) },
        { "Http.MinimumRateWindow", o => o.Http.MinimumRateWindow = TimeSpan.FromMilliseconds(999) },
        { "Http.MinimumRateWindow", o => o.Http.MinimumRateWindow = Timeout.InfiniteTimeSpan },
        { "Http.MinimumRateWindow", o => o.Http.MinimumRateWindow = TimeSpan.FromDays(25) },
        { "Http.WrapperName", o => o.Http.WrapperName = "a\r\nb" },
        { "Http.WrapperVersion", o => o.Http.WrapperVersion = "é" },
        { "Http.Headers['X']", o => o.Http.Headers["X"] = "a\nb" },
        { "Http.Headers['X']", o => o.Http.Headers["X"] = null! },
        { "Http.Headers['a b']", o => o.Http.Headers["a b"] = "1" },
        { "Http.Headers['Content-Type']", o => o.Http.Headers["Content-Type"] = "text/plain" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_wrong_option_is_one_clear_error(string named, Action<ClientOptions> spoil)
    {
        var options = Good();
        spoil(options);
        var error = Assert.Throws<ArgumentException>(() => new StreamingOptions().Validate(options));
        Assert.StartsWith(named + " ", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secr", error.Message.Replace("secrets", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public void Good_options_pass_and_so_do_endless_time_limits()
    {
        var options = Good();
        options.Http.ConnectTimeout = options.Http.ResponseTimeout = Timeout.InfiniteTimeSpan;
        options.Http.Headers["X-Team"] = "one two";
        new StreamingOptions { ReadTimeout = Timeout.InfiniteTimeSpan }.Validate(options);
        new PollingOptions().Validate(options);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(long.MinValue)]
    [InlineData(2_147_483_592)]
    [InlineData(long.MaxValue)]
    public void The_largest_event_is_one_that_memory_can_hold(long bytes)
    {
        var error = Assert.Throws<ArgumentException>(() => new StreamingOptions { MaxEventBytes = bytes }.Validate(Good()));
        Assert.StartsWith($"Streaming's MaxEventBytes is {bytes}:", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_limits_of_what_a_service_sends_may_be_at_their_ends()
    {
        foreach (var (bytes, rate, window) in new[] { (1L, 0, TimeSpan.FromSeconds(1)), (Array.MaxLength, int.MaxValue, TimeSpan.FromDays(24)) })
        {
            var options = Good();
            (options.Http.MinimumBytesPerSecond, options.Http.MinimumRateWindow) = (rate, window);
            new StreamingOptions { MaxEventBytes = bytes }.Validate(options);
        }
    }

    [Fact]
    public void An_offline_client_needs_no_key()
    {
        var options = Good();
        (options.SdkKey, options.Offline) = ("", true);
        new StreamingOptions().Validate(options);
    }

    [Fact]
    public void The_longest_reconnect_delay_is_not_shorter_than_the_first()
    {
        var streaming = new StreamingOptions { InitialReconnectDelay = TimeSpan.FromSeconds(5), MaxReconnectDelay = TimeSpan.FromSeconds(2) };
        Assert.Contains("MaxReconnectDelay", Assert.Throws<ArgumentException>(() => streaming.Validate(Good())).Message, StringComparison.Ordinal);
    }

    private static ClientOptions Good() => new() { SdkKey = "sdk-1" };
}
