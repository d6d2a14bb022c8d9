using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Halyard.IntegrationTests.AspNetCore;

public sealed class BootstrapTests
{
    private const string Path = "/flags/bootstrap";

    private readonly TestData _data = new TestData()
        .UpdateFlagJson(Visible("theme", 1, "dark"))
        .Update(TestData.Flag("secret").VariationForAll(true));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_front_end_gets_the_flags_that_it_may_see_and_no_other()
    {
        await using var server = await StartAsync();
        using var response = await GetAsync(server);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal("no-cache, private", response.Headers.CacheControl?.ToString());
        Assert.Equal(["nosniff"], response.Headers.GetValues("X-Content-Type-Options"));
        Assert.Equal(
            """{"theme":"dark","$flagsState":{"theme":{"variation":0,"version":1}},"$valid":true}""",
            await response.Content.ReadAsStringAsync(Token));
    }

    [Fact]
    public async Task What_has_not_changed_is_not_sent_again()
    {
        await using var server = await StartAsync();
        using var first = await GetAsync(server);
        var tag = first.Headers.ETag!;
        Assert.True(tag.IsWeak);
        using var second = await GetAsync(server, tag);
        Assert.Equal((HttpStatusCode.NotModified, 0L), (second.StatusCode, second.Content.Headers.ContentLength ?? 0));
        Assert.Equal(tag, second.Headers.ETag);

        // A proxy may make the tag strong, and a client may know several.
        using var several = await GetAsync(server, new("\"other\""), new(tag.Tag));
        Assert.Equal(HttpStatusCode.NotModified, several.StatusCode);
        using var other = await GetAsync(server, new EntityTagHeaderValue("\"other\""));
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);

        _data.UpdateFlagJson(Visible("theme", 2, "light"));
        using var changed = await GetAsync(server, tag);
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        Assert.NotEqual(tag, changed.Headers.ETag);
    }

    [Theory]
    [InlineData("*", 304)]
    [InlineData("no tag at all", 200)]
    [InlineData("\"unclosed", 200)]
    public async Task Whatever_stands_in_the_header_is_answered(string known, int status)
    {
        await using var server = await StartAsync();
        Assert.Equal(status, (await server.GetAsync(Path, ("If-None-Match", known))).Status);
    }

    [Fact]
    public async Task Each_caller_gets_their_own_values()
    {
        _data.Update(TestData.Flag("secret").VariationForAll(false)).UpdateFlagJson("""
            {"key":"mine","version":1,"on":true,"variations":["others","ada's"],"fallthrough":{"variation":0},"salt":"s",
             "targets":[{"variation":1,"values":["ada"]}],"clientSideAvailability":{"usingEnvironmentId":true}}
            """);
        await using var server = await StartAsync();
        Assert.Contains("\"mine\":\"others\"", (await server.GetAsync(Path)).Body, StringComparison.Ordinal);
        using var json = JsonDocument.Parse((await server.GetAsync(Path, ("X-User", "ada"))).Body);
        Assert.Equal("ada's", json.RootElement.GetProperty("mine").GetString());
    }

    [Fact]
    public async Task Text_from_flags_cannot_end_a_script_that_holds_it()
    {
        _data.UpdateFlagJson(Visible("theme", 2, "</script>"));
        await using var server = await StartAsync();
        Assert.DoesNotContain("<", (await server.GetAsync(Path)).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_value_of_many_levels_is_sent()
    {
        var deep = new string('[', 999) + new string(']', 999);
        _data.UpdateFlagJson($$"""{"key":"deep","version":1,"on":false,"offVariation":0,"variations":[{{deep}}],"clientSideAvailability":{"usingEnvironmentId":true} }""");
        await using var server = await StartAsync();
        Assert.Contains(deep, (await server.GetAsync(Path)).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_data_the_answer_says_so_and_is_not_kept()
    {
        await using var client = Client.Create(new() { DataSystem = DataSystem.TestData(_data) });
        await using var server = await StartAsync(
            services => services.AddKeyedSingleton<IHalyardClient>("late", client), options => options.Client = "late");
        using (var early = await GetAsync(server))
        {
            Assert.Equal("""{"$flagsState":{},"$valid":false}""", await early.Content.ReadAsStringAsync(Token));
            Assert.Equal((true, null), (early.Headers.CacheControl?.NoStore, early.Headers.ETag));
        }

        await client.StartAsync(Token);
        using var late = await GetAsync(server);
        Assert.NotNull(late.Headers.ETag);
    }

    [Fact]
    public async Task Reasons_are_told_where_they_are_wanted()
    {
        await using var server = await StartAsync(configure: options => options.WithReasons = true);
        Assert.Contains("\"reason\":{\"kind\":\"OFF\"}", (await server.GetAsync(Path)).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Details_are_left_out_where_nobody_tracks_the_flag()
    {
        await using var server = await StartAsync(configure: options => options.DetailsOnlyForTrackedFlags = true);
        Assert.DoesNotContain("version", (await server.GetAsync(Path)).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_head_request_has_no_body_and_a_post_is_refused()
    {
        await using var server = await StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Head, Path);
        using var response = await server.Http.SendAsync(request, Token);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.NotNull(response.Headers.ETag);
        Assert.Equal("", await response.Content.ReadAsStringAsync(Token));
        using var posted = await server.Http.PostAsync(new Uri(Path, UriKind.Relative), null, Token);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, posted.StatusCode);
    }

    private static string Visible(string key, int version, string value) =>
        $$"""{"key":"{{key}}","version":{{version}},"on":false,"offVariation":0,"variations":["{{value}}"],"clientSideAvailability":{"usingEnvironmentId":true} }""";

    private static async Task<HttpResponseMessage> GetAsync(WebServer server, params EntityTagHeaderValue[] known)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Path);
        foreach (var tag in known)
        {
            request.Headers.IfNoneMatch.Add(tag);
        }

        return await server.Http.SendAsync(request, Token);
    }

    private Task<WebServer> StartAsync(Action<IServiceCollection>? services = null, Action<BootstrapOptions>? configure = null) => WebServer.StartAsync(
        _data,
        builder =>
        {
            builder.Services.AddHalyardContext((HttpContext http) => Context.New(http.Request.Headers["X-User"] is [{ } user] ? user : "visitor"));
            services?.Invoke(builder.Services);
        },
        app => app.MapHalyardBootstrap(configure: configure));
}
