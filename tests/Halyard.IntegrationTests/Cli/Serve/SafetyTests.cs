using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Halyard.Cli;
using Halyard.IntegrationTests.Support;
using Halyard.Model;
using Halyard.Tests.Support;

namespace Halyard.IntegrationTests.Cli;

/// <summary>Who may use the API, what it refuses, and what it says of itself.</summary>
public sealed class SafetyTests : ServeTestBase
{
    [Theory]
    [InlineData(null, "sdk-1", "sdk-1")]
    [InlineData("api-1", "sdk-1", "api-1")]
    [InlineData("api-1", null, "api-1")]
    public async Task With_a_key_the_API_is_for_those_who_know_it(string? apiKey, string? sdkKey, string expected)
    {
        var server = await StartAsync(new() { ApiKey = apiKey, SdkKey = sdkKey });
        foreach (var (authorization, status) in new[]
        {
            ("", HttpStatusCode.Unauthorized),
            ("wrong", HttpStatusCode.Unauthorized),
            (expected, HttpStatusCode.OK),
            ("Bearer " + expected, HttpStatusCode.OK),
        })
        {
            Assert.Equal(status, await AskAsync(server, HttpMethod.Get, "api/flags", ("Authorization", authorization)));
            Assert.Equal(status, await AskAsync(server, HttpMethod.Get, "api/overrides", ("Authorization", authorization)));
        }

        Assert.Equal(HttpStatusCode.OK, await AskAsync(server, HttpMethod.Get, "status"));
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(server, HttpMethod.Get, "api/flags?key=" + expected));
    }

    [Fact]
    public async Task The_key_is_exchanged_for_a_cookie_that_no_other_site_and_no_script_gets_at()
    {
        var server = await StartAsync(new() { ApiKey = "api-1" });
        Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync(server, "POST", "api/session", """{"key":"wrong"}""")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await SendAsync(server, "POST", "api/session", """{"key":7}""")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await SendAsync(server, "POST", "api/session", """{"key":"\ud800"}""")).Status);
        using var content = new StringContent("""{"key":"api-1"}""");
        using var answer = await Http(server).PostAsync(new Uri("api/session", UriKind.Relative), content, Token);
        var cookie = Assert.Single(answer.Headers.GetValues("Set-Cookie"));
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("api-1", cookie, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await AskAsync(server, HttpMethod.Get, "api/flags", ("Cookie", cookie.Split(';')[0])));
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(server, HttpMethod.Get, "api/flags", ("Cookie", cookie.Split('=')[0] + "=0")));

        // To a browser two servers of one machine are one place: the cookie of one must not take that of the other's.
        Assert.StartsWith($"halyard_session_{server.BaseUri.Port}=", cookie, StringComparison.Ordinal);

        // Another server's page on this machine has the cookie sent too.
        foreach (var (name, value, status) in new[]
        {
            ("Origin", "http://127.0.0.1:3000", HttpStatusCode.Unauthorized),
            ("Origin", server.BaseUri.GetLeftPart(UriPartial.Authority), HttpStatusCode.OK),
            ("Sec-Fetch-Site", "same-site", HttpStatusCode.Unauthorized),
            ("Sec-Fetch-Site", "same-origin", HttpStatusCode.OK),
        })
        {
            Assert.Equal((value, status), (value, await AskAsync(server, HttpMethod.Get, "api/flags", ("Cookie", cookie.Split(';')[0]), (name, value))));
        }
    }

    [Theory]
    [InlineData("cross-site", HttpStatusCode.Forbidden)]
    [InlineData("same-origin", HttpStatusCode.OK)]
    [InlineData("none", HttpStatusCode.OK)]
    public async Task A_browser_that_says_a_request_is_another_sites_is_believed(string site, HttpStatusCode expected)
    {
        var server = await StartAsync();
        Assert.Equal(expected, await AskAsync(server, HttpMethod.Get, "api/flags", ("Sec-Fetch-Site", site)));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(server, HttpMethod.Get, "sdk/goals/e", ("Sec-Fetch-Site", site)));
    }

    [Theory]
    [InlineData("*", false, null, "--allow-remote")]
    [InlineData("0.0.0.0", true, null, "--sdk-key")]
    [InlineData("::", true, null, "--sdk-key")]
    public async Task Other_machines_are_let_in_on_purpose_alone_and_never_without_a_key(string host, bool allowed, string? key, string expected)
    {
        var error = await Assert.ThrowsAsync<CliException>(() => DevServer.StartAsync(new() { Host = host, AllowRemote = allowed, SdkKey = key }, Token));
        Assert.Equal(ExitCode.Usage, error.Code);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_other_machines_can_reach_has_a_key_of_every_kind_or_none_that_opens()
    {
        var server = await StartAsync(new() { Host = "*", AllowRemote = true, SdkKey = "sdk-1" });
        foreach (var (path, status) in new[]
        {
            ("sdk/evalx/any/contexts/eyJrZXkiOiJ1In0", HttpStatusCode.NotFound),
            ("msdk/evalx/contexts/eyJrZXkiOiJ1In0", HttpStatusCode.Unauthorized),
            ("sdk/latest-all", HttpStatusCode.Unauthorized),
            ("status", HttpStatusCode.Unauthorized),
        })
        {
            Assert.Equal((path, status), (path, await AskAsync(server, HttpMethod.Get, path, ("Authorization", "any"))));
        }

        using var content = new StringContent("""{"context":{"targetingKey":"u"}}""");
        using var answer = await Http(server).PostAsync(new Uri("ofrep/v1/evaluate/flags", UriKind.Relative), content, Token);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [Fact]
    public async Task A_name_lets_nobody_in_from_another_machine_and_every_environment_needs_a_key()
    {
        var named = new EnvironmentOptions { Name = "staging", DefaultKey = "staging", EnvironmentId = "staging" };
        var other = new EnvironmentOptions { Name = "mine", DefaultKey = "mine", EnvironmentId = "mine", SdkKey = "sdk-1" };
        var error = await Assert.ThrowsAsync<CliException>(() => DevServer.StartAsync(new() { Host = "*", AllowRemote = true, Environments = [other, named] }, Token));
        Assert.Contains("--sdk-key of staging", error.Message, StringComparison.Ordinal);
        error = await Assert.ThrowsAsync<CliException>(() => DevServer.StartAsync(new() { Host = "*", AllowRemote = true, Environments = [other, named with { SdkKey = "mine" }] }, Token));
        Assert.Contains("no secrets", error.Message, StringComparison.Ordinal);
        error = await Assert.ThrowsAsync<CliException>(() => DevServer.StartAsync(
            new() { Host = "*", AllowRemote = true, ApiKey = "id-1", Environments = [other with { ClientSideId = "id-1" }] }, Token));
        Assert.Contains("--api-key", error.Message, StringComparison.Ordinal);

        var server = await StartAsync(new() { Host = "*", AllowRemote = true, Environments = [other, named with { SdkKey = "sdk-2" }] });
        foreach (var (path, key) in new[]
        {
            ("sdk/latest-all", "staging"), ("sdk/latest-all", "mine"), ("all", "mine"), ("sdk/poll", "mine"), ("api/flags", "mine"), ("status", "staging"),
            ("msdk/evalx/contexts/eyJrZXkiOiJ1In0", "mine"), ("msdk/evalx/contexts/eyJrZXkiOiJ1In0", "staging"), ("mping", "mine"),
        })
        {
            Assert.Equal((path, HttpStatusCode.Unauthorized), (path, await AskAsync(server, HttpMethod.Get, path, ("Authorization", key))));
        }

        Assert.Equal(HttpStatusCode.NotFound, await AskAsync(server, HttpMethod.Get, "sdk/evalx/staging/contexts/eyJrZXkiOiJ1In0"));
        Assert.Equal(HttpStatusCode.NotFound, await AskAsync(server, HttpMethod.Get, "ping/mine"));
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(server, HttpMethod.Post, "ofrep/v1/evaluate/flags", ("X-API-Key", "staging")));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(server, HttpMethod.Get, "sdk/latest-all", ("Authorization", "sdk-2")));
    }

    [Fact]
    public async Task On_this_machine_alone_an_environment_goes_by_its_name()
    {
        var server = await StartAsync(new()
        {
            Environments = [new() { Name = "one", DefaultKey = "one" }, new() { Name = "two", DefaultKey = "two", SdkKey = "sdk-2" }],
        });
        foreach (var (path, key, status) in new[]
        {
            ("sdk/latest-all", "one", HttpStatusCode.OK),
            ("sdk/latest-all", "two", HttpStatusCode.Unauthorized),
            ("sdk/latest-all", "sdk-2", HttpStatusCode.OK),
            ("msdk/evalx/contexts/eyJrZXkiOiJ1In0", "two", HttpStatusCode.OK),
            ("sdk/evalx/two/contexts/eyJrZXkiOiJ1In0", "", HttpStatusCode.OK),

            // One key that was given is enough to close the API.
            ("api/flags", "one", HttpStatusCode.Unauthorized),
            ("api/flags", "sdk-2", HttpStatusCode.OK),
        })
        {
            Assert.Equal((path, key, status), (path, key, await AskAsync(server, HttpMethod.Get, path, ("Authorization", key))));
        }
    }

    [Theory]
    [InlineData("PUT", "api/flags/a", "{\"salt\":\"\\ud800\"}")]
    [InlineData("PATCH", "api/flags/a", "{\"salt\":\"\\ud800\"}")]
    [InlineData("PATCH", "api/flags/a", "{\"\\ud800\":1}")]
    [InlineData("PUT", "api/flags/a", "{\"\\ud800\":1}")]
    [InlineData("PUT", "api/flags/%FF", "{}")]
    [InlineData("PUT", "api/flags/", "{}")]
    [InlineData("PUT", "api/flags/a%0Ab", "{}")]
    [InlineData("PUT", "api/flags/a", "nonsense")]
    [InlineData("PUT", "api/segments/s", "[]")]
    [InlineData("POST", "api/faults", "{\"kind\":\"\\ud800\"}")]
    [InlineData("POST", "api/faults", "{\"\\ud800\":1}")]
    public async Task What_is_no_request_is_answered_400_in_JSON_and_changes_nothing(string method, string path, string body)
    {
        var server = await StartAsync();
        server.Put(DataKind.Flag, "a", FlagA);
        var (status, answer) = await SendAsync(server, method, path, body);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.NotEmpty(answer.GetProperty("error").GetString()!);
        Assert.Equal(1, server.Repository.Current.Revision);
    }

    [Fact]
    public async Task A_reader_that_takes_nothing_is_cut_and_others_get_on()
    {
        var server = await StartAsync();
        server.Put(DataKind.Segment, "big", $$"""{"included":["{{new string('x', 32 * 1024 * 1024)}}"]}""");
        using var stalled = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        await stalled.ConnectAsync(IPAddress.Loopback, server.BaseUri.Port, Token);
        await stalled.SendAsync(Encoding.ASCII.GetBytes("GET /all HTTP/1.1\r\nHost: localhost\r\nAuthorization: k\r\n\r\n"), Token);
        await Conditions.UntilAsync(() => server.StreamCount == 1);
        await using (var other = await OpenAsync(server, path: "all"))
        {
            Assert.Equal("put", (await other.NextAsync()).Name);
        }

        await Conditions.UntilAsync(() =>
        {
            Time.Advance(EventStreamHub.StallLimit);
            return server.StreamCount == 0;
        });
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_page_that_takes_nothing_is_cut_however_much_happens(bool muchHappens)
    {
        var server = await StartAsync();
        var served = server.Environments.Default;
        using var stalled = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        await stalled.ConnectAsync(IPAddress.Loopback, server.BaseUri.Port, Token);
        await stalled.SendAsync(Encoding.ASCII.GetBytes("GET /api/live HTTP/1.1\r\nHost: localhost\r\n\r\n"), Token);
        await Conditions.UntilAsync(() => served.PageCount == 1);
        var round = 0;
        await Conditions.UntilAsync(() =>
        {
            // A hundred keys of 300 letters for each change, until the socket takes no more; then some time, or still more changes.
            if (round++ < 200 || muchHappens)
            {
                server.Repository.Apply(Enumerable.Range(0, 100).Select(i => ItemDescriptor.FromJson(
                    DataKind.Segment, new string('k', 300) + i, Encoding.UTF8.GetBytes($$"""{"key":"k","version":1,"included":["{{round}}"]}"""))));
            }
            else
            {
                Time.Advance(EventStreamHub.StallLimit);
            }

            return served.PageCount == 0;
        });
    }

    [Fact]
    public async Task The_API_is_described_and_the_description_is_valid_and_complete()
    {
        var server = await StartAsync();
        using var answer = await GetAsync(server, "api/openapi.json");
        var text = await answer.Content.ReadAsStringAsync(Token);
        await using var run = await ClientRun.StartAsync(
            Repository.PathOf("tests", "Halyard.IntegrationTests", "Cli", "Serve", "openapi.cjs"), new JsonObject { ["document"] = JsonNode.Parse(text) });
        var verdict = await run.HearAsync("verdict");
        Assert.True(verdict.GetProperty("valid").GetBoolean(), verdict.GetRawText());
        var described = JsonNode.Parse(text)!["paths"]!.AsObject()
            .SelectMany(static path => path.Value!.AsObject().Where(static part => part.Key != "parameters").Select(part => $"{part.Key.ToUpperInvariant()} {path.Key}"));
        Assert.Equal(server.ApiRoutes().Order(StringComparer.Ordinal), described.Order(StringComparer.Ordinal));
    }

    private static async Task<HttpStatusCode> AskAsync(DevServer server, HttpMethod method, string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, new Uri(server.BaseUri, path));
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var http = new HttpClient(new SocketsHttpHandler { UseCookies = false });
        using var answer = await http.SendAsync(request, Token);
        return answer.StatusCode;
    }
}
