using System.Text.Json;
using System.Text.Json.Nodes;
using Halyard.Cli;
using Halyard.IntegrationTests.Support;
using Halyard.Model;
using Halyard.Tests.Support;

namespace Halyard.IntegrationTests.Browser;

/// <summary>The page of the development server, in a real browser.</summary>
public sealed class PageTests
{
    private const string Context = """{"kind":"user","key":"u-ada","plan":"pro","country":"NZ"}""";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_person_finds_a_flag_learns_why_it_is_so_and_changes_it()
    {
        await using var server = await ServeAsync(new());
        await using var run = await OpenAsync(server, Context, "dependent");
        Assert.Equal("4", (await run.HearAsync("ready")).GetProperty("count").GetString());

        var opened = await AskAsync(run, "open", "checkout", "opened");
        Assert.Equal("Rule 2 matches, so variation 1 is served.", opened.GetProperty("words").GetString());
        var steps = string.Join('\n', opened.GetProperty("steps").EnumerateArray().Select(static step => step.GetString()));
        Assert.Contains("✗Rule 1 (staff) matches", steps, StringComparison.Ordinal);
        Assert.Contains("✗the context is in the segment \"staff\"", steps, StringComparison.Ordinal);
        Assert.Contains("✓Rule 2 (pro-abroad) matches", steps, StringComparison.Ordinal);
        Assert.Contains("✓user.plan is one of \"pro\", \"team\": it is \"pro\"", steps, StringComparison.Ordinal);
        Assert.Contains("✓user.country is not \"US\": it is \"NZ\"", steps, StringComparison.Ordinal);
        Assert.Equal("base, segment staff", opened.GetProperty("depends").GetString());
        Assert.Equal("dependent", opened.GetProperty("needed").GetString());

        // Another context, another reason.
        await AskAsync(run, "context", """{"kind":"user","key":"u-ada","plan":"free"}""", "done");
        await AskAsync(run, "until", new JsonArray("#words", "Nothing that is more particular matches"), "done");
        await AskAsync(run, "until", new JsonArray("#steps", "user.country is not \"US\": the user has no country"), "done");

        // By key, by pointer, by choosing a value; and taken back.
        await AskAsync(run, "press", "t", "done");
        await Conditions.UntilAsync(() => !Flag(server, "checkout").GetProperty("on").GetBoolean());
        await AskAsync(run, "until", new JsonArray("#words", "The flag is off"), "done");
        await AskAsync(run, "click", "#toggle", "done");
        await Conditions.UntilAsync(() => Flag(server, "checkout").GetProperty("on").GetBoolean());
        await AskAsync(run, "until", new JsonArray("#toggle", "Turn off"), "done");
        await AskAsync(run, "value", "2", "done");
        await Conditions.UntilAsync(() => Flag(server, "checkout").GetProperty("offVariation").GetInt32() == 1);
        await AskAsync(run, "until", new JsonArray("#served", "\"new\""), "done");
        await AskAsync(run, "click", "#remove", "done");
        await Conditions.UntilAsync(() => server.Repository.State.Overrides.IsEmpty);

        // What somebody else changes shows, with what it touches.
        await AskAsync(run, "search", "", "found");
        server.Patch(DataKind.Segment, "staff", """{"included":["u-ada"]}""");
        await AskAsync(run, "flash", "checkout", "done");
        await AskAsync(run, "until", new JsonArray("#changes", "segment staff is version 2; touches checkout, dependent"), "done");
        await AskAsync(run, "until", new JsonArray("#words", "Rule 1 matches"), "done");

        // Who is connected, and what arrives.
        await using var client = await Client.StartAsync(new ClientOptions { SdkKey = "k", Endpoints = ServiceEndpoints.At(server.BaseUri) }, Token);
        await AskAsync(run, "until", new JsonArray("#connections", "server, FDv1"), "done");
        server.Environments.Default.Events.Count("""[{"kind":"summary"}]"""u8);
        await AskAsync(run, "until", new JsonArray("#events", "summary 1"), "done");
        await AskAsync(run, "click", "#fault button", "done");
        Assert.True(await client.DataSourceStatus.WaitForAsync(DataSourceState.Interrupted, TimeSpan.FromSeconds(20), Token));
        Assert.Empty((await AskAsync(run, "end", "", "end")).GetProperty("foreign").EnumerateArray());
        await run.EndAsync();
    }

    [Fact]
    public async Task Ten_thousand_flags_scroll_and_filter()
    {
        const int Count = 10_000;
        await using var server = await DevServer.StartAsync(new(), Token);
        server.Repository.Apply(Enumerable.Range(0, Count).Select(i => ItemDescriptor.FromJson(
            DataKind.Flag, $"flag-{i:00000}", System.Text.Encoding.UTF8.GetBytes($$$"""{"key":"flag-{{{i:00000}}}","version":1,"on":true,"variations":["v{{{i}}}"],"fallthrough":{"variation":0},"salt":""}"""))));
        await using var run = await OpenAsync(server, Context, "v0");
        var ready = await run.HearAsync("ready");
        Assert.Equal("10000", ready.GetProperty("count").GetString());

        // Only what can be seen is in the document.
        Assert.InRange(ready.GetProperty("rows").GetInt32(), 5, 60);
        var scrolled = await AskAsync(run, "scroll", "flag-09999", "scrolled");
        Assert.InRange(scrolled.GetProperty("rows").GetInt32(), 5, 60);
        var found = await AskAsync(run, "search", "flag-0777", "found");
        Assert.Equal(("10 of 10000", "flag-07770"), (found.GetProperty("count").GetString(), found.GetProperty("first").GetString()));
        await AskAsync(run, "end", "", "end");
        await run.EndAsync();
    }

    [Theory]
    [InlineData("light", 1360, 900)]
    [InlineData("dark", 1360, 900)]
    [InlineData("light", 390, 800)]
    public async Task Every_text_can_be_read_in_every_window(string scheme, int width, int height)
    {
        await using var server = await DevServer.StartAsync(new() { Files = [Repository.PathOf("samples", "flags.json")] }, Token);
        await using var client = await Client.StartAsync(new ClientOptions { SdkKey = "k", Endpoints = ServiceEndpoints.At(server.BaseUri) }, Token);
        await using var run = await OpenAsync(server, """{"kind":"user","key":"u-ada"}""", "advanced-analytics");
        await run.HearAsync("ready");
        await AskAsync(run, "open", "winter-sale", "opened");
        await AskAsync(run, "press", "t", "done");
        await AskAsync(run, "until", new JsonArray("#changes", "winter-sale"), "done");
        await AskAsync(run, "search", "", "found");
        await AskAsync(run, "until", new JsonArray("#connections", "FDv1"), "done");
        // Where the pictures of the documentation are wanted, they are kept.
        var kept = Environment.GetEnvironmentVariable("HALYARD_PAGE_PICTURES");
        var path = Path.Combine(kept ?? Path.GetTempPath(), $"serve-{scheme}-{width}{(kept is null ? Guid.NewGuid().ToString("N") : "")}.png");
        var taken = await AskAsync(run, "picture", new JsonObject { ["scheme"] = scheme, ["width"] = width, ["height"] = height, ["path"] = path }, "taken");
        if (kept is null)
        {
            File.Delete(path);
        }

        Assert.Equal(0, taken.GetProperty("overflow").GetInt32());
        Assert.True(taken.GetProperty("contrast").GetProperty("ratio").GetDouble() >= 4.5, taken.GetProperty("contrast").GetRawText());
        await AskAsync(run, "end", "", "end");
        await run.EndAsync();
    }

    [Fact]
    public async Task With_a_key_the_page_asks_for_it_and_no_address_holds_it()
    {
        await using var server = await ServeAsync(new() { ApiKey = "page-key" });
        await using var run = await OpenAsync(server, Context, "checkout", "page-key");
        await run.HearAsync("ready");
        Assert.DoesNotContain("page-key", (await AskAsync(run, "end", "", "end")).GetProperty("url").GetString(), StringComparison.Ordinal);
        await run.EndAsync();
    }

    [Fact]
    public async Task After_a_restart_the_page_shows_what_the_server_serves_then()
    {
        int port;
        ClientRun run;
        await using (var first = await ServeAsync(new()))
        {
            port = first.BaseUri.Port;
            run = await OpenAsync(first, Context, "dependent");
            await run.HearAsync("ready");
            await AskAsync(run, "open", "other", "opened");
        }

        await using (run)
        {
            await AskAsync(run, "until", new JsonArray("#state", "The server is away"), "done");

            // At the same revision, of other content.
            await using var second = await DevServer.StartAsync(new() { Port = port }, Token);
            foreach (var key in new[] { "base", "checkout", "other", "brand-new" })
            {
                second.Put(DataKind.Flag, key, """{"on":false,"variations":["after"],"offVariation":0}""");
            }

            second.Patch(DataKind.Flag, "base", """{"on":true}""");
            Assert.Equal(5, second.Repository.Current.Revision);
            await AskAsync(run, "until", new JsonArray("#served", "\"after\""), "done");
            await AskAsync(run, "until", new JsonArray("#state", "Live"), "done");
            await AskAsync(run, "search", "", "found");
            await AskAsync(run, "until", new JsonArray("#space", "brand-new"), "done");
            await AskAsync(run, "end", "", "end");
            await run.EndAsync();
        }
    }

    [Fact]
    public async Task After_a_restart_the_page_asks_for_the_key_again()
    {
        int port;
        ClientRun run;
        await using (var first = await ServeAsync(new() { ApiKey = "page-key" }))
        {
            port = first.BaseUri.Port;
            run = await OpenAsync(first, Context, "checkout", "page-key");
            await run.HearAsync("ready");
        }

        await using (run)
        {
            await using var second = await ServeAsync(new() { Port = port, ApiKey = "page-key" });
            await AskAsync(run, "visible", "#login", "done");
            await AskAsync(run, "end", "", "end");
            await run.EndAsync();
        }
    }

    [Fact]
    public async Task An_override_that_changes_nothing_shows_and_no_number_is_rounded()
    {
        await using var server = await ServeAsync(new());
        server.Put(DataKind.Flag, "numbers", """{"on":true,"variations":[9007199254740993,1],"fallthrough":{"variation":0},"offVariation":1}""");
        await using var run = await OpenAsync(server, Context, "dependent");
        await run.HearAsync("ready");
        var revision = server.Repository.Current.Revision;
        server.Repository.SetOverride(ItemOverride.Read(DataKind.Flag, "other", "{\"value\":2}"u8.ToArray()));
        Assert.Equal(revision, server.Repository.Current.Revision);
        await AskAsync(run, "until", new JsonArray("#space", "other overridden"), "done");

        var opened = await AskAsync(run, "open", "numbers", "opened");
        Assert.Contains("9007199254740993", opened.GetProperty("served").GetString(), StringComparison.Ordinal);
        await AskAsync(run, "press", "t", "done");
        await AskAsync(run, "until", new JsonArray("#words", "The flag is off"), "done");
        Assert.Equal("[9007199254740993,1]", Flag(server, "numbers").GetProperty("variations").GetRawText());
        await AskAsync(run, "value", "1", "done");
        await Conditions.UntilAsync(() => server.Repository.State.Overrides[(DataKind.Flag, "numbers")].IsValue);
        Assert.Equal(("[9007199254740993,1]", 0), (Flag(server, "numbers").GetProperty("variations").GetRawText(), Flag(server, "numbers").GetProperty("offVariation").GetInt32()));
        await AskAsync(run, "end", "", "end");
        await run.EndAsync();
    }

    [Fact]
    public async Task The_page_is_small_and_may_load_nothing_from_elsewhere()
    {
        await using var server = await DevServer.StartAsync(new(), Token);
        using var http = new HttpClient { BaseAddress = server.BaseUri };
        var bytes = 0;
        foreach (var path in new[] { "/", "/page/page.css", "/page/page.js" })
        {
            using var answer = await http.GetAsync(new Uri(path, UriKind.Relative), Token);
            bytes += (await answer.Content.ReadAsByteArrayAsync(Token)).Length;
            var policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
            Assert.StartsWith("default-src 'none'; script-src 'self';", policy, StringComparison.Ordinal);
            Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        }

        Assert.InRange(bytes, 10_000, 200_000);
    }

    private static JsonElement Flag(DevServer server, string key)
    {
        using var json = JsonDocument.Parse(server.Repository.Current.Find(DataKind.Flag, key)!.Json!);
        return json.RootElement.Clone();
    }

    private static async Task<JsonElement> AskAsync(ClientRun run, string name, JsonNode value, string answer)
    {
        await run.TellAsync(name, value);
        return await run.HearAsync(answer);
    }

    private static Task<ClientRun> OpenAsync(DevServer server, string context, string expected, string? key = null) => ClientRun.InBrowserAsync("page.cjs", new()
    {
        ["url"] = server.BaseUri.ToString().TrimEnd('/'),
        ["context"] = context,
        ["expected"] = expected,
        ["key"] = key,
        ["viewport"] = new JsonObject { ["width"] = 1360, ["height"] = 900 },
    });

    private static async Task<DevServer> ServeAsync(DevServerOptions options)
    {
        var server = await DevServer.StartAsync(options, Token);
        server.Put(DataKind.Segment, "staff", """{"included":["u-grace"]}""");
        server.Put(DataKind.Flag, "base", """{"on":true,"variations":[true,false],"fallthrough":{"variation":0},"offVariation":1}""");
        server.Put(DataKind.Flag, "checkout", """
            {"on":true,"variations":["old","new"],"offVariation":0,"fallthrough":{"variation":0},"prerequisites":[{"key":"base","variation":0}],
             "rules":[{"id":"staff","variation":1,"clauses":[{"op":"segmentMatch","values":["staff"]}]},
                      {"id":"pro-abroad","variation":1,"clauses":[{"attribute":"plan","op":"in","values":["pro","team"]},
                                                                  {"attribute":"country","op":"in","values":["US"],"negate":true}]}]}
            """);
        server.Put(DataKind.Flag, "dependent", """
            {"on":true,"variations":[true,false],"fallthrough":{"variation":0},"offVariation":1,"prerequisites":[{"key":"checkout","variation":1}]}
            """);
        server.Put(DataKind.Flag, "other", """{"on":false,"variations":[1,2],"offVariation":1,"fallthrough":{"variation":0}}""");
        return server;
    }
}
