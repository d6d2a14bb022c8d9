using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Halyard.Cli;
using Halyard.DataModel.Json.Reading;
using Halyard.Model;
using Halyard.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace Halyard.IntegrationTests.Cli;

public sealed class DevServerTests : IAsyncDisposable
{
    private const string FlagA = """{"key":"a","version":3,"on":true,"variations":["x","y"],"fallthrough":{"variation":0},"future":{"kept":1}}""";
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    private readonly FakeTimeProvider _time = new();
    private readonly List<IAsyncDisposable> _disposables = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        for (var i = _disposables.Count - 1; i >= 0; i--)
        {
            await _disposables[i].DisposeAsync();
        }
    }

    [Fact]
    public async Task A_stream_begins_with_all_data_and_goes_on_with_each_change()
    {
        var server = await StartAsync();
        server.Put(DataKind.Flag, "a", FlagA);
        server.Put(DataKind.Segment, "s", """{"included":["u"]}""");
        await using var events = await EventReader.OpenAsync(Client(server));

        var (name, data) = await events.NextAsync();
        Assert.Equal("text/event-stream", events.ContentType);
        Assert.Equal("put", name);
        using var put = JsonDocument.Parse(data);
        Assert.Equal("/", put.RootElement.GetProperty("path").GetString());
        Assert.Equal(3, put.RootElement.GetProperty("data").GetProperty("flags").GetProperty("a").GetProperty("version").GetInt32());
        Assert.Equal(1, put.RootElement.GetProperty("data").GetProperty("flags").GetProperty("a").GetProperty("future").GetProperty("kept").GetInt32());
        Assert.Equal("u", put.RootElement.GetProperty("data").GetProperty("segments").GetProperty("s").GetProperty("included")[0].GetString());

        server.Patch(DataKind.Flag, "a", """{"on":false}""");
        (name, data) = await events.NextAsync();
        Assert.Equal("patch", name);
        using var patch = JsonDocument.Parse(data);
        Assert.Equal("/flags/a", patch.RootElement.GetProperty("path").GetString());
        Assert.False(patch.RootElement.GetProperty("data").GetProperty("on").GetBoolean());
        Assert.Equal(4, patch.RootElement.GetProperty("data").GetProperty("version").GetInt32());

        server.Delete(DataKind.Segment, "s");
        Assert.Equal(("delete", """{"path":"/segments/s","version":2}"""), await events.NextAsync());
    }

    [Fact]
    public async Task A_change_that_changes_nothing_is_not_sent()
    {
        var server = await StartAsync();
        server.Put(DataKind.Flag, "a", FlagA);
        await using var events = await EventReader.OpenAsync(Client(server));
        await events.NextAsync();

        Assert.Equal(3, server.Patch(DataKind.Flag, "a", """{"on":true}""")!.Version);
        server.Put(DataKind.Flag, "b", """{"variations":[1]}""");

        var (_, data) = await events.NextAsync();
        Assert.StartsWith("""{"path":"/flags/b",""", data, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Comments_keep_a_quiet_stream_alive()
    {
        var server = await StartAsync();
        await using var events = await EventReader.OpenAsync(Client(server));
        await events.NextAsync();

        _time.Advance(TimeSpan.FromMinutes(3));
        Assert.Equal((":", ""), await events.NextAsync());
    }

    [Theory]
    [InlineData("all")]
    [InlineData("sdk/latest-all")]
    [InlineData("sdk/flags")]
    [InlineData("sdk/flags/a")]
    public async Task Without_the_right_key_nothing_is_given(string path)
    {
        var any = await StartAsync();
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(Client(any, sdkKey: null), path));

        var one = await StartAsync(new DevServerOptions { SdkKey = "right" });
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(Client(one, sdkKey: null), path));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(Client(one, sdkKey: "wrong"), path));
        one.Put(DataKind.Flag, "a", FlagA);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(Client(one, sdkKey: "right"), path));
    }

    [Fact]
    public async Task A_poll_of_the_same_data_is_answered_with_not_modified()
    {
        var server = await StartAsync();
        server.Put(DataKind.Flag, "a", FlagA);
        var http = Client(server);
        using var first = await http.GetAsync(new Uri("sdk/latest-all?filter=x", UriKind.Relative), Token);
        var tag = first.Headers.ETag!;

        Assert.Equal(HttpStatusCode.NotModified, (await PollAsync(http, tag)).StatusCode);

        server.Patch(DataKind.Flag, "a", """{"on":false}""");
        using var changed = await PollAsync(http, tag);
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        Assert.NotEqual(tag, changed.Headers.ETag);
        var data = ModelReader.ReadDataSet(await changed.Content.ReadAsByteArrayAsync(Token));
        Assert.False(Assert.Single(data.Flags).Item!.On);
    }

    [Fact]
    public async Task A_poll_is_compressed_for_those_who_can_read_it()
    {
        var server = await StartAsync();
        server.Put(DataKind.Flag, "a", FlagA);
        using var request = new HttpRequestMessage(HttpMethod.Get, "sdk/latest-all");
        request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("gzip"));
        using var response = await Client(server).SendAsync(request, Token);

        Assert.Equal(["gzip"], response.Content.Headers.ContentEncoding);
        await using var body = new System.IO.Compression.GZipStream(await response.Content.ReadAsStreamAsync(Token), System.IO.Compression.CompressionMode.Decompress);
        using var json = await JsonDocument.ParseAsync(body, cancellationToken: Token);
        Assert.True(json.RootElement.GetProperty("flags").TryGetProperty("a", out _));
    }

    [Fact]
    public async Task Single_items_are_found_also_when_their_keys_hold_slashes()
    {
        var server = await StartAsync();
        server.Put(DataKind.Flag, "team/a", """{"variations":[1]}""");
        var http = Client(server);

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(http, "sdk/flags/team/a"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(http, "sdk/flags/team%2Fa"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(http, "api/flags/team%2Fa"));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(http, "sdk/segments/team/a"));
    }

    [Theory]
    [InlineData("bulk")]
    [InlineData("diagnostic")]
    public async Task Events_are_taken_and_dropped(string path)
    {
        var server = await StartAsync();
        using var content = new StringContent("[]", Encoding.UTF8, "application/json");
        using var response = await Client(server).PostAsync(new Uri(path, UriKind.Relative), content, Token);
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
    }

    [Fact]
    public async Task The_api_creates_changes_and_deletes_flags()
    {
        var server = await StartAsync();
        var http = Client(server, sdkKey: null);

        var (status, created) = await SendAsync(http, HttpMethod.Put, "api/flags/b", """{"on":true,"variations":[true,false],"fallthrough":{"variation":0}}""");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("b", created.GetProperty("key").GetString());
        Assert.Equal(1, created.GetProperty("version").GetInt64());

        var (_, patched) = await SendAsync(http, HttpMethod.Patch, "api/flags/b", """{"fallthrough":{"variation":1},"offVariation":1}""");
        Assert.Equal(2, patched.GetProperty("version").GetInt64());
        Assert.Equal(1, patched.GetProperty("fallthrough").GetProperty("variation").GetInt32());

        var (_, removed) = await SendAsync(http, HttpMethod.Patch, "api/flags/b", """{"offVariation":null}""");
        Assert.False(removed.TryGetProperty("offVariation", out _));

        var (_, deleted) = await SendAsync(http, HttpMethod.Delete, "api/flags/b", null);
        Assert.True(deleted.GetProperty("deleted").GetBoolean());
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(http, HttpMethod.Delete, "api/flags/b", null)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(http, HttpMethod.Patch, "api/flags/b", "{}")).Status);

        // A flag that comes back is newer than its tombstone.
        var (_, again) = await SendAsync(http, HttpMethod.Put, "api/flags/b", """{"variations":[true]}""");
        Assert.Equal(5, again.GetProperty("version").GetInt64());
    }

    [Theory]
    [InlineData("PUT", """{"rules":[{"clauses":[{"op":7}]}]}""", "rules[0].clauses[0].op")]
    [InlineData("PATCH", """{"on":"yes"}""", "on")]
    [InlineData("PATCH", """{"key":"other"}""", "key")]
    [InlineData("PATCH", """{"version":null}""", "version")]
    [InlineData("PATCH", """{"deleted":true}""", "deleted")]
    [InlineData("PATCH", "[]", "")]
    [InlineData("PUT", "{", "")]
    [InlineData("PUT", "", "")]
    public async Task Bad_input_is_refused_with_its_path_and_changes_nothing(string method, string body, string path)
    {
        var server = await StartAsync();
        server.Put(DataKind.Flag, "a", FlagA);
        var before = server.Repository.Current;

        var (status, answer) = await SendAsync(Client(server), new HttpMethod(method), "api/flags/a", body);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal(path, answer.GetProperty("path").GetString());
        Assert.NotEmpty(answer.GetProperty("error").GetString()!);
        Assert.Same(before, server.Repository.Current);
    }

    [Fact]
    public async Task Nothing_is_lost_between_the_first_data_and_the_changes()
    {
        var server = await StartAsync();
        server.Put(DataKind.Flag, "a", FlagA);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var writer = Task.Run(
            () =>
            {
                for (var on = false; !stop.IsCancellationRequested; on = !on)
                {
                    server.Patch(DataKind.Flag, "a", on ? """{"on":true}""" : """{"on":false}""");
                    Thread.Yield();
                }
            },
            Token);

        for (var i = 0; i < 20; i++)
        {
            await using var events = await EventReader.OpenAsync(Client(server));
            using var put = JsonDocument.Parse((await events.NextAsync()).Data);
            var last = put.RootElement.GetProperty("data").GetProperty("flags").GetProperty("a").GetProperty("version").GetInt64();
            for (var j = 0; j < 5; j++)
            {
                using var patch = JsonDocument.Parse((await events.NextAsync()).Data);
                Assert.Equal(++last, patch.RootElement.GetProperty("data").GetProperty("version").GetInt64());
            }
        }

        await stop.CancelAsync();
        await writer.WaitAsync(Bound, Token);
    }

    [Fact]
    public async Task A_client_that_reads_too_slowly_is_cut_and_others_are_not()
    {
        var server = await StartAsync(new DevServerOptions { StreamQueueLimit = 4 });
        await using var reader = await EventReader.OpenAsync(Client(server));
        using var slow = new TcpClient();
        await slow.ConnectAsync(IPAddress.Loopback, server.BaseUri.Port, Token);
        await slow.GetStream().WriteAsync("GET /all HTTP/1.1\r\nHost: localhost\r\nAuthorization: k\r\n\r\n"u8.ToArray(), Token);
        await Conditions.UntilAsync(() => server.StreamCount == 2);

        // Far more than the sockets' own buffers hold.
        var ballast = new string('x', 1024 * 1024);
        await reader.NextAsync();
        for (var i = 0; i < 64 && server.StreamCount == 2; i++)
        {
            server.Put(DataKind.Flag, "big", $$"""{"variations":["{{ballast}}{{i}}"]}""");
            Assert.Equal("patch", (await reader.NextAsync()).Name);
        }

        await Conditions.UntilAsync(() => server.StreamCount == 1);
        server.Put(DataKind.Flag, "last", """{"variations":[1]}""");
        Assert.Contains("/flags/last", (await reader.NextAsync()).Data, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_server_can_go_away_and_come_back_on_the_same_port()
    {
        var server = await StartAsync();
        var http = Client(server);
        await using var events = await EventReader.OpenAsync(http);
        await events.NextAsync();
        var address = server.BaseUri;

        await server.StopListeningAsync().WaitAsync(Bound, Token);
        await events.ReadToEndAsync();
        await Assert.ThrowsAsync<HttpRequestException>(() => http.GetAsync(new Uri("status", UriKind.Relative), Token));

        server.Put(DataKind.Flag, "meanwhile", """{"variations":[1]}""");
        await server.ResumeListeningAsync(Token).WaitAsync(Bound, Token);
        Assert.Equal(address, server.BaseUri);
        await using var again = await EventReader.OpenAsync(http);
        Assert.Contains("meanwhile", (await again.NextAsync()).Data, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Streams_can_be_cut_and_requests_refused()
    {
        var server = await StartAsync();
        var http = Client(server);
        await using var events = await EventReader.OpenAsync(http);
        await events.NextAsync();

        server.RefuseWith(503);
        server.CutStreams();
        await events.ReadToEndAsync();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusAsync(http, "all"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(http, "status"));

        server.StopRefusing();
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(http, "all"));
    }

    [Fact]
    public async Task A_foreign_host_name_is_refused_on_loopback()
    {
        var server = await StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "api/flags");
        request.Headers.Host = "flags.attacker.example";
        using var response = await Client(server).SendAsync(request, Token);
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }

    [Fact]
    public async Task The_status_counts_flags_and_streams()
    {
        var server = await StartAsync();
        server.Put(DataKind.Flag, "a", FlagA);
        server.Put(DataKind.Flag, "b", """{"variations":[1]}""");
        server.Delete(DataKind.Flag, "b");
        await using var events = await EventReader.OpenAsync(Client(server));
        await events.NextAsync();

        var (_, status) = await SendAsync(Client(server, sdkKey: null), HttpMethod.Get, "status", null);
        Assert.Equal(1, status.GetProperty("flags").GetInt32());
        Assert.Equal(1, status.GetProperty("streams").GetInt32());
        Assert.Equal(3, status.GetProperty("revision").GetInt32());
    }

    [Fact]
    public async Task A_port_in_use_is_one_clear_error()
    {
        var server = await StartAsync();
        var error = await Assert.ThrowsAsync<CliException>(() => DevServer.StartAsync(new DevServerOptions { Port = server.BaseUri.Port }, Token));
        Assert.Contains(server.BaseUri.Port.ToString(), error.Message, StringComparison.Ordinal);
    }

    private async Task<DevServer> StartAsync(DevServerOptions? options = null)
    {
        var server = await DevServer.StartAsync((options ?? new()) with { TimeProvider = _time }, Token);
        _disposables.Add(server);
        return server;
    }

    private static HttpClient Client(DevServer server, string? sdkKey = "any-key")
    {
        var http = new HttpClient { BaseAddress = server.BaseUri, Timeout = Bound };
        if (sdkKey is not null)
        {
            http.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", sdkKey);
        }

        return http;
    }

    private static async Task<HttpStatusCode> StatusAsync(HttpClient http, string path)
    {
        using var response = await http.GetAsync(new Uri(path, UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, Token);
        return response.StatusCode;
    }

    private static async Task<HttpResponseMessage> PollAsync(HttpClient http, EntityTagHeaderValue tag)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "sdk/latest-all");
        request.Headers.IfNoneMatch.Add(tag);
        return await http.SendAsync(request, Token);
    }

    private static async Task<(HttpStatusCode Status, JsonElement Body)> SendAsync(HttpClient http, HttpMethod method, string path, string? body)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }

        using var response = await http.SendAsync(request, Token);
        using var json = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Token));
        return (response.StatusCode, json.RootElement.Clone());
    }
}
