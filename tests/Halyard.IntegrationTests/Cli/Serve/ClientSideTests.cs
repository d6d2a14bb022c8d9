using System.Net;
using System.Text;
using System.Text.Json;
using Halyard.Cli;
using Halyard.Model;

namespace Halyard.IntegrationTests.Cli;

/// <summary>What client-side SDKs and OpenFeature's clients are answered, looked at byte by byte.</summary>
public sealed class ClientSideTests : ServeTestBase
{
    private const string Visible = "\"clientSideAvailability\":{\"usingEnvironmentId\":true,\"usingMobileKey\":false}";

    [Fact]
    public async Task Each_kind_of_client_sees_the_flags_that_are_for_it()
    {
        var server = await ServeAsync();
        Assert.Equal(["browser", "dependent", "old"], await KeysAsync(server, "sdk/evalx/any/contexts/" + Encode("""{"key":"u"}""")));
        Assert.Equal(["dependent", "mobile", "old", "plain"], await KeysAsync(server, "msdk/evalx/users/" + Encode("""{"key":"u"}""")));
        Assert.Equal(["browser", "dependent", "mobile", "old", "plain"], await KeysAsync(server, "sdk/evalx/contexts/" + Encode("""{"key":"u"}""")));
    }

    [Fact]
    public async Task A_flag_is_told_with_all_that_events_need()
    {
        var server = await ServeAsync();
        server.Patch(DataKind.Flag, "browser", """{"trackEvents":true,"debugEventsUntilDate":4102444800000}""");
        var (_, plain) = await SendAsync(server, "GET", "sdk/evalx/any/contexts/" + Encode("""{"kind":"user","key":"u"}"""));
        Assert.Equal("""{"value":"x","variation":0,"version":2,"trackEvents":true,"debugEventsUntilDate":4102444800000}""", plain.GetProperty("browser").GetRawText());
        Assert.Equal("""{"value":null,"variation":null,"version":1}""", plain.GetProperty("old").GetRawText());
        Assert.Equal("""{"value":1,"variation":0,"version":1,"prerequisites":["plain"]}""", plain.GetProperty("dependent").GetRawText());
        var (_, reasons) = await SendAsync(server, "GET", "sdk/evalx/any/contexts/" + Encode("""{"kind":"user","key":"u"}""") + "?h=x&withReasons=true");
        Assert.Equal("""{"kind":"OFF"}""", reasons.GetProperty("old").GetProperty("reason").GetRawText());
    }

    [Theory]
    [InlineData("sdk/evalx/any/contexts/!!!", HttpStatusCode.BadRequest)]
    [InlineData("sdk/evalx/any/contexts/e30", HttpStatusCode.BadRequest)]
    [InlineData("eval/any/e30", HttpStatusCode.BadRequest)]
    [InlineData("meval/e30", HttpStatusCode.BadRequest)]
    [InlineData("sdk/evalx/any/contexts/eyJrZXkiOiLvv70ifQ==", HttpStatusCode.OK)]
    [InlineData("sdk/goals/any", HttpStatusCode.OK)]
    public async Task Contexts_are_read_as_generously_as_a_client_reads_them_and_no_more(string path, HttpStatusCode expected)
    {
        var server = await ServeAsync();
        var (status, body) = await SendAsync(server, "GET", path);
        Assert.Equal(expected, status);
        Assert.True(status == HttpStatusCode.OK || body.GetProperty("error").GetString()!.Length > 10);
    }

    [Fact]
    public async Task Half_of_a_surrogate_pair_in_a_context_keeps_nobody_from_an_answer()
    {
        var server = await ServeAsync();
        const string Context = """{"kind":"user","key":"\ud800","a\udc00":"\ud800"}""";
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(server, "GET", "sdk/evalx/any/contexts/" + Encode(Context))).Status);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(server, "REPORT", "msdk/evalx/context", Context)).Status);
        var (status, body) = await SendAsync(server, "POST", "ofrep/v1/evaluate/flags/plain", """{"context":{"targetingKey":"\ud800","x":"\udc00"}}""");
        Assert.Equal((HttpStatusCode.OK, 1), (status, body.GetProperty("value").GetInt32()));
        (status, body) = await SendAsync(server, "POST", "ofrep/v1/evaluate/flags/plain", """{"context":{"targetingKey":"u","kind":"\ud800"}}""");
        Assert.Equal((HttpStatusCode.BadRequest, "INVALID_CONTEXT"), (status, body.GetProperty("errorCode").GetString()));
    }

    [Theory]
    [InlineData("sdk/evalx/any/contexts/")]
    [InlineData("sdk/evalx/contexts/")]
    [InlineData("msdk/evalx/users/")]
    public async Task A_context_is_read_in_either_alphabet_of_base64(string path)
    {
        var server = await ServeAsync();
        const string Context = """{"kind":"user","key":"??>>??>>~~~~","vip":true}""";
        var plain = Convert.ToBase64String(Encoding.UTF8.GetBytes(Context));
        Assert.Contains('/', plain);
        foreach (var encoded in new[] { plain, plain.Replace("/", "%2F", StringComparison.Ordinal), plain.Replace("/", "%2f", StringComparison.Ordinal).Replace("+", "%2B", StringComparison.Ordinal), Encode(Context) })
        {
            Assert.Equal((encoded, HttpStatusCode.OK), (encoded, (await SendAsync(server, "GET", path + encoded)).Status));
        }
    }

    [Theory]
    [InlineData("x-launchdarkly-user-agent, x-something-new", "x-launchdarkly-user-agent, x-something-new")]
    [InlineData(null, "X-LaunchDarkly-User-Agent")]
    [InlineData("a\tb", "X-LaunchDarkly-User-Agent")]
    public async Task A_page_may_send_the_headers_that_its_SDK_asks_for(string? asked, string expected)
    {
        var server = await ServeAsync();
        using var request = new HttpRequestMessage(HttpMethod.Options, "sdk/evalx/any/contexts/e30");
        request.Headers.TryAddWithoutValidation("Origin", "https://shop.example");
        request.Headers.TryAddWithoutValidation("Access-Control-Request-Headers", asked);
        using var answer = await Http(server).SendAsync(request, Token);
        Assert.Contains(expected, string.Join(", ", answer.Headers.GetValues("Access-Control-Allow-Headers")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_report_needs_its_type_and_has_an_end()
    {
        var server = await ServeAsync();
        using var request = new HttpRequestMessage(new HttpMethod("REPORT"), "sdk/evalx/any/context") { Content = new StringContent("""{"key":"u"}""", Encoding.UTF8, "text/plain") };
        using var answer = await Http(server).SendAsync(request, Token);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, answer.StatusCode);
        var (status, _) = await SendAsync(server, "REPORT", "sdk/evalx/any/context", $$"""{"key":"{{new string('x', 1024 * 1024)}}"}""");
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, status);
    }

    [Theory]
    [InlineData("sdk/evalx/any/contexts/e30", "https://shop.example", true)]
    [InlineData("events/bulk/any", "https://shop.example", true)]
    [InlineData("ofrep/v1/evaluate/flags", "https://shop.example", true)]
    [InlineData("api/flags", "https://shop.example", false)]
    [InlineData("sdk/latest-all", "https://shop.example", false)]
    public async Task Pages_of_other_sites_may_ask_for_what_they_need_and_for_nothing_else(string path, string origin, bool isAllowed)
    {
        var server = await ServeAsync();
        foreach (var method in new[] { "OPTIONS", "GET" })
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), path);
            request.Headers.TryAddWithoutValidation("Origin", origin);
            request.Headers.TryAddWithoutValidation("Access-Control-Request-Headers", "x-launchdarkly-user-agent");
            using var answer = await Http(server).SendAsync(request, Token);

            // Errors too: a page would otherwise see none.
            Assert.Equal(isAllowed && (method == "OPTIONS" || path.StartsWith("sdk/evalx", StringComparison.Ordinal)), answer.Headers.Contains("Access-Control-Allow-Origin"));
            Assert.Equal(isAllowed && method == "OPTIONS", answer.Headers.Contains("Access-Control-Allow-Headers"));
            Assert.False(answer.Headers.Contains("Access-Control-Allow-Credentials"));
        }
    }

    [Theory]
    [InlineData("Origin", "https://shop.example")]
    [InlineData("Origin", "null")]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    public async Task A_page_that_guesses_sees_the_flags_that_are_for_browsers_and_no_other(string header, string value)
    {
        var server = await ServeAsync();
        foreach (var credential in new[] { "", "any", "development" })
        {
            Assert.Equal((HttpStatusCode.NotFound, "browser,dependent,old"), await OfrepAsync(server, credential, (header, value)));
            Assert.Equal((HttpStatusCode.OK, "browser,dependent,mobile,old,plain"), await OfrepAsync(server, credential));
        }

        // Mobile SDKs see almost everything that does not say otherwise; a page that guessed the key does not.
        using var request = new HttpRequestMessage(HttpMethod.Get, "msdk/evalx/contexts/" + Encode("""{"key":"u"}"""));
        request.Headers.TryAddWithoutValidation(header, value);
        using var answer = await Http(server).SendAsync(request, Token);
        Assert.Equal(["dependent", "old"], Keys(await answer.Content.ReadAsStringAsync(Token)));
    }

    [Fact]
    public async Task An_id_and_a_mobile_key_open_what_is_theirs_and_an_SDK_key_opens_all_from_a_page_too()
    {
        var server = await ServeAsync(new() { SdkKey = "sdk-1", ClientSideId = "id-1", MobileKey = "mob-1" });
        await AllSeeAsync("id-1", HttpStatusCode.NotFound, "browser,dependent,old");
        await AllSeeAsync("mob-1", HttpStatusCode.OK, "dependent,mobile,old,plain");
        await AllSeeAsync("sdk-1", HttpStatusCode.OK, "browser,dependent,mobile,old,plain");

        // What is public opens no more for being a key too, nor where other keys are open.
        server = await ServeAsync(new() { SdkKey = "same", ClientSideId = "same" });
        await AllSeeAsync("same", HttpStatusCode.NotFound, "browser,dependent,old");
        server = await ServeAsync(new() { ClientSideId = "id-1", MobileKey = "mob-1" });
        await AllSeeAsync("id-1", HttpStatusCode.NotFound, "browser,dependent,old");
        await AllSeeAsync("mob-1", HttpStatusCode.OK, "dependent,mobile,old,plain");

        async Task AllSeeAsync(string credential, HttpStatusCode status, string keys)
        {
            Assert.Equal((status, keys), await OfrepAsync(server, credential));
            Assert.Equal((status, keys), await OfrepAsync(server, credential, ("Origin", "https://shop.example")));
        }
    }

    [Fact]
    public async Task Events_are_counted_by_kind_whatever_they_are()
    {
        var server = await ServeAsync();
        foreach (var (path, body) in new[]
        {
            ("events/bulk/any", """[{"kind":"identify","context":{"kind":"user"}},{"kind":"summary","features":{}},{"kind":"summary"}]"""),
            ("events/bulk/any", """{"kind":"diagnostic-init"}"""),
            ("mobile/events", """[{"kind":7}]"""),
            ("mobile", "[{"),
            ("bulk", """[{"kind":"custom"}]"""),
        })
        {
            using var content = new StringContent(body, Encoding.UTF8, "application/json");
            using var answer = await Http(server).PostAsync(new Uri(path, UriKind.Relative), content, Token);
            Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        }

        using var point = await Http(server).GetAsync(new Uri("a/any.gif?d=" + Encode("""[{"kind":"click"}]"""), UriKind.Relative), Token);
        Assert.Equal("image/gif", point.Content.Headers.ContentType?.MediaType);
        var (_, status) = await SendAsync(server, "GET", "status");
        Assert.Equal(
            """{"click":1,"custom":1,"diagnostic-init":1,"identify":1,"other":1,"summary":2,"unreadable":1}""",
            status.GetProperty("events").GetProperty("kinds").GetRawText());
        Assert.Equal(6, status.GetProperty("events").GetProperty("payloads").GetInt32());
    }

    [Fact]
    public async Task A_stream_pings_at_the_start_and_for_each_change()
    {
        var server = await ServeAsync();
        await using var events = await OpenAsync(server, path: "meval/" + Encode("""{"key":"u"}"""));
        Assert.Equal(("ping", " "), await events.NextAsync());
        Touch(server, "plain");
        Assert.Equal(("ping", " "), await events.NextAsync());
        server.Delete(DataKind.Flag, "plain");
        Assert.Equal(("ping", " "), await events.NextAsync());
    }

    [Fact]
    public async Task All_flags_of_OpenFeature_have_a_tag_that_changes_with_context_and_flags()
    {
        var server = await ServeAsync();
        var (first, tag) = await AllAsync("""{"context":{"targetingKey":"u"}}""");
        Assert.Equal(HttpStatusCode.OK, first);
        Assert.Equal((HttpStatusCode.NotModified, tag), await AllAsync("""{"context":{"targetingKey":"u"}}""", tag));
        Assert.Equal(HttpStatusCode.OK, (await AllAsync("""{"context":{"targetingKey":"u","vip":true}}""", tag)).Status);
        server.Patch(DataKind.Flag, "plain", """{"variations":[2]}""");
        Assert.Equal(HttpStatusCode.OK, (await AllAsync("""{"context":{"targetingKey":"u"}}""", tag)).Status);

        async Task<(HttpStatusCode Status, string Tag)> AllAsync(string body, string? held = null)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "ofrep/v1/evaluate/flags") { Content = new StringContent(body) };
            if (held is not null)
            {
                request.Headers.TryAddWithoutValidation("If-None-Match", held);
            }

            using var answer = await Http(server).SendAsync(request, Token);
            return (answer.StatusCode, answer.Headers.ETag!.Tag);
        }
    }

    [Theory]
    [InlineData("plain", "", HttpStatusCode.BadRequest, "PARSE_ERROR")]
    [InlineData("plain", "[]", HttpStatusCode.BadRequest, "PARSE_ERROR")]
    [InlineData("plain", "{}", HttpStatusCode.BadRequest, "TARGETING_KEY_MISSING")]
    [InlineData("plain", """{"context":null}""", HttpStatusCode.BadRequest, "TARGETING_KEY_MISSING")]
    [InlineData("plain", """{"context":7}""", HttpStatusCode.BadRequest, "INVALID_CONTEXT")]
    [InlineData("plain", """{"context":{"targetingKey":""}}""", HttpStatusCode.BadRequest, "TARGETING_KEY_MISSING")]
    [InlineData("plain", """{"context":{"kind":"multi","targetingKey":"u"}}""", HttpStatusCode.BadRequest, "INVALID_CONTEXT")]
    [InlineData("plain", """{"context":{"kind":"multi","org":{"name":"o"}}}""", HttpStatusCode.BadRequest, "TARGETING_KEY_MISSING")]
    [InlineData("nothing", """{"context":{"targetingKey":"u"}}""", HttpStatusCode.NotFound, "FLAG_NOT_FOUND")]
    public async Task What_is_wrong_is_said_in_the_words_of_OpenFeature(string flag, string body, HttpStatusCode expected, string code)
    {
        var server = await ServeAsync();
        var (status, answer) = await SendAsync(server, "POST", "ofrep/v1/evaluate/flags/" + flag, body);
        Assert.Equal((expected, code, flag), (status, answer.GetProperty("errorCode").GetString(), answer.GetProperty("key").GetString()));
        (status, answer) = await SendAsync(server, "POST", "ofrep/v1/evaluate/flags", body);
        Assert.Equal(expected == HttpStatusCode.NotFound ? HttpStatusCode.OK : expected, status);
        Assert.False(answer.TryGetProperty("key", out _));
    }

    // How a flag that is not for browsers is answered, and which flags are answered.
    private static async Task<(HttpStatusCode Plain, string Keys)> OfrepAsync(DevServer server, string credential, params (string Name, string Value)[] headers)
    {
        using var http = new HttpClient { BaseAddress = server.BaseUri };
        var answers = new List<HttpResponseMessage>();
        foreach (var path in new[] { "ofrep/v1/evaluate/flags/plain", "ofrep/v1/evaluate/flags" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent("""{"context":{"targetingKey":"u"}}""") };
            foreach (var (name, value) in headers.Append(("Authorization", credential.Length == 0 ? "" : "Bearer " + credential)))
            {
                request.Headers.TryAddWithoutValidation(name, value);
            }

            answers.Add(await http.SendAsync(request, Token));
        }

        using var all = JsonDocument.Parse(await answers[1].Content.ReadAsStringAsync(Token));
        var keys = all.RootElement.GetProperty("flags").EnumerateArray().Select(static flag => flag.GetProperty("key").GetString());
        var status = answers[0].StatusCode;
        answers.ForEach(static answer => answer.Dispose());
        return (status, string.Join(',', keys));
    }

    private async Task<DevServer> ServeAsync(DevServerOptions? options = null)
    {
        var server = await StartAsync(options);
        server.Put(DataKind.Flag, "browser", $$"""{"on":true,"variations":["x"],"fallthrough":{"variation":0},{{Visible}}}""");
        server.Put(DataKind.Flag, "mobile", """{"on":true,"variations":["x"],"fallthrough":{"variation":0},"clientSideAvailability":{"usingEnvironmentId":false,"usingMobileKey":true}}""");
        server.Put(DataKind.Flag, "old", """{"on":false,"variations":["x"],"fallthrough":{"variation":0},"clientSide":true}""");
        server.Put(DataKind.Flag, "plain", """
            {"on":true,"variations":[1,2],"fallthrough":{"variation":0},
             "rules":[{"variation":1,"clauses":[{"attribute":"vip","op":"in","values":[true]}]}]}
            """);
        server.Put(DataKind.Flag, "dependent", """
            {"on":true,"variations":[1],"fallthrough":{"variation":0},"clientSide":true,"prerequisites":[{"key":"plain","variation":0}]}
            """);
        return server;
    }

    private static void Touch(DevServer server, string flag) => server.Patch(DataKind.Flag, flag, """{"salt":"another"}""");

    private static string Encode(string json) => Convert.ToBase64String(Encoding.UTF8.GetBytes(json)).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    private static string[] Keys(string answer)
    {
        using var json = JsonDocument.Parse(answer);
        return [.. json.RootElement.EnumerateObject().Select(static flag => flag.Name).Order(StringComparer.Ordinal)];
    }

    private static async Task<string[]> KeysAsync(DevServer server, string path)
    {
        var (status, body) = await SendAsync(server, "GET", path);
        Assert.Equal(HttpStatusCode.OK, status);
        return [.. body.EnumerateObject().Select(static flag => flag.Name).Order(StringComparer.Ordinal)];
    }
}
