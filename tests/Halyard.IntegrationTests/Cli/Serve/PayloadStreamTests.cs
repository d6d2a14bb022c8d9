using System.Net;
using System.Net.Sockets;
using Halyard.Cli;
using Halyard.DataModel.Json.Reading;
using Halyard.Model;
using Halyard.Tests.Support;

namespace Halyard.IntegrationTests.Cli;

public sealed class PayloadStreamTests : ServeTestBase
{
    [Fact]
    public async Task A_client_without_a_state_gets_everything()
    {
        var server = await StartAsync(new() { EnvironmentId = "env-7" });
        server.Put(DataKind.Flag, "a", FlagA);
        server.Put(DataKind.Segment, "s", """{"included":["u"]}""");
        server.Put(DataKind.Flag, "gone", """{"variations":[1]}""");
        server.Delete(DataKind.Flag, "gone");

        var events = await OpenAsync(server);
        var words = await TransferAsync(events);

        Assert.Equal("text/event-stream", events.ContentType);
        Assert.Equal("env-7", events.Header("X-LD-EnvID"));
        Assert.Equal(["xfer-full payload-missing", "put-object segment/s 1", "put-object flag/a 3", "payload-transferred"], words.Select(w => w.ToString()));
        var intent = words[0].Data.GetProperty("payloads")[0];
        Assert.Equal(4, intent.GetProperty("target").GetInt64());
        Assert.Equal($"(p:{intent.GetProperty("id").GetString()}:4)", words[^1].State);
        Assert.Equal(4, words[^1].Data.GetProperty("version").GetInt64());
        Assert.Equal("x", words[2].Data.GetProperty("object").GetProperty("variations")[0].GetString());
    }

    [Fact]
    public async Task A_server_without_data_transfers_an_empty_payload()
    {
        var words = await TransferAsync(await OpenAsync(await StartAsync()));
        Assert.Equal(["xfer-full payload-missing", "payload-transferred"], words.Select(w => w.ToString()));
    }

    [Fact]
    public async Task A_client_that_comes_back_gets_what_has_changed_and_no_more()
    {
        var server = await StartAsync();
        server.Put(DataKind.Flag, "a", FlagA);
        server.Put(DataKind.Flag, "b", FlagB);
        server.Put(DataKind.Segment, "s", "{}");
        var state = (await TransferAsync(await OpenAsync(server)))[^1].State;

        server.Patch(DataKind.Flag, "b", """{"on":false}""");
        server.Delete(DataKind.Segment, "s");
        server.Patch(DataKind.Flag, "b", """{"on":true}""");
        var words = await TransferAsync(await OpenAsync(server, state));

        Assert.Equal(
            ["xfer-changes stale", "delete-object segment/s 2", "put-object flag/b 3", "payload-transferred"], words.Select(w => w.ToString()));
        Assert.NotEqual(state, words[^1].State);
    }

    [Fact]
    public async Task A_client_that_is_up_to_date_is_told_so_and_gets_the_changes_that_follow()
    {
        var server = await StartAsync();
        server.Put(DataKind.Flag, "a", FlagA);
        var state = (await PollAsync(server))[^1].State;
        var events = await OpenAsync(server, state);
        Assert.Equal(["none up-to-date"], (await TransferAsync(events)).Select(w => w.ToString()));

        server.Patch(DataKind.Flag, "a", """{"on":false}""");
        Assert.Equal(["put-object flag/a 4", "payload-transferred"], (await TransferAsync(events)).Select(w => w.ToString()));
    }

    [Fact]
    public async Task What_changes_together_arrives_as_one_transfer_on_every_stream()
    {
        var server = await StartAsync();
        server.Put(DataKind.Flag, "a", FlagA);
        EventReader[] streams = [await OpenAsync(server), await OpenAsync(server), await OpenAsync(server)];
        foreach (var stream in streams)
        {
            await TransferAsync(stream);
        }

        server.Repository.Apply([ItemDescriptor.Tombstone(DataKind.Flag, "a", 9), ModelReader.ReadItem(DataKind.Flag, "b", System.Text.Encoding.UTF8.GetBytes(FlagB))]);
        foreach (var stream in streams)
        {
            var words = await TransferAsync(stream);
            Assert.Equal(["delete-object flag/a 9", "put-object flag/b 1", "payload-transferred"], words.Select(w => w.ToString()));
            Assert.Equal((await PollAsync(server))[^1].State, words[^1].State);
        }
    }

    [Fact]
    public async Task A_client_that_was_away_for_too_long_gets_everything()
    {
        var server = await StartAsync(new() { HistoryLimit = 3 });
        server.Put(DataKind.Flag, "a", FlagA);
        server.Put(DataKind.Flag, "b", FlagB);
        var state = (await PollAsync(server))[^1].State;
        for (var i = 0; i < 3; i++)
        {
            Touch(server);
        }

        Assert.Equal(["xfer-changes stale", "put-object flag/a 6", "payload-transferred"], (await TransferAsync(await OpenAsync(server, state))).Select(w => w.ToString()));
        Touch(server);
        Assert.Equal(
            ["xfer-full cant-catchup", "put-object flag/a 7", "put-object flag/b 1", "payload-transferred"],
            (await TransferAsync(await OpenAsync(server, state))).Select(w => w.ToString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("(p::1)")]
    [InlineData("(p:someone-else:1)")]
    public async Task An_unknown_state_gets_everything(string basis)
    {
        var server = await StartAsync();
        server.Put(DataKind.Flag, "a", FlagA);
        Assert.Equal("xfer-full payload-missing", (await TransferAsync(await OpenAsync(server, basis)))[0].ToString());
    }

    [Theory]
    [InlineData(":1)", ":2)", "cant-catchup")]
    [InlineData(":1)", ":-1)", "payload-missing")]
    [InlineData(":1)", ":1", "payload-missing")]
    [InlineData(":1)", ":99999999999999999999)", "payload-missing")]
    public async Task A_state_that_was_never_given_out_gets_everything(string given, string asked, string reason)
    {
        var server = await StartAsync();
        server.Put(DataKind.Flag, "a", FlagA);
        var state = (await PollAsync(server))[^1].State!.Replace(given, asked, StringComparison.Ordinal);
        Assert.Equal($"xfer-full {reason}", (await TransferAsync(await OpenAsync(server, state)))[0].ToString());
    }

    [Fact]
    public async Task A_state_of_another_run_of_the_server_gets_everything()
    {
        var first = await StartAsync();
        first.Put(DataKind.Flag, "a", FlagA);
        var state = (await PollAsync(first))[^1].State;
        await first.StopListeningAsync().WaitAsync(Bound, Token);

        var second = await StartAsync(new() { Port = first.BaseUri.Port });
        second.Put(DataKind.Flag, "a", FlagA);
        Assert.Equal("xfer-full payload-missing", (await TransferAsync(await OpenAsync(second, state)))[0].ToString());
    }

    [Fact]
    public async Task Heartbeats_keep_a_quiet_stream_alive()
    {
        var server = await StartAsync();
        var events = await OpenAsync(server);
        await TransferAsync(events);
        Time.Advance(TimeSpan.FromMinutes(3));
        Assert.Equal(("heartbeat", "{}"), await events.NextAsync());
    }

    [Fact]
    public async Task A_client_that_follows_and_reconnects_at_any_time_has_the_servers_data()
    {
        var server = await StartAsync(new() { HistoryLimit = 20 });
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var writer = Task.Run(
            () =>
            {
                var random = new Random(5);
                while (!stop.IsCancellationRequested)
                {
                    var key = "f" + random.Next(6);
                    if (random.Next(4) == 0)
                    {
                        server.Delete(DataKind.Flag, key);
                    }
                    else
                    {
                        server.Put(DataKind.Flag, key, $$"""{"variations":[{{random.Next(1000)}}]}""");
                    }

                    Thread.Yield();
                }
            },
            Token);

        var held = new Dictionary<string, string>();
        string? state = null;
        for (var connection = 0; connection < 30; connection++)
        {
            await using var events = await EventReader.OpenAsync(Http(server), "sdk/stream" + (state is null ? "" : "?basis=" + Uri.EscapeDataString(state)));
            for (var transfer = 0; transfer < 4; transfer++)
            {
                state = Take(await TransferAsync(events), held) ?? state;
            }
        }

        await stop.CancelAsync();
        await writer.WaitAsync(Bound, Token);
        Take(await PollAsync(server, state), held);
        Assert.Equal(
            server.Repository.Current.Live().ToDictionary(i => i.Key, i => System.Text.Encoding.UTF8.GetString(i.Json!)), held);
    }

    [Fact]
    public async Task A_client_that_reads_too_slowly_is_cut_and_others_are_not()
    {
        var server = await StartAsync(new DevServerOptions { StreamQueueLimit = 4 });
        var reader = await OpenAsync(server);
        using var slow = new TcpClient();
        await slow.ConnectAsync(IPAddress.Loopback, server.BaseUri.Port, Token);
        await slow.GetStream().WriteAsync("GET /sdk/stream HTTP/1.1\r\nHost: localhost\r\nAuthorization: k\r\n\r\n"u8.ToArray(), Token);
        await Conditions.UntilAsync(() => server.StreamCount == 2);

        // Far more than the sockets' own buffers hold.
        var ballast = new string('x', 1024 * 1024);
        await TransferAsync(reader);
        for (var i = 0; i < 64 && server.StreamCount == 2; i++)
        {
            server.Put(DataKind.Flag, "big", $$"""{"variations":["{{ballast}}{{i}}"]}""");
            await TransferAsync(reader);
        }

        await Conditions.UntilAsync(() => server.StreamCount == 1);
        server.Put(DataKind.Flag, "last", """{"variations":[1]}""");
        Assert.Equal("put-object flag/last 1", (await TransferAsync(reader))[0].ToString());
    }

    [Fact]
    public async Task Both_protocols_serve_the_same_change_at_once()
    {
        var server = await StartAsync();
        var older = await OpenAsync(server, path: "all");
        await older.NextAsync();
        var newer = await OpenAsync(server);
        await TransferAsync(newer);
        Assert.Equal(2, server.StreamCount);

        server.Put(DataKind.Flag, "b", FlagB);
        Assert.Equal("patch", (await older.NextAsync()).Name);
        Assert.Equal("put-object flag/b 1", (await TransferAsync(newer))[0].ToString());
    }

    private static string? Take(List<PayloadWord> words, Dictionary<string, string> held)
    {
        if (words[0].Code == "xfer-full")
        {
            held.Clear();
        }

        foreach (var word in words)
        {
            switch (word.Name)
            {
                case "put-object":
                    held[word.Data.GetProperty("key").GetString()!] = word.Data.GetProperty("object").GetRawText();
                    break;
                case "delete-object":
                    held.Remove(word.Data.GetProperty("key").GetString()!);
                    break;
            }
        }

        return words[^1].State;
    }
}
