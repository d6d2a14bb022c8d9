using System.Net;
using System.Text;
using Halyard.Cli;
using Halyard.Model;
using Halyard.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace Halyard.IntegrationTests.Cli;

/// <summary>What can be read can be served: a service by each way, a store, several environments.</summary>
public sealed class RelayTests : ServeTestBase
{
    private static readonly Context User = Context.New("u");

    [Theory]
    [InlineData("--stream")]
    [InlineData("--poll")]
    [InlineData("--service")]
    public async Task Changes_of_a_service_pass_through_and_stay_while_it_is_away(string way)
    {
        await using var upstream = await DevServer.StartAsync(new() { SdkKey = "up" }, Token);
        upstream.Put(DataKind.Flag, "a", FlagA);
        upstream.Put(DataKind.Segment, "lonely", """{"included":["u"]}""");
        await using var relay = await DevServer.StartAsync(Relay(way, upstream), Token);
        await using var client = await ConnectAsync(relay, "down");
        Assert.Equal("x", client.StringVariation("a", User, ""));
        Assert.Equal(3, relay.Repository.Current.Find(DataKind.Flag, "a")!.Version);

        // A flag, a segment that no flag uses, and a deletion.
        upstream.Patch(DataKind.Flag, "a", """{"on":false}""");
        upstream.Put(DataKind.Segment, "lonely", """{"included":["v"]}""");
        upstream.Put(DataKind.Flag, "b", FlagB);
        await Conditions.UntilAsync(() => client.StringVariation("a", User, "") == "y" && client.IntVariation("b", User, 0) == 1);
        await Conditions.UntilAsync(() => client.Store.Snapshot().GetSegment("lonely")!.Item!.Included.Contains("v"));
        upstream.Delete(DataKind.Flag, "b");
        await Conditions.UntilAsync(() => client.IntVariation("b", User, 0) == 0);

        await upstream.StopListeningAsync();
        await Conditions.UntilAsync(() => relay.Environments.Default.Feed!.Error is not null);
        await using var later = await ConnectAsync(relay, "down");
        Assert.Equal("y", later.StringVariation("a", User, ""));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(relay, "sdk/latest-all"));

        upstream.Patch(DataKind.Flag, "a", """{"on":true}""");
        await upstream.ResumeListeningAsync(Token);
        await Conditions.UntilAsync(() => client.StringVariation("a", User, "") == "x", TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task A_restart_begins_with_the_snapshot_while_the_service_is_away()
    {
        var path = Path.Combine(NewDirectory().FullName, "last.snapshot");
        await using var upstream = await DevServer.StartAsync(new() { SdkKey = "up" }, Token);
        upstream.Put(DataKind.Flag, "a", FlagA);
        await using (var first = await DevServer.StartAsync(Relay("--stream", upstream, path), Token))
        {
            upstream.Patch(DataKind.Flag, "a", """{"on":false}""");
            await Conditions.UntilAsync(() => first.Repository.Current.Find(DataKind.Flag, "a")!.Version == 4);
        }

        await upstream.StopListeningAsync();
        await using var second = await DevServer.StartAsync(Relay("--stream", upstream, path), Token);
        await using var client = await ConnectAsync(second, "down");
        Assert.Equal("y", client.StringVariation("a", User, ""));
    }

    [Theory]
    [InlineData("--stream")]
    [InlineData("--service")]
    public async Task An_item_of_many_levels_or_of_odd_text_takes_no_other_with_it(string way)
    {
        var deep = new string('[', 900) + new string(']', 900);
        await using var upstream = await DevServer.StartAsync(new() { SdkKey = "up" }, Token);
        upstream.Put(DataKind.Flag, "a", FlagA);
        upstream.Repository.Apply([ItemDescriptor.FromJson(DataKind.Flag, "deep", Encoding.UTF8.GetBytes($$"""{"key":"deep","version":1,"variations":[{{deep}}],"odd":"\ud800"}"""))]);
        await using var relay = await DevServer.StartAsync(Relay(way, upstream), Token);
        await using var client = await ConnectAsync(relay, "down");
        Assert.Equal("x", client.StringVariation("a", User, ""));
        Assert.Single(client.Store.Snapshot().GetFlag("deep")!.Item!.Variations);

        await SendAsync(relay, "PUT", "api/overrides/flags/deep", $$"""{"value":{{deep}}}""", "down");
        upstream.Patch(DataKind.Flag, "a", """{"on":false}""");
        await Conditions.UntilAsync(() => client.StringVariation("a", User, "") == "y");
    }

    [Theory]
    [InlineData("--stream")]
    [InlineData("--service")]
    public async Task An_edit_here_outlives_a_new_connection_that_says_nothing_new_of_the_flag(string way)
    {
        await using var upstream = await DevServer.StartAsync(new() { SdkKey = "up", HistoryLimit = 0 }, Token);
        upstream.Put(DataKind.Flag, "a", FlagA);
        upstream.Put(DataKind.Flag, "b", FlagB);
        await using var relay = await DevServer.StartAsync(Relay(way, upstream), Token);
        await using var client = await ConnectAsync(relay, "down");
        await SendAsync(relay, "PATCH", "api/flags/a", """{"on":false}""", "down");
        await Conditions.UntilAsync(() => client.StringVariation("a", User, "") == "y");

        // All is sent again.
        await upstream.StopListeningAsync();
        upstream.Patch(DataKind.Flag, "b", """{"on":false,"offVariation":1}""");
        await upstream.ResumeListeningAsync(Token);
        await Conditions.UntilAsync(() => client.IntVariation("b", User, 0) == 2, TimeSpan.FromSeconds(60));
        Assert.Equal("y", client.StringVariation("a", User, ""));

        upstream.Patch(DataKind.Flag, "a", """{"variations":["p","q"]}""");
        await Conditions.UntilAsync(() => client.StringVariation("a", User, "") == "p");
    }

    [Fact]
    public async Task Without_any_data_clients_are_told_to_wait_and_get_it_when_it_comes()
    {
        await using var upstream = await DevServer.StartAsync(new() { SdkKey = "up" }, Token);
        upstream.Put(DataKind.Flag, "a", FlagA);
        await upstream.StopListeningAsync();
        var options = Relay("--stream", upstream);
        options.Environments[0].Source!.Options.StartTimeout = TimeSpan.FromMilliseconds(100);
        await using var relay = await DevServer.StartAsync(options, Token);
        using var http = new HttpClient { BaseAddress = relay.BaseUri };
        http.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", "down");
        foreach (var path in new[] { "all", "sdk/latest-all", "sdk/poll", "sdk/evalx/contexts/eyJrZXkiOiJ1In0" })
        {
            using var answer = await http.GetAsync(new Uri(path, UriKind.Relative), Token);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        }

        await upstream.ResumeListeningAsync(Token);
        await using var client = await ConnectAsync(relay, "down");
        Assert.Equal("x", client.StringVariation("a", User, ""));
    }

    [Fact]
    public async Task A_key_that_the_service_refuses_ends_the_start()
    {
        await using var upstream = await DevServer.StartAsync(new() { SdkKey = "another" }, Token);
        var error = await Assert.ThrowsAsync<CliException>(() => DevServer.StartAsync(Relay("--service", upstream), Token));
        Assert.Equal(ExitCode.NoData, error.Code);
        Assert.Contains("401", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_store_is_served_and_followed_and_a_malformed_item_keeps_its_last_good_version()
    {
        var store = new SqliteStore(Path.Combine(NewDirectory().FullName, "flags.db"));
        await using var writer = store.CreateWriter(new(NullLoggerFactory.Instance, TimeProvider.System));
        await writer.InitAsync([Item(DataKind.Flag, "a", FlagA, 3), Item(DataKind.Flag, "b", FlagB, 1)], Token);
        await using var relay = await DevServer.StartAsync(
            new() { Environments = [new() { Name = "e", Source = new("store", new() { DataSystem = DataSystem.LazyLoad(store) }) }] }, Token);
        await using var client = await ConnectAsync(relay, "any");
        Assert.Equal("x", client.StringVariation("a", User, ""));

        await writer.UpsertAsync(Item(DataKind.Flag, "a", FlagA.Replace("\"on\":true", "\"on\":false", StringComparison.Ordinal).Replace("\"version\":3", "\"version\":4", StringComparison.Ordinal), 4), Token);
        await writer.UpsertAsync(Item(DataKind.Flag, "b", """{"key":"b","version":2,"variations":7}""", 2), Token);
        await Conditions.UntilAsync(() => client.StringVariation("a", User, "") == "y");
        Assert.Equal(1, client.IntVariation("b", User, 0));
        await writer.UpsertAsync(new(DataKind.Flag, "b", new(3, true, Encoding.UTF8.GetBytes("""{"key":"b","version":3,"deleted":true}"""))), Token);
        await Conditions.UntilAsync(() => client.IntVariation("b", User, 0) == 0);
    }

    [Fact]
    public async Task Environments_are_chosen_by_key_and_know_nothing_of_each_other()
    {
        var folder = NewDirectory();
        foreach (var name in new[] { "one", "two" })
        {
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, name + ".json"), $$$"""{"flagValues":{"name":"{{{name}}}"}}""", Token);
        }

        await using var server = await DevServer.StartAsync(
            new()
            {
                Environments =
                [
                    new() { Name = "one", Files = [Path.Combine(folder.FullName, "one.json")], SdkKey = "sdk-1", EnvironmentId = "id-1", ClientSideId = "id-1", MobileKey = "mob-1" },
                    new() { Name = "two", Files = [Path.Combine(folder.FullName, "two.json")], SdkKey = "sdk-2", EnvironmentId = "id-2", ClientSideId = "id-2", MobileKey = "mob-2" },
                ],
            },
            Token);
        await using var one = await ConnectAsync(server, "sdk-1");
        await using var two = await ConnectAsync(server, "sdk-2");
        Assert.Equal("one", one.StringVariation("name", User, ""));
        Assert.Equal("two", two.StringVariation("name", User, ""));

        // An id or a mobile key is no SDK key, and an unknown key opens nothing.
        foreach (var (path, key, status) in new[]
        {
            ("sdk/latest-all", "id-1", HttpStatusCode.Unauthorized),
            ("sdk/latest-all", "mob-1", HttpStatusCode.Unauthorized),
            ("sdk/latest-all", "sdk-3", HttpStatusCode.Unauthorized),
            ("msdk/evalx/contexts/eyJrZXkiOiJ1In0", "sdk-1", HttpStatusCode.Unauthorized),
            ("msdk/evalx/contexts/eyJrZXkiOiJ1In0", "mob-2", HttpStatusCode.OK),
            ("msdk/evalx/contexts/eyJrZXkiOiJ1In0", "api_key mob-2", HttpStatusCode.OK),
            ("sdk/evalx/sdk-1/contexts/eyJrZXkiOiJ1In0", "", HttpStatusCode.NotFound),
            ("sdk/evalx/id-2/contexts/eyJrZXkiOiJ1In0", "", HttpStatusCode.OK),
        })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(server.BaseUri, path));
            request.Headers.TryAddWithoutValidation("Authorization", key);
            using var http = new HttpClient();
            using var answer = await http.SendAsync(request, Token);
            Assert.Equal($"{path} {key} {status}", $"{path} {key} {answer.StatusCode}");
        }

        var answers = await NodeSdk.RunAsync(
            new(NodeSdkMode.Streaming, [("name", """{"kind":"user","key":"u"}""")]) { BaseUri = server.BaseUri, SdkKey = "sdk-2" }, Token);
        Assert.Equal("two", (string?)answers[0].Value);

        // The API means the first unless it is told another.
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(server, "PATCH", "api/flags/name?env=two", """{"on":false,"offVariation":null}""", "sdk-1")).Status);
        await Conditions.UntilAsync(() => two.StringVariation("name", User, "default") == "default");
        Assert.Equal("one", one.StringVariation("name", User, ""));
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(server, "GET", "api/flags?env=three", key: "sdk-1")).Status);
    }

    private static DevServerOptions Relay(string way, DevServer upstream, string? snapshot = null)
    {
        DataSystemOptions system = way switch
        {
            "--stream" => DataSystem.Streaming(),
            "--poll" => new PollingOptions { AllowShortIntervals = true, Interval = TimeSpan.FromMilliseconds(100) },
            _ => DataSystem.Default(),
        };
        return new()
        {
            Environments =
            [
                new()
                {
                    Name = "relay",
                    SdkKey = "down",
                    Snapshot = snapshot,
                    Source = new("upstream", new() { SdkKey = "up", Endpoints = ServiceEndpoints.At(upstream.BaseUri), DataSystem = system }),
                },
            ],
        };
    }

    private static Task<Client> ConnectAsync(DevServer server, string key) =>
        Client.StartAsync(new ClientOptions { SdkKey = key, Endpoints = ServiceEndpoints.At(server.BaseUri), StartTimeout = Bound }, Token);

    private static SerializedItem Item(DataKind kind, string key, string json, long version) => new(kind, key, new(version, false, Encoding.UTF8.GetBytes(json)));
}
