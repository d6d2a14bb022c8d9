using System.Text.Json;
using System.Text.Json.Nodes;
using Halyard.Cli;
using Halyard.IntegrationTests.Support;
using Halyard.Model;

namespace Halyard.IntegrationTests.OpenFeature;

/// <summary>OpenFeature's own SDKs and providers, on a server and in a browser, evaluate over HTTP.</summary>
public sealed class OpenFeatureTests
{
    private const string Availability = "\"clientSideAvailability\":{\"usingEnvironmentId\":true,\"usingMobileKey\":true}";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_server_reads_flags_of_every_type_and_is_told_what_is_wrong()
    {
        await using var server = await ServeAsync(new());
        var noKey = new JsonObject { ["team"] = "x" };
        var badKind = new JsonObject { ["targetingKey"] = "u-1", ["kind"] = "no kind at all" };
        var multi = new JsonObject
        {
            ["kind"] = "multi",
            ["user"] = new JsonObject { ["targetingKey"] = "u-1", ["team"] = "beta" },
            ["org"] = new JsonObject { ["key"] = "o-1" },
        };
        await using var run = await ClientRun.StartAsync(Scenario, new()
        {
            ["url"] = Url(server),
            ["contexts"] = new JsonArray(Beta(), multi, noKey, badKind),
        });

        foreach (var _ in new[] { "single", "multi" })
        {
            AssertReads(await run.HearAsync("read"));
        }

        var unnamed = await run.HearAsync("read");
        Assert.Equal("TARGETING_KEY_MISSING", unnamed.GetProperty("bool").GetProperty("errorCode").GetString());
        Assert.False(unnamed.GetProperty("bool").GetProperty("value").GetBoolean());
        var invalid = await run.HearAsync("read");
        Assert.Equal("INVALID_CONTEXT", invalid.GetProperty("bool").GetProperty("errorCode").GetString());

        server.Patch(DataKind.Flag, "number", """{"fallthrough":{"variation":1}}""");
        await run.TellAsync();
        Assert.Equal(2.5, (await run.HearAsync("read")).GetProperty("number").GetProperty("value").GetDouble());
        await run.EndAsync();
    }

    [Fact]
    public async Task A_browser_reads_flags_of_every_type_and_hears_of_a_change_by_polling()
    {
        await using var server = await ServeAsync(new());
        await using var run = await ClientRun.InApplicationAsync("openFeature", new()
        {
            ["url"] = Url(server),
            ["context"] = Beta(),
            ["second"] = new JsonObject { ["targetingKey"] = "u-1" },
        });
        var ready = await run.HearAsync("ready");
        AssertReads(ready);

        server.Patch(DataKind.Flag, "number", """{"fallthrough":{"variation":1}}""");
        Assert.Equal(2.5, (await run.HearAsync("changed")).GetProperty("number").GetProperty("value").GetDouble());

        // The key is the same and an attribute another: the answer must be another too.
        await run.TellAsync();
        Assert.False((await run.HearAsync("identified")).GetProperty("bool").GetProperty("value").GetBoolean());
        await run.EndAsync();
    }

    [Fact]
    public async Task A_key_chooses_the_environment_and_what_may_be_seen()
    {
        await using var server = await ServeAsync(new()
        {
            Environments =
            [
                new() { Name = "one", SdkKey = "sdk-1", ClientSideId = "id-1", MobileKey = "mob-1" },
                new() { Name = "two", SdkKey = "sdk-2", ClientSideId = "id-2", MobileKey = "mob-2" },
            ],
        });
        server.Put(DataKind.Flag, "with/slashes and blanks", """{"on":true,"variations":["server"],"fallthrough":{"variation":0},"clientSideAvailability":{"usingEnvironmentId":false,"usingMobileKey":true}}""");
        Assert.Equal(("sdk-1", "server"), await SlashesAsync(server, "sdk-1"));
        Assert.Equal(("id-1", "default"), await SlashesAsync(server, "id-1"));
        Assert.Equal(("mob-1", "server"), await SlashesAsync(server, "mob-1"));
        Assert.Equal(("sdk-2", "default"), await SlashesAsync(server, "sdk-2"));
    }

    private static string Scenario => Repository.PathOf("tests", "Halyard.IntegrationTests", "OpenFeature", "server.cjs");

    private static async Task<(string Key, string Value)> SlashesAsync(DevServer server, string key)
    {
        await using var run = await ClientRun.StartAsync(Scenario, new() { ["url"] = Url(server), ["key"] = key, ["contexts"] = new JsonArray(Beta()) });
        return (key, (await run.HearAsync("read")).GetProperty("slashes").GetProperty("value").GetString()!);
    }

    private static void AssertReads(JsonElement read)
    {
        Assert.True(read.GetProperty("bool").GetProperty("value").GetBoolean());
        Assert.Equal("TARGETING_MATCH", read.GetProperty("bool").GetProperty("reason").GetString());
        Assert.Equal("0", read.GetProperty("bool").GetProperty("variant").GetString());
        Assert.Equal("rule-1", read.GetProperty("bool").GetProperty("flagMetadata").GetProperty("ruleId").GetString());
        Assert.Equal("b", read.GetProperty("string").GetProperty("value").GetString());
        Assert.Equal("STATIC", read.GetProperty("string").GetProperty("reason").GetString());
        Assert.Equal(1.5, read.GetProperty("number").GetProperty("value").GetDouble());
        Assert.Equal(3, read.GetProperty("object").GetProperty("value").GetProperty("deep")[2].GetInt32());
        Assert.Equal("DISABLED", read.GetProperty("off").GetProperty("reason").GetString());
        Assert.Equal("a", read.GetProperty("off").GetProperty("value").GetString());
        Assert.Equal("FLAG_NOT_FOUND", read.GetProperty("missing").GetProperty("errorCode").GetString());
        Assert.True(read.GetProperty("missing").GetProperty("value").GetBoolean());
        Assert.Equal("TYPE_MISMATCH", read.GetProperty("wrong").GetProperty("errorCode").GetString());
        Assert.Equal(-1, read.GetProperty("wrong").GetProperty("value").GetInt32());
    }

    private static JsonObject Beta() => new() { ["targetingKey"] = "u-1", ["team"] = "beta" };

    private static string Url(DevServer server) => server.BaseUri.ToString().TrimEnd('/');

    private static async Task<DevServer> ServeAsync(DevServerOptions options)
    {
        var server = await DevServer.StartAsync(options, Token);
        server.Put(DataKind.Flag, "bool", $$"""
            {"on":true,"variations":[true,false],"fallthrough":{"variation":1},{{Availability}},
             "rules":[{"id":"rule-1","variation":0,"clauses":[{"attribute":"team","op":"in","values":["beta"]}]}]}
            """);
        server.Put(DataKind.Flag, "string", $$"""{"on":true,"variations":["a","b"],"fallthrough":{"variation":1},{{Availability}}}""");
        server.Put(DataKind.Flag, "number", $$"""{"on":true,"variations":[1.5,2.5],"fallthrough":{"variation":0},{{Availability}}}""");
        server.Put(DataKind.Flag, "object", $$$"""{"on":true,"variations":[{"deep":[1,2,3]}],"fallthrough":{"variation":0},{{{Availability}}}}""");
        server.Put(DataKind.Flag, "off", $$"""{"on":false,"variations":["a"],"offVariation":0,"fallthrough":{"variation":0},{{Availability}}}""");
        return server;
    }
}
