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
        await File.WriteAllTextAsync(path, "{\"environments\":{\"development\":{}}}", Token);
        var error = await Assert.ThrowsAsync<CliException>(() => DevServer.StartAsync(new() { StatePath = path }, Token));
        Assert.Contains("It is left as it is", error.Message, StringComparison.Ordinal);
        Assert.Equal("{\"environments\":{\"development\":{}}}", await File.ReadAllTextAsync(path, Token));

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
