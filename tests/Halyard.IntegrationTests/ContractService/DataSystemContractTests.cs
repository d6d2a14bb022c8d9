namespace Halyard.IntegrationTests.ContractService;

/// <summary>FDv2 as a harness tries it: the order to leave it, sources that hang, and every event of a stream.</summary>
public sealed class DataSystemContractTests : IAsyncLifetime
{
    private const string Streaming = "\"synchronizers\":[{\"streaming\":{\"baseUri\":\"$H/v2\",\"initialRetryDelayMs\":1}},{\"polling\":{\"baseUri\":\"$H/next\"}}]";
    private const string Polling = "\"synchronizers\":[{\"polling\":{\"baseUri\":\"$H/v2\"}},{\"polling\":{\"baseUri\":\"$H/next\"}}]";
    private const string Initializing = "\"initializers\":[{\"polling\":{\"baseUri\":\"$H/v2\"}}],\"synchronizers\":[{\"streaming\":{\"baseUri\":\"$H/next\"}}]";
    private const string Fallback = ",\"fdv1Fallback\":{\"baseUri\":\"$H/v1\"}";
    private const string Tags = ",\"tags\":{\"applicationId\":\"app\",\"applicationVersion\":\"1\"}";

    private readonly ServiceDriver _driver = new();

    public async ValueTask InitializeAsync()
    {
        await _driver.InitializeAsync();
        _driver.Harness.Data = Data("first");
    }

    public ValueTask DisposeAsync() => _driver.DisposeAsync();

    [Theory]
    [InlineData(Streaming, 200)]
    [InlineData(Polling, 200)]
    [InlineData(Initializing, 200)]
    [InlineData(Streaming, 403)]
    [InlineData(Polling, 403)]
    [InlineData(Initializing, 403)]
    [InlineData(Streaming, 503)]
    [InlineData(Polling, 503)]
    [InlineData(Initializing, 503)]
    public async Task Without_a_fallback_the_directive_halts_everything(string sources, int status)
    {
        Order(status);
        var client = await _driver.CreateAsync($$"""{"startWaitTimeMs":200,"initCanFail":true,"dataSystem":{ {{sources}} } }""");
        for (var i = 0; i < 20; i++)
        {
            // What came with the directive is served.
            Assert.Equal(status == 200 ? "first" : "d", await ReadAsync(client));
        }

        Assert.Single(_driver.Harness.Requests.Entries);
    }

    [Theory]
    [InlineData(Streaming, 200)]
    [InlineData(Polling, 200)]
    [InlineData(Initializing, 200)]
    [InlineData(Streaming, 403)]
    [InlineData(Polling, 403)]
    [InlineData(Initializing, 403)]
    public async Task The_directive_moves_to_the_fallback_for_good_with_the_same_tags_and_instance(string sources, int status)
    {
        Order(status, "older");
        var client = await _driver.CreateAsync($$"""{"dataSystem":{ {{sources + Fallback}} }{{Tags}} }""");
        await UntilAsync(client, "older");
        var requests = _driver.Harness.Requests.Entries;
        Assert.Equal("/v1/sdk/latest-all", requests[1].Path);
        Assert.Equal(2, requests.Count);
        Assert.All(requests, r => Assert.Equal("application-id/app application-version/1", r.Headers["X-LaunchDarkly-Tags"]));
        Assert.NotEmpty(Assert.Single(requests.Select(r => r.Headers["X-LaunchDarkly-Instance-Id"]).Distinct()));
        Assert.All(requests, r => Assert.Equal("sdk-key", r.Headers["Authorization"]));
    }

    [Fact]
    public async Task A_hung_synchronizer_is_left_for_the_second_however_long_the_start_may_wait()
    {
        var client = await _driver.CreateAsync("""
            {"startWaitTimeMs":30000000000,"dataSystem":{"synchronizers":[{"streaming":{"baseUri":"$H/slow"}},{"polling":{"baseUri":"$H/v2"}}]}}
            """);
        Assert.Equal("first", await ReadAsync(client));
        Assert.Equal(["/slow/sdk/stream", "/v2/sdk/poll"], _driver.Harness.Requests.Entries.Select(r => r.Path));
    }

    [Theory]
    [InlineData("heartbeat", "{}")]
    [InlineData("heart-beat", "{}")]
    [InlineData("dance", "no JSON at all")]
    [InlineData("error", """{"payloadId":"p","reason":"try again"}""")]
    public async Task An_event_that_brings_nothing_leaves_the_stream_as_it_is(string name, string data)
    {
        var client = await CreateAsync();
        Push(name, data);
        Push(Changes("second", 2));
        await UntilAsync(client, "second");
        Assert.Single(_driver.Harness.At("/v2"));
    }

    [Fact]
    public async Task An_error_takes_back_what_was_not_complete()
    {
        var client = await CreateAsync();
        Push("put-object", Item("flag", "lost", 2));
        Push("error", """{"payloadId":"p","reason":"try again"}""");
        Push("server-intent", """{"payloads":[{"id":"p","target":3,"intentCode":"xfer-changes","reason":"stale"}]}""");
        Push("put-object", Item("next", "there", 3));
        Push("payload-transferred", """{"state":"s3","version":3}""");
        await UntilAsync(client, "there", "next");
        Assert.Equal("first", await ReadAsync(client));
        Assert.Single(_driver.Harness.At("/v2"));
    }

    [Theory]
    [InlineData("goodbye", """{"reason":"restart","silent":false,"catastrophe":false}""")]
    [InlineData("goodbye", """{"reason":"restart","silent":true,"catastrophe":true}""")]
    [InlineData("put-object", "{")]
    [InlineData("payload-transferred", """{"state":3}""")]
    public async Task A_stream_begins_anew_from_the_state_it_had(string name, string data)
    {
        var client = await CreateAsync();
        Push(Changes("second", 2));
        await UntilAsync(client, "second");
        _driver.Harness.Data = Data("anew");
        Push(name, data);
        await UntilAsync(client, "anew");
        Assert.Equal(["", "?basis=s2"], _driver.Harness.At("/v2").Select(r => r.Query));
    }

    [Fact]
    public async Task A_stream_goes_on_from_what_the_initializer_brought()
    {
        var client = await _driver.CreateAsync($$$"""{"dataSystem":{"initializers":[{"polling":{"baseUri":"$H/init"}}],{{{Streaming}}} } }""");
        Assert.Equal("first", await ReadAsync(client));
        await _driver.Harness.Requests.EntryAsync(2);
        Assert.Equal([("/init/sdk/poll", ""), ("/v2/sdk/stream", "?basis=s1")], _driver.Harness.Requests.Entries.Select(r => (r.Path, r.Query)));
    }

    private static string Flag(string key, string value, int version) =>
        $$"""{"key":"{{key}}","version":{{version}},"on":false,"offVariation":0,"variations":["{{value}}"],"salt":"s"}""";

    private static string Data(string value) => $$"""{"flags":{"flag":{{Flag("flag", value, 1)}} },"segments":{} }""";

    private static string Item(string key, string value, int version) =>
        $$"""{"version":{{version}},"kind":"flag","key":"{{key}}","object":{{Flag(key, value, version)}} }""";

    private static string Event(string name, string data) => $"event: {name}\ndata: {data}\n\n";

    private static string Changes(string value, int version) =>
        Event("put-object", Item("flag", value, version)) + Event("payload-transferred", $$"""{"state":"s{{version}}","version":{{version}}}""");

    /// <summary>Everything under /v2 carries the directive, at 200 with a whole data set; FDv1 has another value.</summary>
    private void Order(int status, string older = "not to be asked for") => _driver.Harness.Script = r => r.Path switch
    {
        "/v2/sdk/stream" => new(status, status == 200 ? MockHarness.Streamed(Data("first")) : "") { IsDirective = true },
        "/v2/sdk/poll" => new(status, status == 200 ? MockHarness.Polled(Data("first")) : "") { IsDirective = true },
        "/v1/sdk/latest-all" => new(200, Data(older)),
        _ => null,
    };

    private Task<string> CreateAsync() => _driver.CreateAsync($$"""{"dataSystem":{ {{Streaming}} } }""");

    private void Push(string name, string data) => Push(Event(name, data));

    private void Push(string events) => _driver.Harness.Push(events);

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
