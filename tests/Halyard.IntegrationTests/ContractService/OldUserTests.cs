using System.Text.Json.Nodes;

namespace Halyard.IntegrationTests.ContractService;

/// <summary>Old-style users in the place of contexts, in every command that is for somebody.</summary>
public sealed class OldUserTests : IAsyncLifetime
{
    private const string User = """
        {"key":"u1","name":"N","email":"e","anonymous":false,"custom":{"plan":"pro","key":"no"},"privateAttributeNames":["email"]}
        """;

    private readonly ServiceDriver _driver = new();

    public async ValueTask InitializeAsync()
    {
        await _driver.InitializeAsync();
        _driver.Harness.Data = """
            {"flags":{"flag":{"key":"flag","version":1,"on":true,"rules":[{"id":"r","variation":1,"clauses":[{"attribute":"plan","op":"in","values":["pro"]}]}],
              "fallthrough":{"variation":0},"variations":["other","pro"],"salt":"s"}},"segments":{}}
            """.ReplaceLineEndings("");
    }

    public ValueTask DisposeAsync() => _driver.DisposeAsync();

    [Theory]
    [InlineData("""{"streaming":{"baseUri":"$H/v1"}}""")]
    [InlineData("""{"dataSystem":{"synchronizers":[{"polling":{"baseUri":"$H/v2"}}]}}""")]
    public async Task A_user_stands_for_a_context_in_every_command(string configuration)
    {
        var node = JsonNode.Parse(configuration)!;
        node["events"] = JsonNode.Parse("""{"baseUri":"$H/events"}""");
        node["hooks"] = JsonNode.Parse("""{"hooks":[{"name":"h","callbackUri":"$H/hook"}]}""");
        var client = await _driver.CreateAsync(node.ToJsonString());
        foreach (var detail in new[] { "false", "true" })
        {
            var answer = await _driver.RunAsync(client, "evaluate", $$"""{"flagKey":"flag","user":{{User}},"context":null,"valueType":"string","defaultValue":"d","detail":{{detail}}}""");
            Assert.Equal("pro", (string)answer!["value"]!);
        }

        var all = await _driver.RunAsync(client, "evaluateAll", $$"""{"user":{{User}}}""");
        Assert.Equal("pro", (string)all!["state"]!["flag"]!);
        await _driver.RunAsync(client, "identifyEvent", $$"""{"user":{{User}}}""");
        await _driver.RunAsync(client, "customEvent", $$"""{"eventKey":"bought","user":{{User}}}""");
        await _driver.RunAsync(client, "registerFlagValueChangeListener", $$"""{"listenerId":"l","flagKey":"flag","user":{{User}},"callbackUri":"$H/listen"}""");
        await _driver.RunAsync(client, "flushEvents");

        const string Expected = """{"kind":"user","key":"u1","name":"N","plan":"pro","_meta":{"redactedAttributes":["email"]}}""";
        var events = Assert.Single(_driver.Harness.At("/events/bulk")).Json.AsArray();
        Assert.Equal(["index", "identify", "custom", "summary"], events.Select(e => (string)e!["kind"]!));
        foreach (var sent in events.Take(3))
        {
            Assert.True(JsonNode.DeepEquals(JsonNode.Parse(Expected), sent!["context"]), sent.ToJsonString());
        }

        Assert.All(
            _driver.Harness.At("/hook").Where(r => r.Json["evaluationSeriesContext"] is not null),
            r => Assert.Equal("user", (string)r.Json["evaluationSeriesContext"]!["context"]!["kind"]!));
    }

    [Theory]
    [InlineData("""{"user":{"key":"Message"}}""", "aa747c502a898200f9e4fa21bac68136f886a0e27aec70ba06daf2e2a5cb5597")]
    [InlineData("""{"user":{"key":""}}""", "f9e66e179b6747ae54108f82f8ade8b3c25d76fd30afde6c395822c530196169")]
    [InlineData("""{"context":{"kind":"user","key":"Message"},"user":{"key":"other"}}""", "aa747c502a898200f9e4fa21bac68136f886a0e27aec70ba06daf2e2a5cb5597")]
    public async Task The_secure_mode_hash_is_that_of_the_key(string parameters, string expected)
    {
        var client = await _driver.CreateAsync("""{"credential":"secret","streaming":{"baseUri":"$H/v1"}}""");
        Assert.Equal(expected, (string)(await _driver.RunAsync(client, "secureModeHash", parameters))!["result"]!);
    }

    [Fact]
    public async Task A_user_without_a_key_is_evaluated_but_described_to_nobody()
    {
        var client = await _driver.CreateAsync("""{"streaming":{"baseUri":"$H/v1"},"events":{"baseUri":"$H/events"}}""");
        await _driver.RunAsync(client, "identifyEvent", """{"user":{"key":""}}""");
        var answer = await _driver.RunAsync(client, "evaluate", """{"flagKey":"flag","user":{"key":"","custom":{"plan":"pro"}},"valueType":"string","defaultValue":"d"}""");
        Assert.Equal("pro", (string)answer!["value"]!);
        await _driver.RunAsync(client, "flushEvents");
        Assert.Equal("summary", (string)Assert.Single(Assert.Single(_driver.Harness.At("/events/bulk")).Json.AsArray())!["kind"]!);
    }

    [Theory]
    [InlineData("{}", "USER_NOT_SPECIFIED")]
    [InlineData("""{"key":null}""", "USER_NOT_SPECIFIED")]
    [InlineData("""{"key":"a","name":3}""", "USER_NOT_SPECIFIED")]
    [InlineData("""{"key":"a","kind":"multi"}""", "USER_NOT_SPECIFIED")]
    [InlineData("""{"key":"a","unknown":3}""", null)]
    public async Task A_malformed_user_gets_the_default(string user, string? error)
    {
        var client = await _driver.CreateAsync("""{"streaming":{"baseUri":"$H/v1"}}""");
        var answer = await _driver.RunAsync(client, "evaluate", $$"""{"flagKey":"flag","user":{{user}},"valueType":"string","defaultValue":"d","detail":true}""");
        Assert.Equal(error is null ? "other" : "d", (string)answer!["value"]!);
        Assert.Equal(error, (string?)answer["reason"]!["errorKind"]);
        Assert.Equal(error is not null, answer["variationIndex"] is null);
    }
}
