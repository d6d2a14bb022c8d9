using System.Net;
using Halyard.Cli;
using Halyard.Model;
using Halyard.Tests.Support;

namespace Halyard.IntegrationTests.Cli;

/// <summary>What is laid over the source: seen by all, kept over restarts, never in a version that clients would drop.</summary>
public sealed class OverrideTests : ServeTestBase
{
    private static readonly Context User = Context.New("u");

    [Fact]
    public async Task A_value_stands_in_place_of_the_source_until_it_is_removed()
    {
        var path = await FlagFileAsync("\"x\"", "\"y\"");
        var server = await StartAsync(new() { Files = [path] });
        await using var client = await Client.StartAsync(new ClientOptions { SdkKey = "k", Endpoints = ServiceEndpoints.At(server.BaseUri), StartTimeout = Bound }, Token);
        Assert.Equal("x", client.StringVariation("a", User, ""));

        var (status, item) = await SendAsync(server, "PUT", "api/overrides/flags/a", """{"value":"mine"}""");
        Assert.Equal((HttpStatusCode.OK, 2), (status, item.GetProperty("version").GetInt32()));
        await Conditions.UntilAsync(() => client.StringVariation("a", User, "") == "mine");
        Assert.Equal(["x", "y", "mine"], item.GetProperty("variations").EnumerateArray().Select(static value => value.GetString()));
        Assert.Equal("""{"flags":{"a":{"value":"mine"}},"segments":{}}""", (await SendAsync(server, "GET", "api/overrides")).Body.GetRawText());
        Assert.DoesNotContain("mine", await File.ReadAllTextAsync(path, Token), StringComparison.Ordinal);

        // One of the flag's own values needs no variation of its own; an edit is one of the override.
        item = (await SendAsync(server, "PUT", "api/overrides/flags/a", """{"value":"y"}""")).Body;
        Assert.Equal((2, 1), (item.GetProperty("variations").GetArrayLength(), item.GetProperty("offVariation").GetInt32()));
        await SendAsync(server, "PATCH", "api/flags/a", """{"offVariation":0}""");
        await Conditions.UntilAsync(() => client.StringVariation("a", User, "") == "x");
        Assert.Equal(HttpStatusCode.Conflict, (await SendAsync(server, "DELETE", "api/flags/a")).Status);

        (status, item) = await SendAsync(server, "DELETE", "api/overrides/flags/a");
        Assert.True(item.GetProperty("on").GetBoolean());
        Assert.Equal(5, item.GetProperty("version").GetInt32());
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(server, "DELETE", "api/overrides/flags/a")).Status);
    }

    [Fact]
    public async Task What_the_source_changes_meanwhile_is_there_when_the_override_goes()
    {
        await using var upstream = await DevServer.StartAsync(new() { SdkKey = "up" }, Token);
        upstream.Put(DataKind.Flag, "a", FlagA);
        await using var server = await DevServer.StartAsync(new() { Environments = [Relay(upstream)] }, Token);
        await SendAsync(server, "PUT", "api/overrides/flags/a", """{"value":"mine"}""");
        await SendAsync(server, "PUT", "api/overrides/flags/new", """{"flag":{"on":true,"variations":[7],"fallthrough":{"variation":0}}}""");
        upstream.Patch(DataKind.Flag, "a", """{"variations":["p","q"]}""");
        await Conditions.UntilAsync(() => Served(server, "a").Contains("\"p\",\"q\",\"mine\"", StringComparison.Ordinal));
        upstream.Delete(DataKind.Flag, "a");
        await Conditions.UntilAsync(() => !Served(server, "a").Contains("\"p\"", StringComparison.Ordinal));
        Assert.Contains("\"mine\"", Served(server, "a"), StringComparison.Ordinal);

        Assert.True((await SendAsync(server, "DELETE", "api/overrides/flags/a")).Body.GetProperty("deleted").GetBoolean());
        Assert.Equal("""{"flags":{},"segments":{}}""", (await SendAsync(server, "DELETE", "api/overrides")).Body.GetRawText());
        Assert.Null(server.Repository.Current.Find(DataKind.Flag, "new"));
    }

    [Fact]
    public async Task Overrides_and_versions_outlive_a_restart()
    {
        var file = await FlagFileAsync("\"x\"", "\"y\"");
        var options = new DevServerOptions { Files = [file], StatePath = Path.Combine(NewDirectory().FullName, "state.json") };
        long served;
        await using (var first = await DevServer.StartAsync(options, Token))
        {
            foreach (var value in new[] { "1", "2", "3" })
            {
                await SendAsync(first, "PUT", "api/overrides/flags/a", $$"""{"value":{{value}}}""");
            }

            await SendAsync(first, "PUT", "api/overrides/segments/s", """{"segment":{"included":["u"]}}""");
            served = first.Repository.Current.Find(DataKind.Flag, "a")!.Version;
        }

        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(options.StatePath));
        }

        long removed;
        await using (var second = await DevServer.StartAsync(options, Token))
        {
            Assert.Contains("\"variations\":[\"x\",\"y\",3]", Served(second, "a"), StringComparison.Ordinal);
            Assert.NotNull(second.Repository.Current.Find(DataKind.Segment, "s"));
            Assert.True(second.Repository.Current.Find(DataKind.Flag, "a")!.Version > served);
            removed = (await SendAsync(second, "DELETE", "api/overrides/flags/a")).Body.GetProperty("version").GetInt64();
        }

        // Nothing is overridden any more.
        await using var third = await DevServer.StartAsync(options, Token);
        Assert.True(third.Repository.Current.Find(DataKind.Flag, "a")!.Version > removed);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_file_lies_over_the_source_and_beneath_what_is_overridden_by_hand(bool isRelay)
    {
        var file = Path.Combine(NewDirectory().FullName, "mine.json");
        await File.WriteAllTextAsync(file, """{"flagValues":{"a":"filed","extra":1},"segments":{"s":{"included":["u"]}}}""", Token);
        await using var upstream = await DevServer.StartAsync(new() { SdkKey = "up" }, Token);
        upstream.Put(DataKind.Flag, "a", FlagA);
        upstream.Put(DataKind.Flag, "b", FlagB);
        var source = await FlagFileAsync("\"x\"", "\"y\"");
        var options = isRelay ? Relay(upstream) : new() { Name = "files", Files = [source] };
        var state = Path.Combine(NewDirectory().FullName, "state.json");
        long last;
        await using (var server = await DevServer.StartAsync(new() { StatePath = state, Environments = [options with { OverrideFiles = [file] }] }, Token))
        {
            await using var client = await Client.StartAsync(new ClientOptions { SdkKey = "k", Endpoints = ServiceEndpoints.At(server.BaseUri), StartTimeout = Bound }, Token);
            Assert.Equal(("filed", 1), (client.StringVariation("a", User, ""), client.IntVariation("extra", User, 0)));
            Assert.Equal("""{"flags":{},"segments":{}}""", (await SendAsync(server, "GET", "api/overrides")).Body.GetRawText());
            Assert.Equal(file, (await SendAsync(server, "GET", "status")).Body.GetProperty("overrides").GetString());

            // By hand, and back to the file, whatever the source says meanwhile.
            await SendAsync(server, "PUT", "api/overrides/flags/a", """{"value":"mine"}""");
            await Conditions.UntilAsync(() => client.StringVariation("a", User, "") == "mine");
            await ChangeSourceAsync("p");
            await File.WriteAllTextAsync(file, """{"flagValues":{"a":"again"}}""", Token);
            await Conditions.UntilAsync(() => client.IntVariation("extra", User, 0) == 0);
            Assert.Equal("mine", client.StringVariation("a", User, ""));
            await SendAsync(server, "DELETE", "api/overrides/flags/a");
            await Conditions.UntilAsync(() => client.StringVariation("a", User, "") == "again");

            // What cannot be read changes nothing, and says so; a flag that is not in the file is the source's again.
            await File.WriteAllTextAsync(file, "{", Token);
            await Conditions.UntilAsync(() => server.Environments.Default.Error is not null);
            Assert.Equal("again", client.StringVariation("a", User, ""));
            await File.WriteAllTextAsync(file, "{}", Token);
            await Conditions.UntilAsync(() => client.StringVariation("a", User, "") == "p");
            Assert.Null(server.Environments.Default.Error);
            Assert.Null(server.Repository.Current.Find(DataKind.Segment, "s"));
            await ChangeSourceAsync("q");
            await Conditions.UntilAsync(() => client.StringVariation("a", User, "") == "q");
            last = server.Repository.Current.Flags["a"].Version;
        }

        await using var second = await DevServer.StartAsync(new() { StatePath = state, Environments = [options with { Source = isRelay ? Relay(upstream).Source : null }] }, Token);
        Assert.True(second.Repository.Current.Flags["a"].Version > last);

        async Task ChangeSourceAsync(string value)
        {
            if (isRelay)
            {
                upstream.Patch(DataKind.Flag, "a", $$"""{"variations":["{{value}}"],"offVariation":0}""");
            }
            else
            {
                await File.WriteAllTextAsync(source, """{"flags":{"a":{"on":true,"variations":["?"],"fallthrough":{"variation":0}}}}""".Replace("?", value, StringComparison.Ordinal), Token);
            }
        }
    }

    [Fact]
    public async Task A_file_of_overrides_that_is_not_there_ends_the_start()
    {
        var options = new EnvironmentOptions { Name = "e", OverrideFiles = ["nowhere/mine.json"] };
        var error = await Assert.ThrowsAsync<CliException>(() => DevServer.StartAsync(new() { Environments = [options] }, Token));
        Assert.Contains("nowhere", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_link_in_place_of_the_lock_of_a_state_is_not_followed()
    {
        var folder = NewDirectory().FullName;
        var victim = Path.Combine(folder, "victim");
        File.CreateSymbolicLink(Path.Combine(folder, "state.json.lock"), victim);
        var error = await Assert.ThrowsAsync<CliException>(() => DevServer.StartAsync(new() { StatePath = Path.Combine(folder, "state.json") }, Token));
        Assert.Contains("is a link", error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(victim));
    }

    [Fact]
    public async Task A_state_is_one_servers_alone_until_that_ends_or_cannot_start()
    {
        var options = new DevServerOptions { StatePath = Path.Combine(NewDirectory().FullName, "new", "state.json") };
        await using (await DevServer.StartAsync(options, Token))
        {
            var error = await Assert.ThrowsAsync<CliException>(() => DevServer.StartAsync(options, Token));
            Assert.Contains("in use by another", error.Message, StringComparison.Ordinal);
        }

        // Of two environments the second cannot be made: what the first holds is given back.
        await Assert.ThrowsAsync<CliException>(() => DevServer.StartAsync(
            options with { WriteBack = true, Environments = [new() { Name = "one", Files = ["one.json"] }, new() { Name = "two" }] }, Token));
        await using var last = await DevServer.StartAsync(options, Token);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(last, "PUT", "api/overrides/flags/a", """{"value":1}""")).Status);
    }

    [Fact]
    public async Task A_flag_is_turned_and_one_of_its_values_chosen_without_being_sent_back()
    {
        var server = await StartAsync();
        server.Put(DataKind.Flag, "a", """{"on":true,"variations":[9007199254740993,1],"fallthrough":{"variation":0},"offVariation":1}""");
        var (_, item) = await SendAsync(server, "PUT", "api/overrides/flags/a", """{"on":false}""");
        Assert.False(item.GetProperty("on").GetBoolean());
        Assert.Equal("[9007199254740993,1]", item.GetProperty("variations").GetRawText());
        (_, item) = await SendAsync(server, "PUT", "api/overrides/flags/a", """{"variation":0}""");
        Assert.Equal(("[9007199254740993,1]", 0), (item.GetProperty("variations").GetRawText(), item.GetProperty("offVariation").GetInt32()));
        Assert.Equal("""{"flags":{"a":{"value":9007199254740993}},"segments":{}}""", (await SendAsync(server, "GET", "api/overrides")).Body.GetRawText());
        foreach (var body in new[] { """{"on":1}""", """{"variation":2}""", """{"variation":-1}""", """{"variation":0.5}""", """{"variation":"0"}""", """{"on":true,"variation":0}""" })
        {
            Assert.Equal((body, HttpStatusCode.BadRequest), (body, (await SendAsync(server, "PUT", "api/overrides/flags/a", body)).Status));
        }

        Assert.Equal(HttpStatusCode.BadRequest, (await SendAsync(server, "PUT", "api/overrides/flags/none", """{"on":true}""")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await SendAsync(server, "PUT", "api/overrides/segments/s", """{"on":true}""")).Status);
    }

    [Theory]
    [InlineData("flags", "", HttpStatusCode.BadRequest)]
    [InlineData("flags", "7", HttpStatusCode.BadRequest)]
    [InlineData("flags", "{}", HttpStatusCode.BadRequest)]
    [InlineData("flags", """{"value":1,"flag":{}}""", HttpStatusCode.BadRequest)]
    [InlineData("flags", """{"flag":{"variations":7}}""", HttpStatusCode.BadRequest)]
    [InlineData("flags", """{"flag":{"key":"another"}}""", HttpStatusCode.BadRequest)]
    [InlineData("flags", """{"segment":{}}""", HttpStatusCode.BadRequest)]
    [InlineData("segments", """{"value":1}""", HttpStatusCode.BadRequest)]
    [InlineData("flags", """{"flag":{"salt":"\ud800"}}""", HttpStatusCode.BadRequest)]
    [InlineData("flags", """{"flag":{"\ud800":1}}""", HttpStatusCode.BadRequest)]
    public async Task A_bad_override_is_refused_and_nothing_changes(string kind, string body, HttpStatusCode expected)
    {
        var server = await StartAsync();
        var (status, answer) = await SendAsync(server, "PUT", $"api/overrides/{kind}/a", body);
        Assert.Equal(expected, status);
        Assert.NotEmpty(answer.GetProperty("error").GetString()!);
        Assert.Equal(0, server.Repository.Current.Revision);
    }

    [Fact]
    public async Task A_state_that_cannot_be_read_is_left_alone_and_one_that_cannot_be_written_refuses_the_change()
    {
        var folder = NewDirectory();
        var path = Path.Combine(folder.FullName, "state.json");
        foreach (var text in new[]
        {
            "{\"halyardState\":1,\"environments\":{\"development\":{}}}",
            "{\"halyardState\":2,\"environments\":{}}",
            "{\"halyardState\":1e999,\"environments\":{}}",
            "{\"halyardState\":1}",
            "[]",
            "",

            // Of something else.
            "{\"environments\":{}}",
            "{\"flags\":{}}",
        })
        {
            await File.WriteAllTextAsync(path, text, Token);
            var error = await Assert.ThrowsAsync<CliException>(() => DevServer.StartAsync(new() { StatePath = path }, Token));
            Assert.Contains("It is left as it is", error.Message, StringComparison.Ordinal);
            Assert.Equal(text, await File.ReadAllTextAsync(path, Token));
        }

        var below = Path.Combine(path, "no-folder.json");
        var server = await StartAsync(new() { StatePath = below });
        var (status, _) = await SendAsync(server, "PUT", "api/overrides/flags/a", """{"value":1}""");
        Assert.Equal(HttpStatusCode.Conflict, status);
        Assert.Equal("""{"flags":{},"segments":{}}""", (await SendAsync(server, "GET", "api/overrides")).Body.GetRawText());
        Assert.Null(server.Repository.Current.Find(DataKind.Flag, "a"));
    }

    private async Task<string> FlagFileAsync(params string[] variations)
    {
        var path = Path.Combine(NewDirectory().FullName, "flags.json");
        await File.WriteAllTextAsync(
            path, """{"flags":{"a":{"key":"a","version":1,"on":true,"variations":[?],"fallthrough":{"variation":0},"salt":""}}}""".Replace("?", string.Join(',', variations), StringComparison.Ordinal), Token);
        return path;
    }

    private static string Served(DevServer server, string flag) =>
        System.Text.Encoding.UTF8.GetString(server.Repository.Current.Find(DataKind.Flag, flag)?.Json ?? []);

    private static EnvironmentOptions Relay(DevServer upstream) => new()
    {
        Name = "relay",
        Source = new("upstream", new() { SdkKey = "up", Endpoints = ServiceEndpoints.At(upstream.BaseUri), DataSystem = DataSystem.Streaming() }),
    };
}
