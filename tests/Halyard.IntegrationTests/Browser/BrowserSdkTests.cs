using System.Text.Json.Nodes;
using Halyard.Cli;
using Halyard.Model;
using Halyard.Tests.Support;

namespace Halyard.IntegrationTests.Browser;

/// <summary>The SDKs for browsers, in a real browser, on a page of another site than the server's.</summary>
public sealed class BrowserSdkTests
{
    private const string Env = "client-side-1";
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("older", false)]
    [InlineData("older", true)]
    [InlineData("newer", false)]
    [InlineData("newer", true)]
    public async Task A_browser_initialises_hears_of_a_change_and_identifies(string sdk, bool useReport)
    {
        await using var server = await ServeAsync(new() { ClientSideId = Env });
        await using var run = await ClientRun.InApplicationAsync(sdk, TaskOf(server, useReport: useReport));

        var ready = await run.HearAsync("ready");
        Assert.Equal(["browser", "json", "rule"], ready.GetProperty("all").EnumerateObject().Select(static flag => flag.Name).Order());
        var rule = ready.GetProperty("details").GetProperty("rule");
        Assert.Equal("members", rule.GetProperty("value").GetString());
        Assert.Equal(1, rule.GetProperty("variationIndex").GetInt32());
        Assert.Equal("RULE_MATCH", rule.GetProperty("reason").GetProperty("kind").GetString());
        Assert.Equal("r-1", rule.GetProperty("reason").GetProperty("ruleId").GetString());
        Assert.Equal("x", ready.GetProperty("all").GetProperty("json").GetProperty("a")[0].GetString());
        Assert.Equal("default", ready.GetProperty("details").GetProperty("server-only").GetProperty("value").GetString());

        await Conditions.UntilAsync(() => server.StreamCount == 1);
        server.Patch(DataKind.Flag, "browser", """{"fallthrough":{"variation":1}}""");
        Assert.False((await run.HearAsync("changed")).GetProperty("browser").GetBoolean());

        // A stream that is cut comes back, and a change meanwhile is not missed.
        server.CutStreams();
        server.Patch(DataKind.Flag, "browser", """{"fallthrough":{"variation":0}}""");
        Assert.True((await run.HearAsync("changed")).GetProperty("browser").GetBoolean());

        await run.TellAsync();
        var identified = await run.HearAsync("identified");
        Assert.Equal("others", identified.GetProperty("details").GetProperty("rule").GetProperty("value").GetString());
        await run.HearAsync("closed");
        await run.EndAsync();
        await Conditions.UntilAsync(() => server.Environments.Default.Events.Kinds.ContainsKey("summary"));
        Assert.True(server.Environments.Default.Events.Kinds["identify"] >= 1);
    }

    [Theory]
    [InlineData("older")]
    [InlineData("newer")]
    public async Task In_secure_mode_a_browser_needs_the_hash_of_its_context(string sdk)
    {
        await using var server = await ServeAsync(new() { ClientSideId = Env, SdkKey = "sdk-1", SecureMode = true });
        await using (var run = await ClientRun.InApplicationAsync(sdk, TaskOf(server)))
        {
            await run.HearAsync("failed");
        }

        var hash = server.Environments.Default.Client.SecureModeHash(Context.New("u-1"));
        await using var proven = await ClientRun.InApplicationAsync(sdk, TaskOf(server, hash));
        Assert.Equal("members", (await proven.HearAsync("ready")).GetProperty("details").GetProperty("rule").GetProperty("value").GetString());
    }

    [Theory]
    [InlineData("older")]
    [InlineData("newer")]
    public async Task An_unknown_environment_is_told_to_the_browser(string sdk)
    {
        await using var server = await ServeAsync(new() { ClientSideId = "another" });
        await using var run = await ClientRun.InApplicationAsync(sdk, TaskOf(server));
        await run.HearAsync("failed");
    }

    private static async Task<DevServer> ServeAsync(DevServerOptions options)
    {
        var server = await DevServer.StartAsync(options, Token).WaitAsync(Bound, Token);
        const string Browser = "\"clientSideAvailability\":{\"usingEnvironmentId\":true,\"usingMobileKey\":false}";
        server.Put(DataKind.Flag, "browser", $$"""{"on":true,"variations":[true,false],"fallthrough":{"variation":0},{{Browser}}}""");
        server.Put(DataKind.Flag, "json", $$$"""{"on":true,"variations":[{"a":["x"]}],"fallthrough":{"variation":0},{{{Browser}}}}""");
        server.Put(DataKind.Flag, "rule", $$"""
            {"on":true,"variations":["others","members"],"fallthrough":{"variation":0},{{Browser}},
             "rules":[{"id":"r-1","variation":1,"clauses":[{"attribute":"team","op":"in","values":["ä team"]}]}]}
            """);
        server.Put(DataKind.Flag, "server-only", """{"on":true,"variations":[1],"fallthrough":{"variation":0}}""");
        return server;
    }

    private static JsonObject TaskOf(DevServer server, string? hash = null, bool useReport = false) => new()
    {
        ["url"] = server.BaseUri.ToString().TrimEnd('/'),
        ["env"] = Env,
        ["context"] = new JsonObject { ["kind"] = "user", ["key"] = "u-1", ["team"] = "ä team" },
        ["second"] = new JsonObject { ["kind"] = "multi", ["user"] = new JsonObject { ["key"] = "u-2" }, ["org"] = new JsonObject { ["key"] = "o/?&" } },
        ["flags"] = new JsonArray("browser", "json", "rule", "server-only"),
        ["hash"] = hash,
        ["useReport"] = useReport,
    };
}
