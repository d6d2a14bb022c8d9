using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Halyard.IntegrationTests.Support;
using Halyard.Tests.Support;
using Microsoft.Extensions.Logging;

namespace Halyard.IntegrationTests;

public sealed class StreamingSocketTests : IAsyncDisposable
{
    private const string Data = """{"path":"/","data":{"flags":{"ä":{"key":"ä","version":1}},"segments":{}}}""";
    private const string Put = "event: put\ndata: " + Data + "\n\n";
    private const string Patch = "event: patch\ndata: {\"path\":\"/flags/ä\",\"data\":{\"key\":\"ä\",\"version\":2}}\n\n";

    private readonly ScriptedServer _server = new();
    private readonly SourceFixture _it;

    public StreamingSocketTests() => _it = new(_server.Address);

    public async ValueTask DisposeAsync()
    {
        await _it.DisposeAsync();
        if (_server.Requests.Count > 0)
        {
            // Nothing of the source is left on the server's side, and there was never more than one stream.
            await _server.AllClosedAsync();
            Assert.InRange(_server.Held.Entries.Append(0).Max(), 0, 1);
        }

        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_stream_cut_at_every_byte_is_read()
    {
        _server.Then(async x =>
        {
            await x.WriteAsync("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
            foreach (var b in Encoding.UTF8.GetBytes(Put + ": a comment\n\n" + Patch))
            {
                await x.WriteAsync([(byte)'1', 13, 10, b, 13, 10]);
            }

            await x.HoldAsync();
        });
        await _it.StreamAsync();
        Assert.Equal("init ä:1", await _it.Destination.TextAsync(1));
        Assert.Equal("flag ä:2", await _it.Destination.TextAsync(2));
    }

    [Theory]
    [InlineData("event: put\r\ndata: DATA\r\n\r\n")]
    [InlineData("event: put\rdata: DATA\r\r")]
    [InlineData("event:put\ndata:DATA\n\n")]
    [InlineData("\uFEFFevent: put\ndata: DATA\n\n")]
    [InlineData(":\n\n: hello\n\nretry: 5\nid: 7\nevent: put\nx: y\ndata: DATA\n\n")]
    [InlineData("data: DATA\nevent: put\n\n")]
    [InlineData("event: put\ndata: {\"path\":\"/\",\ndata: \"data\":{\"flags\":{\ndata: \"ä\":{\"key\":\"ä\",\ndata:\ndata: \"version\":1}}}}\n\n")]
    public async Task Every_form_of_event_is_read(string text)
    {
        _server.ThenStream(text.Replace("DATA", Data, StringComparison.Ordinal) + "event: patch\ndata: {\"path\":\"/flags/ä\",\"data\":{\"key\":\"ä\",\"version\":2}}\n\n");
        await _it.StreamAsync();
        Assert.Equal("init ä:1", await _it.Destination.TextAsync(1));
        Assert.Equal("flag ä:2", await _it.Destination.TextAsync(2));
    }

    [Fact]
    public async Task An_event_of_5_MB_is_read()
    {
        var flags = string.Join(',', Enumerable.Range(0, 5000).Select(i => $$"""{"key":"f{{i}}","version":{{i + 1}},"salt":"{{new string('s', 1000)}}"}""")
            .Select((f, i) => $"\"f{i}\":{f}"));
        _server.ThenStream("event: put\ndata: {\"path\":\"/\",\"data\":{\"flags\":{" + flags + "}}}\n\n" + Patch);
        await _it.StreamAsync();
        var set = Assert.IsType<DataSet>(await _it.Destination.Writes.EntryAsync(1));
        Assert.Equal(5000, set.Flags.Count);
        Assert.Equal(5000L * 5001 / 2, set.Flags.Sum(f => f.Version));
        Assert.Equal("flag ä:2", await _it.Destination.TextAsync(2));
    }

    [Fact]
    public async Task An_event_cut_off_by_the_end_is_not_applied_and_the_stream_comes_back()
    {
        _server.ThenStream(x => x.WriteAsync(Put + Patch[..^1]))
            .Then(async x =>
            {
                await x.WriteAsync("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n400\r\n" + Patch);
            })
            .ThenStream(async x =>
            {
                await x.WriteAsync(Put);
                await x.ResetAsync();
            })
            .ThenStream(Put);
        await _it.StreamAsync();
        await _it.Time.PassAsync(Seconds(1));
        await _it.Time.PassAsync(Seconds(2));
        await _it.Time.PassAsync(Seconds(4));
        await _server.Requests.EntryAsync(4);
        await _it.Status.Reports.UntilAsync(all => all.Count(r => r == "interrupted NetworkError") == 3 && all[^1] == "valid");
        Assert.Equal(4, _server.Accepted);
        Assert.DoesNotContain(_it.Status.Reports.Entries, r => r.Contains("Invalid", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("{\"path\":\"/\",\"data\":{\"flags\"")]
    [InlineData("{\"path\":\"/\",\"data\":{\"flags\":[]}}")]
    public async Task Malformed_data_closes_the_connection_before_the_next_is_opened(string bad)
    {
        _server.ThenStream(Put + "event: put\ndata: " + bad + "\n\n").ThenStream(Put);
        await _it.StreamAsync();
        Assert.Equal("interrupted InvalidData", await _it.Status.Reports.EntryAsync(2));
        await _server.AllClosedAsync();
        await _it.Time.PassAsync(Seconds(1));
        await _it.Status.Reports.EntryAsync(3);
        Assert.Equal(["init ä:1", "init ä:1"], [await _it.Destination.TextAsync(1), await _it.Destination.TextAsync(2)]);
    }

    [Theory]
    [InlineData("401 Unauthorized", "", 300, "unexpected ErrorResponse 401")]
    [InlineData("403 Forbidden", "", 300, "unexpected ErrorResponse 403")]
    [InlineData("429 Too Many Requests", "Retry-After: 77\r\n", 77, "interrupted ErrorResponse 429")]
    [InlineData("503 Service Unavailable", "", 1, "interrupted ErrorResponse 503")]
    [InlineData("204 No Content", "", 1, "interrupted ErrorResponse 204")]
    public async Task A_status_leads_to_its_own_delay(string status, string headers, int seconds, string report)
    {
        _server.Then(status, headers).ThenStream(Put);
        await _it.StreamAsync();
        await _it.Time.PassAsync(Seconds(seconds));
        await _it.Status.Reports.EntryAsync(2);
        Assert.Equal([report, "valid"], _it.Status.Reports.Entries);
    }

    [Fact]
    public async Task A_refused_connection_is_tried_again()
    {
        int port;
        using (var probe = new TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            port = ((IPEndPoint)probe.LocalEndpoint).Port;
        }

        var it = new SourceFixture(new Uri($"http://127.0.0.1:{port}"));
        await using (it.ConfigureAwait(true))
        {
            await it.StreamAsync();
            await it.Time.PassAsync(Seconds(1));
            await it.Status.Reports.EntryAsync(2);
            Assert.All(it.Status.Reports.Entries, r => Assert.Equal("interrupted NetworkError", r));
        }
    }

    [Fact]
    public async Task The_headers_arrive_as_they_should()
    {
        _it.Options.Http.ApplicationId = "shop";
        _it.Options.Http.Headers["x-team"] = "blue";
        _server.ThenStream(Put);
        await _it.StreamAsync(o => o.PayloadFilter = "f-1");
        var request = await _server.Requests.EntryAsync(1);
        Assert.Equal(("GET", "/all?filter=f-1"), (request.Method, request.Target));
        Assert.Equal(SourceFixture.Key, request["Authorization"]);
        Assert.Equal("text/event-stream", request["Accept"]);
        Assert.Equal("no-cache", request["Cache-Control"]);
        Assert.StartsWith("HalyardClient/", request["User-Agent"], StringComparison.Ordinal);
        Assert.Equal("instance-1", request["X-LaunchDarkly-Instance-Id"]);
        Assert.Equal("application-id/shop", request["X-LaunchDarkly-Tags"]);
        Assert.Equal("blue", request["X-Team"]);
        Assert.Null(request["Accept-Encoding"]);
    }

    [Fact]
    public async Task A_redirect_within_the_origin_is_followed_with_the_key()
    {
        _server.Then("307 Temporary Redirect", "Location: /elsewhere\r\n").ThenStream(Put);
        await _it.StreamAsync();
        await _it.Status.Reports.EntryAsync(1);
        var second = await _server.Requests.EntryAsync(2);
        Assert.Equal(("/elsewhere", SourceFixture.Key), (second.Target, second["Authorization"]));
    }

    [Fact]
    public async Task A_redirect_to_another_origin_is_followed_without_the_key()
    {
        var other = new ScriptedServer().ThenStream(Put);
        await using (other.ConfigureAwait(true))
        {
            _server.Then("302 Found", $"Location: {other.Address}all\r\n");
            await _it.StreamAsync();
            await _it.Status.Reports.EntryAsync(1);
            Assert.Null((await other.Requests.EntryAsync(1))["Authorization"]);
            Assert.Contains(_it.Log.Collector.GetSnapshot(), r => r.Level == LogLevel.Warning);
            await _it.DisposeAsync();
            await other.AllClosedAsync();
        }
    }

    [Fact]
    public async Task A_loop_of_redirects_ends()
    {
        for (var i = 0; i < 11; i++)
        {
            _server.Then("301 Moved Permanently", "Location: /all\r\n");
        }

        await _it.StreamAsync();
        Assert.Equal("interrupted ErrorResponse 301", await _it.Status.Reports.EntryAsync(1));
        Assert.Equal(11, _server.Requests.Count);
    }

    [Fact]
    public async Task A_dead_stream_is_closed_and_opened_again()
    {
        _server.ThenStream(Put).ThenStream(Put);
        await _it.StreamAsync();
        await _it.Status.Reports.EntryAsync(1);
        _it.Time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal("interrupted NetworkError", await _it.Status.Reports.EntryAsync(2));
        await _server.AllClosedAsync();
        await _it.Time.PassAsync(Seconds(1));
        Assert.Equal("valid", await _it.Status.Reports.EntryAsync(3));
    }

    [Fact]
    public async Task Certificates_of_a_private_authority_are_accepted_when_it_is_named()
    {
        using var authority = new TestAuthority();
        Assert.Equal("valid", await FirstReportAsync(authority.Issue(), o => o.CustomAuthorities = [authority.Root]));
    }

    [Fact]
    public async Task Certificates_that_do_not_hold_are_refused()
    {
        using var authority = new TestAuthority();
        using var stranger = new TestAuthority();
        const string Refused = "unexpected NetworkError";
        Assert.Equal(Refused, await FirstReportAsync(authority.Issue(), _ => { }));
        Assert.Equal(Refused, await FirstReportAsync(authority.Issue(), o => o.CustomAuthorities = [stranger.Root]));
        Assert.Equal(Refused, await FirstReportAsync(authority.Issue("elsewhere.test"), o => o.CustomAuthorities = [authority.Root]));
        Assert.Equal(Refused, await FirstReportAsync(authority.Issue(days: -1), o => o.CustomAuthorities = [authority.Root]));
        Assert.Equal(Refused, await FirstReportAsync(authority.Issue(usage: "1.3.6.1.5.5.7.3.2"), o => o.CustomAuthorities = [authority.Root]));
    }

    [Fact]
    public async Task Validation_can_be_switched_off()
    {
        using var authority = new TestAuthority();
        Assert.Equal("valid", await FirstReportAsync(authority.Issue("elsewhere.test"), o => o.SkipCertificateValidation = true));
    }

    [Fact]
    public async Task An_HTTP_proxy_is_used()
    {
        // The server stands in for the proxy: the address in the request line is that of the service.
        var it = new SourceFixture(new Uri("http://flags.invalid/base"));
        it.Options.Http.Proxy = new WebProxy(_server.Address);
        await using (it.ConfigureAwait(true))
        {
            _server.ThenStream(Put);
            await it.StreamAsync();
            Assert.Equal("valid", await it.Status.Reports.EntryAsync(1));
            Assert.Equal("http://flags.invalid/base/all", (await _server.Requests.EntryAsync(1)).Target);
        }
    }

    [Fact]
    public async Task A_proxy_tunnels_TLS_and_never_sees_the_key()
    {
        using var authority = new TestAuthority();
        using var certificate = authority.Issue("flags.invalid");
        ScriptedRequest? inner = null;
        _server.Then(async x =>
        {
            await x.WriteAsync("HTTP/1.1 200 Connection established\r\n\r\n");
            await x.StartTlsAsync(certificate);
            inner = await x.ReadRequestAsync();
            await x.WriteAsync("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n" + Put);
            await x.HoldAsync();
        });
        var it = new SourceFixture(new Uri("https://flags.invalid"));
        it.Options.Http.Proxy = new WebProxy(_server.Address);
        it.Options.Http.CustomAuthorities = [authority.Root];
        await using (it.ConfigureAwait(true))
        {
            await it.StreamAsync();
            Assert.Equal("valid", await it.Status.Reports.EntryAsync(1));
            var connect = await _server.Requests.EntryAsync(1);
            Assert.Equal(("CONNECT", "flags.invalid:443"), (connect.Method, connect.Target));
            Assert.Null(connect["Authorization"]);
            Assert.Equal(SourceFixture.Key, inner!["Authorization"]);
        }
    }

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);

    private static async Task<string> FirstReportAsync(X509Certificate2 certificate, Action<HttpOptions> configure)
    {
        using var owned = certificate;
        await using var server = new ScriptedServer(certificate).ThenStream(Put);
        await using var it = new SourceFixture(server.Address);
        configure(it.Options.Http);
        await it.StreamAsync();
        return await it.Status.Reports.EntryAsync(1);
    }
}
