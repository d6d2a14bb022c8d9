using System.Net;
using System.Text;
using System.Text.Json;
using Halyard.Cli;
using Halyard.Model;
using Halyard.Tests.Support;

namespace Halyard.IntegrationTests.Cli;

public sealed class FaultTests : ServeTestBase
{
    [Fact]
    public async Task A_status_is_answered_as_often_as_asked_and_only_where_asked()
    {
        var server = await StartAsync();
        var (status, fault) = await SendAsync(server, "POST", "api/faults", """{"kind":"status","status":503,"path":"/sdk/poll","times":2}""");
        Assert.Equal(HttpStatusCode.Created, status);
        Assert.Equal(2, fault.GetProperty("timesLeft").GetInt32());

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(server, "sdk/stream"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusAsync(server, "sdk/poll"));
        var (_, active) = await SendAsync(server, "GET", "api/faults");
        Assert.Equal(1, active[0].GetProperty("hits").GetInt32());
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusAsync(server, "sdk/poll?basis=x"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(server, "sdk/poll"));
        (_, active) = await SendAsync(server, "GET", "api/faults");
        Assert.Equal(0, active.GetArrayLength());
    }

    [Fact]
    public async Task A_fault_without_a_number_lasts_until_it_is_cleared()
    {
        var server = await StartAsync();
        var one = server.AddFault(new(FaultKind.Status) { StatusCode = 401, Path = "/sdk" });
        server.AddFault(new(FaultKind.Status) { StatusCode = 500, Path = "/all" });
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(server, "sdk/latest-all"));
            Assert.Equal(HttpStatusCode.InternalServerError, await StatusAsync(server, "all"));
        }

        var (status, left) = await SendAsync(server, "DELETE", $"api/faults/{one}");
        Assert.Equal((HttpStatusCode.OK, 1), (status, left.GetArrayLength()));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(server, "sdk/latest-all"));
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(server, "DELETE", $"api/faults/{one}")).Status);
        await SendAsync(server, "DELETE", "api/faults");
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(server, "all"));
    }

    [Fact]
    public async Task Events_that_sdks_send_use_up_no_fault_meant_for_data()
    {
        var server = await StartAsync();
        server.AddFault(new(FaultKind.Status) { StatusCode = 503, Times = 1 });
        using var content = new StringContent("[]", Encoding.UTF8, "application/json");
        using var response = await Http(server).PostAsync(new Uri("bulk", UriKind.Relative), content, Token);
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusAsync(server, "sdk/latest-all"));
    }

    [Fact]
    public async Task An_answer_is_delayed()
    {
        var server = await StartAsync();
        server.AddFault(new(FaultKind.Delay) { Delay = TimeSpan.FromMinutes(1), Times = 1 });
        var answer = StatusAsync(server, "sdk/poll");
        await Conditions.UntilAsync(() => server.Faults.Count == 0);
        Assert.False(answer.IsCompleted);
        await Conditions.UntilAsync(() =>
        {
            // Again and again: the request may not have come to its wait yet.
            Time.Advance(TimeSpan.FromMinutes(1));
            return answer.IsCompleted;
        });
        Assert.Equal(HttpStatusCode.OK, await answer);
    }

    [Theory]
    [InlineData("all")]
    [InlineData("sdk/latest-all")]
    [InlineData("sdk/stream")]
    [InlineData("sdk/poll")]
    public async Task A_connection_ends_without_an_answer(string path)
    {
        var server = await StartAsync();
        server.AddFault(new(FaultKind.Drop) { Times = 1 });
        await Assert.ThrowsAsync<HttpRequestException>(() => StatusAsync(server, path));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(server, path));
    }

    [Theory]
    [InlineData("all", 0)]
    [InlineData("all", 100)]
    [InlineData("sdk/latest-all", 17)]
    [InlineData("sdk/stream", 150_000)]
    [InlineData("sdk/poll", 150_000)]
    public async Task An_answer_is_cut_after_exactly_so_many_bytes(string path, int bytes)
    {
        var server = await StartAsync();
        server.Put(DataKind.Flag, "big", $$"""{"variations":["{{new string('x', 200_000)}}"]}""");
        server.AddFault(new(FaultKind.Cut) { Bytes = bytes, Times = 1 });
        using var response = await GetAsync(server, path);
        response.EnsureSuccessStatusCode();
        await using var body = await response.Content.ReadAsStreamAsync(Token);
        var received = 0;
        var buffer = new byte[8192];
        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            while (true)
            {
                var read = await body.ReadAsync(buffer, Token).AsTask().WaitAsync(Bound, Token);
                received += read;
                if (read == 0)
                {
                    return;
                }
            }
        });
        Assert.Equal(bytes, received);
        await Conditions.UntilAsync(() => server.StreamCount == 0);
    }

    [Fact]
    public async Task Polls_and_streams_answer_with_garbage()
    {
        var server = await StartAsync();
        server.AddFault(new(FaultKind.Garbage) { Times = 4 });
        foreach (var path in new[] { "sdk/poll", "sdk/latest-all" })
        {
            using var poll = await GetAsync(server, path);
            Assert.Equal(HttpStatusCode.OK, poll.StatusCode);
            Assert.Null(poll.Headers.ETag);
            var text = await poll.Content.ReadAsStringAsync(Token);
            Assert.ThrowsAny<JsonException>(() => JsonDocument.Parse(text));
        }

        foreach (var (path, name) in new[] { ("sdk/stream", "server-intent"), ("all", "put") })
        {
            var events = await OpenAsync(server, path: path);
            var (first, data) = await events.NextAsync();
            Assert.Equal(name, first);
            Assert.ThrowsAny<JsonException>(() => JsonDocument.Parse(data));
            Assert.Equal(name, (await events.NextAsync()).Name);
        }
    }

    [Fact]
    public async Task A_stream_or_a_poll_says_goodbye_instead_of_anything_else()
    {
        var server = await StartAsync();
        server.AddFault(new(FaultKind.Goodbye) { Times = 2, Reason = "maintenance", TtlSeconds = 60 });
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(server, "all"));

        var goodbye = Assert.Single(await PollAsync(server));
        Assert.Equal("""{"reason":"maintenance","protocolFallbackTTL":60}""", goodbye.Data.GetRawText());

        var events = await OpenAsync(server);
        Assert.Equal(("goodbye", """{"reason":"maintenance","protocolFallbackTTL":60}"""), await events.NextAsync());
        await Assert.ThrowsAsync<EndOfStreamException>(events.NextAsync);
        Assert.Equal("xfer-full payload-missing", (await PollAsync(server))[0].ToString());
    }

    [Fact]
    public async Task A_transfer_is_broken_off_by_an_error_and_a_stream_begins_it_anew()
    {
        var server = await StartAsync();
        server.Put(DataKind.Flag, "a", FlagA);
        server.Put(DataKind.Flag, "b", FlagB);
        server.AddFault(new(FaultKind.Error) { Times = 2, Reason = "lost" });

        Assert.Equal(["xfer-full payload-missing", "put-object flag/a 3", "error"], (await PollAsync(server)).Select(w => w.ToString()));

        var events = await OpenAsync(server);
        var broken = await TransferAsync(events);
        Assert.Equal(["xfer-full payload-missing", "put-object flag/a 3", "error"], broken.Select(w => w.ToString()));
        Assert.Equal("lost", broken[^1].Data.GetProperty("reason").GetString());
        Assert.Equal(
            ["xfer-full payload-missing", "put-object flag/a 3", "put-object flag/b 1", "payload-transferred"],
            (await TransferAsync(events)).Select(w => w.ToString()));
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData(0, "0")]
    [InlineData(7200, "7200")]
    public async Task FDv1_is_ordered_on_any_answer_of_FDv2(int? ttl, string? header)
    {
        var server = await StartAsync();
        server.AddFault(new(FaultKind.Fallback) { TtlSeconds = ttl });
        server.AddFault(new(FaultKind.Status) { StatusCode = 503, Path = "/sdk/poll", Times = 1 });
        foreach (var path in new[] { "sdk/poll", "sdk/poll", "sdk/stream" })
        {
            using var response = await GetAsync(server, path);
            Assert.Equal(["true"], response.Headers.GetValues("X-LD-FD-Fallback"));
            Assert.Equal(header, response.Headers.TryGetValues("X-LD-FD-Fallback-TTL", out var values) ? string.Join(',', values) : null);
        }

        using var older = await GetAsync(server, "sdk/latest-all");
        Assert.False(older.Headers.Contains("X-LD-FD-Fallback"));
    }

    [Fact]
    public async Task Open_streams_are_dropped_or_told_goodbye_and_the_other_protocols_are_not()
    {
        var server = await StartAsync();
        var older = await OpenAsync(server, path: "all");
        await older.NextAsync();
        var newer = await OpenAsync(server);
        await TransferAsync(newer);

        var (status, answer) = await SendAsync(server, "POST", "api/faults", """{"kind":"goodbye","now":true}""");
        Assert.Equal((HttpStatusCode.OK, 1), (status, answer.GetProperty("streams").GetInt32()));
        Assert.Equal("goodbye", (await newer.NextAsync()).Name);
        await Assert.ThrowsAsync<EndOfStreamException>(newer.NextAsync);

        newer = await OpenAsync(server);
        await TransferAsync(newer);
        (_, answer) = await SendAsync(server, "POST", "api/faults", """{"kind":"drop","now":true,"path":"/all"}""");
        Assert.Equal(1, answer.GetProperty("streams").GetInt32());
        await older.ReadToEndAsync();
        server.Put(DataKind.Flag, "b", FlagB);
        Assert.Equal("put-object flag/b 1", (await TransferAsync(newer))[0].ToString());

        server.CutStreams();
        await newer.ReadToEndAsync();
        Assert.Equal(0, (await SendAsync(server, "GET", "api/faults")).Body.GetArrayLength());
    }

    [Fact]
    public async Task Open_streams_get_a_transfer_that_fails_and_garbage_and_go_on()
    {
        var server = await StartAsync();
        server.Put(DataKind.Flag, "a", FlagA);
        var events = await OpenAsync(server);
        await TransferAsync(events);

        Assert.Equal(1, server.HappenNow(new(FaultKind.Error)));
        Assert.Equal(["delete-object flag/a 4", "error"], (await TransferAsync(events)).Select(w => w.ToString()));
        Assert.Equal(1, server.HappenNow(new(FaultKind.Garbage)));
        Assert.Equal("server-intent", (await events.NextAsync()).Name);
        Touch(server);
        Assert.Equal(["put-object flag/a 4", "payload-transferred"], (await TransferAsync(events)).Select(w => w.ToString()));
    }

    [Theory]
    [InlineData("{", "")]
    [InlineData("[]", "")]
    [InlineData("{}", "kind")]
    [InlineData("""{"kind":"explode"}""", "kind")]
    [InlineData("""{"kind":3}""", "kind")]
    [InlineData("""{"kind":"status"}""", "status")]
    [InlineData("""{"kind":"status","status":200}""", "status")]
    [InlineData("""{"kind":"status","status":"503"}""", "status")]
    [InlineData("""{"kind":"drop","status":503}""", "status")]
    [InlineData("""{"kind":"delay"}""", "delayMs")]
    [InlineData("""{"kind":"delay","delayMs":-1}""", "delayMs")]
    [InlineData("""{"kind":"cut","bytes":1.5}""", "bytes")]
    [InlineData("""{"kind":"drop","times":0}""", "times")]
    [InlineData("""{"kind":"drop","now":1}""", "now")]
    [InlineData("""{"kind":"drop","now":true,"times":2}""", "times")]
    [InlineData("""{"kind":"fallback","now":true}""", "now")]
    [InlineData("""{"kind":"drop","path":"all"}""", "path")]
    [InlineData("""{"kind":"drop","reason":"x"}""", "reason")]
    [InlineData("""{"kind":"drop","count":2}""", "count")]
    public async Task What_is_no_fault_is_refused_with_its_path(string body, string path)
    {
        var server = await StartAsync();
        var (status, answer) = await SendAsync(server, "POST", "api/faults", body);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal(path, answer.GetProperty("path").GetString());
        Assert.NotEmpty(answer.GetProperty("error").GetString()!);
        Assert.Equal(0, (await SendAsync(server, "GET", "api/faults")).Body.GetArrayLength());
    }

    [Theory]
    [InlineData("https://attacker.example", HttpStatusCode.Forbidden)]
    [InlineData("null", HttpStatusCode.Forbidden)]
    [InlineData("http://localhost:3000", HttpStatusCode.Created)]
    public async Task A_page_of_another_site_commands_nothing(string origin, HttpStatusCode expected)
    {
        var server = await StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/faults") { Content = new StringContent("""{"kind":"drop"}""") };
        request.Headers.TryAddWithoutValidation("Origin", origin);
        using var response = await Http(server).SendAsync(request, Token);
        Assert.Equal(expected, response.StatusCode);
    }
}
