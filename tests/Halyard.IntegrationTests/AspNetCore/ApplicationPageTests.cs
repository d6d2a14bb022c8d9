using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Halyard.IntegrationTests.AspNetCore;

/// <summary>The page that shows people an application's own flags: who sees it, what it tells, what it lets change.</summary>
public sealed class ApplicationPageTests
{
    private const string User = """{"kind":"user","key":"u-ada","plan":"pro"}""";
    private const string Checkout = """
        {"key":"checkout","version":3,"on":true,"variations":["old","new",9007199254740993],"offVariation":0,"fallthrough":{"variation":0},"salt":"",
         "rules":[{"id":"pro","variation":1,"clauses":[{"attribute":"plan","op":"in","values":["pro"]}]}]}
        """;

    private readonly TestData _data = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Production")]
    [InlineData("Staging")]
    [InlineData("Test")]
    public async Task Outside_of_development_there_is_no_page_unless_it_is_asked_for(string environment)
    {
        await using var server = await StartAsync(static app => app.MapHalyardPage(), environment);
        foreach (var path in new[] { "flags", "flags/", "flags/page/page.js", "flags/status", "flags/api/flags", "flags/api/live" })
        {
            Assert.Equal((path, 404), (path, (await server.GetAsync(path)).Status));
        }
    }

    [Fact]
    public async Task Outside_of_development_a_page_that_demands_nothing_ends_the_start()
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => StartAsync(static app => app.MapHalyardPage(configure: static page => page.OutsideDevelopment = true), "Production"));
        Assert.Contains("RequireAuthorization", error.Message, StringComparison.Ordinal);
        await using var open = await StartAsync(static app => app.MapHalyardPage(configure: static page => page.OutsideDevelopment = true).WithMetadata(new Microsoft.AspNetCore.Authorization.AllowAnonymousAttribute()), "Production");
        Assert.Equal(200, (await open.GetAsync("flags/api/flags")).Status);
    }

    [Theory]
    [InlineData("Production")]
    [InlineData("Development")]
    public async Task Every_part_of_the_page_is_behind_the_authorization_that_it_is_given(string environment)
    {
        await using var server = await StartAsync(
            static app =>
            {
                app.UseAuthentication();
                app.UseAuthorization();
                app.MapHalyardPage("/admin/flags", static page => (page.OutsideDevelopment, page.AllowOverrides) = (true, true)).RequireAuthorization();
            },
            environment);
        foreach (var path in new[] { "", "/", "/page/page.js", "/page/page.css", "/status", "/api/flags", "/api/flags/checkout", "/api/segments", "/api/overrides", "/api/live" })
        {
            Assert.Equal((path, 401), (path, (await server.GetAsync("admin/flags" + path)).Status));
        }

        foreach (var (method, path) in new[] { ("POST", "evaluations"), ("POST", "explanations/checkout"), ("PUT", "overrides/flags/checkout"), ("DELETE", "overrides/flags/checkout") })
        {
            Assert.Equal((path, 401), (path, (await SendAsync(server, method, "admin/flags/api/" + path, "{}")).Status));
        }
    }

    /// <summary>A site can have its own name lead to a developer's machine, and its page then ask what the browser takes for that site.</summary>
    [Theory]
    [InlineData("flags.attacker.example", 403)]
    [InlineData("localhost.attacker.example", 403)]
    [InlineData("localhost:1", 200)]
    [InlineData("shop.localhost", 200)]
    [InlineData("[::1]:80", 200)]
    [InlineData("192.0.2.7", 200)]
    public async Task Without_authorization_the_page_answers_by_names_alone_that_no_stranger_can_choose(string host, int status)
    {
        await using var server = await StartAsync(static app => app.MapHalyardPage(), "Development");
        Assert.Equal(status, (await server.GetAsync("flags/api/flags", ("Host", host))).Status);
        await using var named = await StartAsync(static app => app.MapHalyardPage().RequireHost("flags.attacker.example"), "Development");
        Assert.Equal(200, (await named.GetAsync("flags/api/flags", ("Host", "flags.attacker.example"))).Status);
    }

    [Fact]
    public async Task It_tells_values_and_reasons_and_changes_nothing()
    {
        await using var server = await StartAsync(static app => app.MapHalyardPage(), "Development");
        Assert.Equal(302, (await server.GetAsync("flags")).Status);
        Assert.Contains("src=\"page/page.js\"", (await server.GetAsync("flags/")).Body, StringComparison.Ordinal);
        Assert.Contains("9007199254740993", (await server.GetAsync("flags/api/flags/checkout")).Body, StringComparison.Ordinal);
        Assert.Equal(404, (await server.GetAsync("flags/api/flags/none")).Status);
        using var status = JsonDocument.Parse((await server.GetAsync("flags/status")).Body);
        Assert.False(status.RootElement.GetProperty("page").GetProperty("edits").GetBoolean());
        var (_, values) = await SendAsync(server, "POST", "flags/api/evaluations", User);
        Assert.Equal("new", values.GetProperty("checkout").GetProperty("value").GetString());
        var (_, why) = await SendAsync(server, "POST", "flags/api/explanations/checkout", User);
        Assert.Equal("Rule 1 matches, so variation 1 is served.", why.GetProperty("words").GetString());
        Assert.Equal(404, (await SendAsync(server, "POST", "flags/api/explanations/none", User)).Status);
        Assert.Equal(400, (await SendAsync(server, "POST", "flags/api/evaluations", "{}")).Status);
        Assert.Equal(413, (await SendAsync(server, "POST", "flags/api/evaluations", new string(' ', 1024 * 1024 + 1))).Status);
        foreach (var method in new[] { "PUT", "DELETE" })
        {
            Assert.InRange(await StatusAsync(server, method, "flags/api/overrides/flags/checkout", """{"on":false}"""), 404, 405);
        }

        Assert.Equal("{\"flags\":{},\"segments\":{}}", (await server.GetAsync("flags/api/overrides")).Body);
    }

    [Fact]
    public async Task Where_it_may_it_turns_flags_of_this_process_and_nobody_elses_page_does()
    {
        await using var server = await StartAsync(static app => app.MapHalyardPage(configure: static page => page.AllowOverrides = true), "Development");
        const string Path = "flags/api/overrides/flags/checkout";
        foreach (var (name, value, status) in new[]
        {
            ("Origin", "https://elsewhere.example", 403), ("Origin", "null", 403), ("Sec-Fetch-Site", "cross-site", 403), ("Sec-Fetch-Site", "same-site", 403),
            ("Sec-Fetch-Site", "same-origin", 200), ("Origin", server.Http.BaseAddress!.GetLeftPart(UriPartial.Authority), 200),
        })
        {
            Assert.Equal((value, status), (value, await StatusAsync(server, "PUT", Path, """{"on":false}""", (name, value))));
        }

        var (_, values) = await SendAsync(server, "POST", "flags/api/evaluations", User);
        Assert.Equal("old", values.GetProperty("checkout").GetProperty("value").GetString());
        Assert.Equal("{\"flags\":{\"checkout\":{}},\"segments\":{}}", (await server.GetAsync("flags/api/overrides")).Body);
        Assert.Equal(200, (await SendAsync(server, "PUT", Path, """{"variation":2}""")).Status);
        Assert.Contains("9007199254740993", (await server.GetAsync("flags/api/flags/checkout")).Body, StringComparison.Ordinal);
        (_, values) = await SendAsync(server, "POST", "flags/api/evaluations", User);
        Assert.Equal("9007199254740993", values.GetProperty("checkout").GetProperty("value").GetRawText());
        foreach (var body in new[] { "", "[]", "{}", """{"on":1}""", """{"variation":3}""", """{"variation":-1}""", """{"on":true,"variation":1}""", """{"\ud800":1}""" })
        {
            Assert.Equal((body, 400), (body, await StatusAsync(server, "PUT", Path, body)));
        }

        Assert.Equal(200, await StatusAsync(server, "DELETE", Path, null));
        Assert.Equal(404, await StatusAsync(server, "DELETE", Path, null));
        (_, values) = await SendAsync(server, "POST", "flags/api/evaluations", User);
        Assert.Equal("new", values.GetProperty("checkout").GetProperty("value").GetString());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_person_looks_at_it_in_a_browser(bool mayEdit)
    {
        await using var server = await StartAsync(app => app.MapGroup("/admin").MapHalyardPage("flags", page => page.AllowOverrides = mayEdit), "Development");
        await using var run = await ClientRun.InBrowserAsync("page.cjs", new()
        {
            ["url"] = server.Http.BaseAddress!.ToString() + "admin/flags",
            ["context"] = User,
            ["expected"] = "new",
            ["key"] = null,
            ["viewport"] = new JsonObject { ["width"] = 1360, ["height"] = 900 },
        });
        Assert.Equal("1", (await run.HearAsync("ready")).GetProperty("count").GetString());
        Assert.Equal("Rule 1 matches, so variation 1 is served.", (await AskAsync(run, "open", "checkout", "opened")).GetProperty("words").GetString());

        // What somebody else changes shows; a key that turns flags does so where that is allowed.
        _data.UpdateFlagJson(Checkout.Replace("\"new\"", "\"newest\"", StringComparison.Ordinal).Replace("\"version\":3", "\"version\":4", StringComparison.Ordinal));
        await AskAsync(run, "until", new JsonArray("#served", "newest"), "done");
        await AskAsync(run, "until", new JsonArray("#changes", "flag checkout changed"), "done");
        await AskAsync(run, "press", "t", "done");
        if (mayEdit)
        {
            await AskAsync(run, "until", new JsonArray("#words", "The flag is off"), "done");
            await AskAsync(run, "click", "#remove", "done");
        }

        await AskAsync(run, "until", new JsonArray("#words", "Rule 1 matches"), "done");
        Assert.Empty((await AskAsync(run, "end", "", "end")).GetProperty("foreign").EnumerateArray());
        await run.EndAsync();
    }

    private static async Task<JsonElement> AskAsync(ClientRun run, string name, JsonNode value, string answer)
    {
        await run.TellAsync(name, value);
        return await run.HearAsync(answer);
    }

    private static async Task<int> StatusAsync(WebServer server, string method, string path, string? body, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json") };
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var answer = await server.Http.SendAsync(request, Token);
        return (int)answer.StatusCode;
    }

    private static async Task<(int Status, JsonElement Body)> SendAsync(WebServer server, string method, string path, string body)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        using var answer = await server.Http.SendAsync(request, Token);
        var text = await answer.Content.ReadAsStringAsync(Token);
        using var json = JsonDocument.Parse(text.Length == 0 ? "null" : text);
        return ((int)answer.StatusCode, json.RootElement.Clone());
    }

    private Task<WebServer> StartAsync(Action<WebApplication> map, string environment)
    {
        _data.UpdateFlagJson(Checkout);
        return WebServer.StartAsync(
            _data,
            static builder =>
            {
                builder.Services.AddHalyardContext();
                builder.Services.AddAuthentication("none").AddScheme<Microsoft.AspNetCore.Authentication.AuthenticationSchemeOptions, NobodyHandler>("none", null);
                builder.Services.AddAuthorization();
            },
            map,
            environment);
    }
}
