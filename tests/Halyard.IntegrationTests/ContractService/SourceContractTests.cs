namespace Halyard.IntegrationTests.ContractService;

/// <summary>How streams and polls go on after what a harness does to them.</summary>
public sealed class SourceContractTests : IAsyncLifetime
{
    private const string Stream = """{"streaming":{"baseUri":"$H/v1","initialRetryDelayMs":1}}""";

    private readonly ServiceDriver _driver = new();

    public async ValueTask InitializeAsync()
    {
        await _driver.InitializeAsync();
        _driver.Harness.Data = Data("first", 1);
    }

    public ValueTask DisposeAsync() => _driver.DisposeAsync();

    [Theory]
    [InlineData("put", "{")]
    [InlineData("put", """{"path":"/","data":{"flags":3}}""")]
    [InlineData("patch", """{"path":"/flags/flag"}""")]
    [InlineData("delete", """{"path":"/flags/flag"}""")]
    public async Task A_malformed_event_makes_the_stream_begin_anew(string name, string data)
    {
        var client = await _driver.CreateAsync(Stream);
        Assert.Equal("first", await ReadAsync(client));
        _driver.Harness.Data = Data("second", 2);
        Push(name, data);
        await UntilAsync(client, "second");
        Assert.Equal(2, _driver.Harness.At("/v1/all").Count);
    }

    [Theory]
    [InlineData("patch", """{"path":"/flags/flag","data":{"key":"flag","version":1,"on":false}}""")]
    [InlineData("patch", """{"path":"/other/flag","data":{"key":"flag","version":9}}""")]
    [InlineData("delete", """{"path":"/flags/flag","version":1}""")]
    [InlineData("put", """{"path":"/elsewhere","data":{"flags":{},"segments":{}}}""")]
    [InlineData("patch", """{"path":"/flags/flag","data":{"key":"flag","version":"no"}}""")]
    [InlineData("dance", "no JSON at all")]
    public async Task An_event_that_does_not_concern_the_data_is_passed_over(string name, string data)
    {
        var client = await _driver.CreateAsync(Stream);
        Push(name, data);
        Push("patch", $$"""{"path":"/flags/next","data":{{Flag("next", "there", 1)}}}""");
        await UntilAsync(client, "there", "next");
        Assert.Equal("first", await ReadAsync(client));
        Assert.Single(_driver.Harness.At("/v1/all"));
    }

    [Fact]
    public async Task Patches_deletions_and_puts_are_applied_in_turn()
    {
        var client = await _driver.CreateAsync(Stream);
        Push("patch", $$"""{"data":{{Flag("flag", "patched", 2)}},"path":"/flags/flag"}""");
        await UntilAsync(client, "patched");
        Push("delete", """{"path":"/flags/flag","version":3}""");
        await UntilAsync(client, "d");
        Push("put", $$"""{"data":{{Data("put", 1)}}}""");
        await UntilAsync(client, "put");
    }

    [Theory]
    [InlineData(400)]
    [InlineData(408)]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    public async Task A_stream_is_tried_again_after_a_passing_fault(int status)
    {
        _driver.Harness.Script = r => r.Path == "/v1/all" && _driver.Harness.At("/v1/all").Count <= 2 ? new(status) : null;
        Assert.Equal("first", await ReadAsync(await _driver.CreateAsync(Stream)));
        Assert.Equal(3, _driver.Harness.At("/v1/all").Count);
    }

    [Theory]
    [InlineData("streaming", 401)]
    [InlineData("streaming", 403)]
    [InlineData("polling", 401)]
    [InlineData("polling", 404)]
    public async Task After_a_refusal_a_source_waits_for_minutes(string source, int status)
    {
        _driver.Harness.Script = r => r.Path.StartsWith("/v1", StringComparison.Ordinal) ? new(status) : null;
        var client = await _driver.CreateAsync($$"""
            {"startWaitTimeMs":200,"initCanFail":true,"{{source}}":{"baseUri":"$H/v1","initialRetryDelayMs":1,"pollIntervalMs":1} }
            """);
        for (var i = 0; i < 20; i++)
        {
            // Each takes longer than the configured delay.
            Assert.Equal("d", await ReadAsync(client));
        }

        Assert.Single(_driver.Harness.At("/v1"));
    }

    [Theory]
    [InlineData("""{"polling":{"baseUri":"$H/v1","pollIntervalMs":1}}""", "/v1/sdk/latest-all")]
    [InlineData("""{"dataSystem":{"synchronizers":[{"polling":{"baseUri":"$H/v2","pollIntervalMs":1}}]}}""", "/v2/sdk/poll")]
    public async Task A_poll_is_not_repeated_before_the_shortest_interval_is_over(string configuration, string path)
    {
        var client = await _driver.CreateAsync(configuration);
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal("first", await ReadAsync(client));
        }

        Assert.Single(_driver.Harness.At(path));
    }

    [Fact]
    public async Task A_compressed_poll_is_understood()
    {
        var client = await _driver.CreateAsync("""{"polling":{"baseUri":"$H/gzip"}}""");
        Assert.Equal("first", await ReadAsync(client));
        Assert.Contains("gzip", Assert.Single(_driver.Harness.At("/gzip")).Headers["Accept-Encoding"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"applicationId":"ok","applicationVersion":"ok"}""", "application-id/ok application-version/ok")]
    [InlineData("""{"applicationId":"","applicationVersion":"1.2_3-b"}""", "application-version/1.2_3-b")]
    [InlineData("""{"applicationId":"ok","applicationVersion":"not ok"}""", "application-id/ok")]
    [InlineData("""{"applicationId":"ok","applicationVersion":"höchst"}""", "application-id/ok")]
    [InlineData("""{"applicationId":"1234567890123456789012345678901234567890123456789012345678901234"}""", "application-id/1234567890123456789012345678901234567890123456789012345678901234")]
    [InlineData("""{"applicationId":"12345678901234567890123456789012345678901234567890123456789012345","applicationVersion":"v"}""", "application-version/v")]
    [InlineData("""{"applicationId":null,"applicationVersion":""}""", null)]
    public async Task Tags_are_sent_when_they_can_be(string tags, string? expected)
    {
        await _driver.CreateAsync($$"""{"streaming":{"baseUri":"$H/v1"},"tags":{{tags}}}""");
        Assert.Equal(expected, Assert.Single(_driver.Harness.At("/v1/all")).Headers.GetValueOrDefault("X-LaunchDarkly-Tags"));
    }

    [Theory]
    [InlineData("""{"name":"w","version":"1"}""", "w/1")]
    [InlineData("""{"name":"w","version":""}""", "w")]
    [InlineData("""{"name":"","version":"1"}""", null)]
    [InlineData("{}", null)]
    public async Task A_wrapper_is_sent_when_it_has_a_name(string wrapper, string? expected)
    {
        await _driver.CreateAsync($$"""{"polling":{"baseUri":"$H/v1"},"wrapper":{{wrapper}}}""");
        Assert.Equal(expected, Assert.Single(_driver.Harness.At("/v1/sdk")).Headers.GetValueOrDefault("X-LaunchDarkly-Wrapper"));
    }

    private static string Flag(string key, string value, int version) =>
        $$"""{"key":"{{key}}","version":{{version}},"on":false,"offVariation":0,"variations":["{{value}}"],"salt":"s"}""";

    private static string Data(string value, int version) => $$"""{"flags":{"flag":{{Flag("flag", value, version)}}},"segments":{} }""";

    private void Push(string name, string data) => _driver.Harness.Push($"event: {name}\ndata: {data}\n\n");

    private async Task<string> ReadAsync(string client, string flag = "flag") => (string)(await _driver.RunAsync(
        client, "evaluate", $$"""{"flagKey":"{{flag}}","context":{"kind":"user","key":"u"},"valueType":"string","defaultValue":"d"}"""))!["value"]!;

    private async Task UntilAsync(string client, string value, string flag = "flag")
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (await ReadAsync(client, flag) != value)
        {
            await Task.Delay(10, limit.Token);
        }
    }
}
