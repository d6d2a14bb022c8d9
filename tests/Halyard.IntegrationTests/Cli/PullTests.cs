using System.Text.Json;
using Halyard.Cli;

namespace Halyard.IntegrationTests.Cli;

public sealed class PullTests : IDisposable
{
    private const string FlagFile = """
        {
          "flags": {
            "theme": {"on":true,"variations":["light",{"a":[1,"<é>"]}],"fallthrough":{"variation":1},"offVariation":0,
              "targets":[{"variation":0,"values":["ada@example.org"]}],"clientSideAvailability":{"usingEnvironmentId":true,"usingMobileKey":false}},
            "beta": {"on":true,"variations":[true,false],"offVariation":1,"fallthrough":{"variation":1},
              "rules":[{"id":"r","clauses":[{"op":"segmentMatch","values":["staff"]}],"variation":0}]}
          },
          "flagValues": {"title":"Hello"},
          "segments": {"staff":{"included":["grace"]}}
        }
        """;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("halyard-pull-");
    private readonly SignalWriter _output = new();
    private readonly SignalWriter _error = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _directory.Delete(recursive: true);
        _output.Dispose();
        _error.Dispose();
    }

    [Fact]
    public async Task What_was_pulled_from_a_service_is_a_flag_file_that_evaluates_as_the_service_does()
    {
        await using var server = await DevServer.StartAsync(new DevServerOptions { Files = [Write("flags.json", FlagFile)] }, Token);
        Assert.Equal(ExitCode.Ok, await RunAsync("pull", "--service", server.BaseUri.ToString(), "--sdk-key", "any"));
        var pulled = Write("pulled.json", _output.ToString());
        await using var client = await Client.StartAsync(new() { DataSystem = DataSystem.File(pulled) }, Token);
        Assert.True(client.BoolVariation("beta", Context.New("grace"), false));
        Assert.Equal("light", client.JsonVariation("theme", Context.New("ada@example.org"), default).AsString);
        Assert.Equal("<é>", client.JsonVariation("theme", Context.New("x"), default).AsObject["a"].AsArray[1].AsString);
        Assert.Equal("Hello", client.StringVariation("title", Context.New("x"), ""));
    }

    [Fact]
    public async Task Without_targeting_nobody_is_named_and_every_flag_is_off()
    {
        Assert.Equal(ExitCode.Ok, await RunAsync("pull", "--file", Write("flags.json", FlagFile), "--without-targeting"));
        var text = _output.ToString();
        Assert.DoesNotContain("ada", text, StringComparison.Ordinal);
        Assert.DoesNotContain("grace", text, StringComparison.Ordinal);
        Assert.DoesNotContain("staff", text, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(text);
        Assert.Equal(["beta", "theme", "title"], json.RootElement.GetProperty("flags").EnumerateObject().Select(flag => flag.Name));

        await using var client = await Client.StartAsync(new() { DataSystem = DataSystem.File(Write("pulled.json", text)) }, Token);
        Assert.Equal("light", client.StringVariation("theme", Context.New("x"), ""));
        Assert.Equal(["theme"], client.AllFlagsState(Context.New("x"), AllFlagsOptions.ClientSideOnly).Values.Keys);
    }

    [Fact]
    public async Task Two_pulls_of_the_same_flags_are_the_same_text()
    {
        var file = Write("flags.json", FlagFile);
        Assert.Equal(ExitCode.Ok, await RunAsync("pull", "--file", file));
        var first = _output.ToString();
        Assert.Equal(ExitCode.Ok, await RunAsync("pull", "--file", file));
        Assert.Equal(first + first, _output.ToString());
    }

    [Fact]
    public async Task What_cannot_be_understood_is_left_out_aloud_and_odd_text_is_kept()
    {
        var file = Write("flags.json", """
            {"flags":{"good":{"on":true,"variations":[1],"salt":"\ud800","\ud800":"\udc00"},"bad":{"variations":7}},"segments":{"worse":{"included":3}}}
            """);
        Assert.Equal(ExitCode.Ok, await RunAsync("pull", "--file", file));
        Assert.Contains("warning: the flag bad is left out", _error.ToString(), StringComparison.Ordinal);
        Assert.Contains("warning: the segment worse is left out", _error.ToString(), StringComparison.Ordinal);
        using var pulled = JsonDocument.Parse(_output.ToString());
        Assert.Equal(["good"], pulled.RootElement.GetProperty("flags").EnumerateObject().Select(static flag => flag.Name));

        var many = string.Join(',', Enumerable.Range(0, 25).Select(static i => $"\"bad-{i}\":{{\"variations\":7}}"));
        Assert.Equal(ExitCode.Ok, await RunAsync("pull", "--file", Write("many.json", "{\"flags\":{" + many + "}}")));
        Assert.Contains("warning: 5 more are left out.", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_source_that_gives_nothing_leaves_nothing()
    {
        Assert.Equal(ExitCode.NoData, await RunAsync("pull", "--file", Path.Combine(_directory.FullName, "absent.json"), "--timeout", "1"));
        Assert.Equal("", _output.ToString());
        Assert.StartsWith("error: ", _error.ToString(), StringComparison.Ordinal);
    }

    private Task<int> RunAsync(params string[] args) => HalyardTool.RunAsync(args, CliEnvironment.Of(_output, _error), Token);

    private string Write(string name, string text)
    {
        var path = Path.Combine(_directory.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }
}
