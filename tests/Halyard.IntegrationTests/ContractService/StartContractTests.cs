using System.Net;
using System.Text.Json.Nodes;

namespace Halyard.IntegrationTests.ContractService;

/// <summary>What counts as a start that succeeded, and what a configuration that says little means.</summary>
public sealed class StartContractTests : IAsyncLifetime
{
    private readonly ServiceDriver _driver = new();

    public ValueTask InitializeAsync() => _driver.InitializeAsync();

    public ValueTask DisposeAsync() => _driver.DisposeAsync();

    [Theory]
    [InlineData("redis", "redis://127.0.0.1", false)]
    [InlineData("redis", "redis://127.0.0.1", true)]
    [InlineData("dynamodb", "http://127.0.0.1", false)]
    [InlineData("dynamodb", "http://127.0.0.1", true)]
    public async Task A_store_alone_that_cannot_be_reached_is_a_failed_start(string type, string address, bool newer)
    {
        var store = new JsonObject
        {
            ["store"] = new JsonObject { ["type"] = type, ["dsn"] = $"{address}:{ServerProcess.FreePorts(1)[0]}" },
            ["cache"] = new JsonObject { ["mode"] = "off" },
        };
        var configuration = newer
            ? new JsonObject { ["dataSystem"] = new JsonObject { ["storeMode"] = 0, ["store"] = new JsonObject { ["persistentDataStore"] = store } } }
            : new JsonObject { ["persistentDataStore"] = store };
        configuration["startWaitTimeMs"] = 500;
        var (status, text, _) = await _driver.SendAsync(HttpMethod.Post, "/", _driver.Body(configuration.ToJsonString()));
        Assert.Equal(HttpStatusCode.InternalServerError, status);
        Assert.StartsWith("the client did not initialize", text, StringComparison.Ordinal);
        Assert.Equal(0, _driver.Service.OpenClients);

        configuration["initCanFail"] = true;
        var client = await _driver.CreateAsync(configuration.ToJsonString());
        var answer = await _driver.RunAsync(
            client, "evaluate", """{"flagKey":"flag","context":{"kind":"user","key":"u"},"valueType":"int","defaultValue":7,"detail":true}""");
        Assert.Equal((7, "CLIENT_NOT_READY"), ((int)answer!["value"]!, (string)answer["reason"]!["errorKind"]!));
    }

    [Theory]
    [InlineData("""{}""", false)]
    [InlineData("""{"initializers":null,"synchronizers":[]}""", false)]
    [InlineData("""{"fdv1Fallback":{"baseUri":"$H/v1"}}""", true)]
    [InlineData("""{"initializers":[],"synchronizers":[],"fdv1Fallback":{"baseUri":"$H/v1"}}""", true)]
    public async Task An_empty_data_system_is_the_usual_one_with_the_fallback_that_is_given_or_none(string dataSystem, bool falls)
    {
        _driver.Harness.Data = """{"flags":{"flag":{"key":"flag","version":1,"on":false,"offVariation":0,"variations":[1],"salt":"s"}},"segments":{}}""";
        var client = await _driver.CreateAsync($$"""
            {"dataSystem":{{dataSystem}},"serviceEndpoints":{"streaming":"$H/fallback","polling":"$H/fallback"},"startWaitTimeMs":{{(falls ? 30000 : 200)}},"initCanFail":true}
            """);
        var answer = await _driver.RunAsync(client, "evaluate", """{"flagKey":"flag","context":{"kind":"user","key":"u"},"valueType":"int","defaultValue":7}""");
        Assert.Equal(falls ? 1 : 7, (int)answer!["value"]!);
        Assert.Equal(
            falls ? ["/fallback/sdk/poll", "/v1/sdk/latest-all"] : ["/fallback/sdk/poll"], _driver.Harness.Requests.Entries.Select(r => r.Path));
    }
}
