using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.RegularExpressions;
using Halyard.Cli;
using Halyard.Model;

namespace Halyard.IntegrationTests.Cli;

public sealed partial class CommandTests : IDisposable
{
    private const string FlagFile = """
        {
          "flags": {
            "dark-mode": {"on":true,"variations":[true,false],"fallthrough":{"variation":0},"offVariation":1,
              "rules":[{"id":"beta","clauses":[{"op":"segmentMatch","values":["beta"]}],"variation":1}]},
            "broken": {"on":true,"variations":[1],"fallthrough":{"variation":9}}
          },
          "flagValues": {"title":"Grüße"},
          "segments": {"beta":{"included":["u-beta"]}}
        }
        """;

    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("halyard-cli-");
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
    public async Task Eval_prints_one_flag_as_json()
    {
        Assert.Equal(ExitCode.Ok, await RunAsync("eval", "dark-mode", "--file", WriteFile(), "--key", "u-beta", "--json"));
        using var json = JsonDocument.Parse(_output.ToString());
        Assert.Equal("dark-mode", json.RootElement.GetProperty("key").GetString());
        Assert.False(json.RootElement.GetProperty("value").GetBoolean());
        Assert.Equal(1, json.RootElement.GetProperty("variation").GetInt32());
        Assert.Equal("RULE_MATCH", json.RootElement.GetProperty("reason").GetProperty("kind").GetString());
        Assert.Equal("beta", json.RootElement.GetProperty("reason").GetProperty("ruleId").GetString());
        Assert.Empty(_error.ToString());
    }

    [Fact]
    public async Task Eval_prints_all_flags_and_tells_which_could_not_be_evaluated()
    {
        Assert.Equal(ExitCode.Error, await RunAsync("eval", "--file", WriteFile(), "--context", """{"kind":"user","key":"u"}"""));
        Assert.Matches(@"dark-mode\s+│ true\s+│ 0\s+│ FALLTHROUGH", _output.ToString());
        Assert.Matches("title\\s+│ \"Grüße\"", _output.ToString());
        Assert.Equal("error: Not evaluated: broken ERROR(MALFORMED_FLAG)", _error.ToString().Trim());
    }

    [Fact]
    public async Task Eval_reads_the_context_from_a_file()
    {
        var context = Path.Combine(_directory.FullName, "context.json");
        await File.WriteAllTextAsync(context, """{"kind":"user","key":"u-beta"}""", Token);
        Assert.Equal(ExitCode.Ok, await RunAsync("eval", "dark-mode", "--file", WriteFile(), "--context", "@" + context));
        Assert.Contains("RULE_MATCH(0,beta)", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Eval_lays_files_over_the_source()
    {
        var overrides = Path.Combine(_directory.FullName, "mine.yaml");
        await File.WriteAllTextAsync(overrides, "flagValues:\n  title: Mine\nsegments:\n  beta:\n    included: [u-ada]\n", Token);
        Assert.Equal(ExitCode.Error, await RunAsync("eval", "--file", WriteFile(), "--override", overrides, "--key", "u-ada"));
        Assert.Matches(@"title\s+│ ""Mine""\s+│ 0\s+│ OFF, override", _output.ToString());
        Assert.Matches(@"dark-mode\s+│ false\s+│ 1\s+│ RULE_MATCH\(0,beta\) ", _output.ToString());
    }

    [Fact]
    public async Task Eval_with_overrides_that_cannot_be_read_says_why()
    {
        Assert.Equal(ExitCode.NoData, await RunAsync("eval", "--file", WriteFile(), "--override", "nowhere.json", "--key", "u"));
        Assert.Contains("nowhere.json", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Eval_of_an_unknown_flag_is_an_error_with_a_guess()
    {
        Assert.Equal(ExitCode.Error, await RunAsync("eval", "dark-mood", "--file", WriteFile(), "--key", "u"));
        Assert.Equal("error: There is no flag \"dark-mood\". Did you mean \"dark-mode\"?", _error.ToString().Trim());
    }

    [Theory]
    [InlineData("--stream")]
    [InlineData("--poll")]
    public async Task Eval_reads_from_a_server(string source)
    {
        await using var server = await DevServer.StartAsync(new DevServerOptions { Files = [WriteFile()], SdkKey = "the-key" }, Token);
        Assert.Equal(ExitCode.Ok, await RunAsync("eval", "title", source, server.BaseUri.ToString(), "--sdk-key", "the-key", "--key", "u"));
        Assert.Contains("Grüße", _output.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--stream")]
    [InlineData("--poll")]
    public async Task A_wrong_key_is_exit_code_3_without_a_wait(string source)
    {
        await using var server = await DevServer.StartAsync(new DevServerOptions { SdkKey = "the-key" }, Token);
        Assert.Equal(ExitCode.NoData, await RunAsync("eval", source, server.BaseUri.ToString(), "--sdk-key", "wrong", "--key", "u", "--timeout", "50"));
        Assert.Contains("401", _error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("wrong\"", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unreachable_server_is_exit_code_3()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        Assert.Equal(ExitCode.NoData, await RunAsync("eval", "--stream", $"http://127.0.0.1:{port}", "--sdk-key", "k", "--key", "u", "--timeout", "0.5"));
        Assert.StartsWith("error: ", _error.ToString(), StringComparison.Ordinal);
        Assert.Single(_error.ToString().Trim().Split('\n'));
    }

    [Theory]
    [InlineData(null, "does not exist")]
    [InlineData("{", "flags.json")]
    [InlineData("""{"flags":[]}""", "flags: expected an object")]
    public async Task A_bad_file_is_exit_code_3_with_the_place_of_the_fault(string? content, string expected)
    {
        var path = Path.Combine(_directory.FullName, "flags.json");
        if (content is not null)
        {
            await File.WriteAllTextAsync(path, content, Token);
        }

        Assert.Equal(ExitCode.NoData, await RunAsync("eval", "--file", path, "--key", "u", "--timeout", "50"));
        Assert.Contains(expected, _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Watch_prints_a_line_for_each_change_when_redirected_and_ends_cleanly()
    {
        await using var server = await DevServer.StartAsync(new DevServerOptions { Files = [WriteFile()] }, Token);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var watch = RunAsync(end.Token, "watch", "dark-mode", "title", "--stream", server.BaseUri.ToString(), "--sdk-key", "k", "--key", "u-beta");
        await _output.UntilAsync("title = \"Grüße\"");
        Assert.Contains("VALID", _output.ToString(), StringComparison.Ordinal);

        // The segment is not watched, the flag that depends on it is.
        server.Patch(DataKind.Segment, "beta", """{"included":[]}""");
        await _output.UntilAsync("dark-mode: false → true  FALLTHROUGH");
        server.Delete(DataKind.Flag, "title");
        await _output.UntilAsync("title: \"Grüße\" → deleted");

        await server.StopListeningAsync();
        await _output.UntilAsync("INTERRUPTED");
        await server.ResumeListeningAsync(Token);
        await _output.UntilAsync(static text => text.LastIndexOf("VALID", StringComparison.Ordinal) > text.LastIndexOf("INTERRUPTED", StringComparison.Ordinal));

        await end.CancelAsync();
        Assert.Equal(ExitCode.Ok, await watch);
        Assert.Empty(_error.ToString());
    }

    [Fact]
    public async Task Watch_follows_a_file_and_ends_by_itself()
    {
        var path = WriteFile();
        var watch = RunAsync("watch", "--file", path, "--key", "u", "--for", "3");
        await _output.UntilAsync("dark-mode = true");
        await File.WriteAllTextAsync(path, FlagFile.Replace("\"on\":true,\"variations\":[true,false]", "\"on\":false,\"variations\":[true,false]", StringComparison.Ordinal), Token);
        await _output.UntilAsync("dark-mode: true → false  OFF");
        Assert.Equal(ExitCode.Ok, await watch);
    }

    [Fact]
    public async Task Serve_serves_until_it_is_ended()
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var serve = RunAsync(end.Token, "serve", WriteFile(), "--port", "0");
        var text = await _output.UntilAsync("Ctrl+C");
        Assert.Contains("Serving 3 flags and 1 segments", text, StringComparison.Ordinal);

        using var http = new HttpClient { BaseAddress = new Uri(Address().Match(text).Value) };
        Assert.Contains("halyard serve", await http.GetStringAsync(new Uri("status", UriKind.Relative), Token), StringComparison.Ordinal);
        using var change = new StringContent("""{"on":false}""");
        await http.PatchAsync(new Uri("api/flags/dark-mode", UriKind.Relative), change, Token);
        await _output.UntilAsync("PATCH flag dark-mode: now version");

        await end.CancelAsync();
        Assert.Equal(ExitCode.Ok, await serve);
    }

    [Theory]
    [InlineData(null, "it has done its part")]
    [InlineData(503, "503")]
    public async Task Status_tells_which_source_is_in_use_and_why_the_one_before_was_left(int? fault, string reason)
    {
        await using var server = await DevServer.StartAsync(new DevServerOptions { Files = [WriteFile()] }, Token);
        if (fault is { } status)
        {
            server.AddFault(new(FaultKind.Status) { StatusCode = status, Path = PayloadEndpoint.PollPath });
        }

        var address = server.BaseUri.ToString();
        Assert.Equal(ExitCode.Ok, await RunAsync("status", "--service", address, "--sdk-key", "k", "--json", "--timeout", "50"));
        using (var json = JsonDocument.Parse(_output.ToString()))
        {
            var active = json.RootElement.GetProperty("active");
            Assert.Equal("fdv2-streaming", active.GetProperty("name").GetString());
            Assert.Equal("fdv2-polling initializer", active.GetProperty("previousName").GetString());
            Assert.Contains(reason, active.GetProperty("leftBecause").GetString(), StringComparison.Ordinal);
            Assert.InRange(DateTimeOffset.UtcNow - active.GetProperty("since").GetDateTimeOffset(), TimeSpan.Zero, Bound);
            Assert.Equal(3, json.RootElement.GetProperty("flags").GetInt32());
        }

        Assert.Equal(ExitCode.Ok, await RunAsync("status", "--service", address, "--sdk-key", "k", "--timeout", "50"));
        Assert.Matches(@"active source\s+│ fdv2-streaming for ", _output.ToString());
        Assert.Matches(@"left before\s+│ fdv2-polling initializer: ", _output.ToString());
    }

    [Fact]
    public async Task Status_of_a_single_source_names_no_other()
    {
        await using var server = await DevServer.StartAsync(new DevServerOptions { Files = [WriteFile()] }, Token);
        Assert.Equal(ExitCode.Ok, await RunAsync("status", "--stream", server.BaseUri.ToString(), "--sdk-key", "k", "--json"));
        using var json = JsonDocument.Parse(_output.ToString());
        Assert.Equal(("streaming", JsonValueKind.Null), (json.RootElement.GetProperty("kind").GetString(), json.RootElement.GetProperty("active").ValueKind));
    }

    [Theory]
    [InlineData("1", "stale")]
    [InlineData("0", "cant-catchup")]
    public async Task Serve_remembers_as_many_changes_as_it_is_told_to(string history, string reason)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var serve = RunAsync(end.Token, "serve", WriteFile(), "--port", "0", "--history", history);
        using var http = new HttpClient { BaseAddress = new Uri(Address().Match(await _output.UntilAsync("Ctrl+C")).Value) };
        http.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", "any-key");
        var state = PayloadWord.OfPoll(await http.GetStringAsync(new Uri("sdk/poll", UriKind.Relative), Token))[^1].State!;
        using var change = new StringContent("""{"on":false}""");
        await http.PatchAsync(new Uri("api/flags/dark-mode", UriKind.Relative), change, Token);
        var words = PayloadWord.OfPoll(await http.GetStringAsync(new Uri("sdk/poll?basis=" + Uri.EscapeDataString(state), UriKind.Relative), Token));
        Assert.Equal(reason, words[0].Reason);
        await end.CancelAsync();
        Assert.Equal(ExitCode.Ok, await serve);
    }

    [Fact]
    public async Task The_demo_comes_true()
    {
        Assert.Equal(ExitCode.Ok, await RunAsync("demo"));
        Assert.Empty(_error.ToString());
        Assert.Contains("All as expected.", _output.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("✗", _output.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b", _output.ToString(), StringComparison.Ordinal);
    }

    private Task<int> RunAsync(params string[] args) => RunAsync(Token, args);

    private Task<int> RunAsync(CancellationToken cancellationToken, params string[] args) =>
        Task.Run(() => HalyardTool.RunAsync(args, CliEnvironment.Of(_output, _error), cancellationToken), Token).WaitAsync(Bound, Token);

    private string WriteFile()
    {
        var path = Path.Combine(_directory.FullName, "flags.json");
        File.WriteAllText(path, FlagFile);
        return path;
    }

    [GeneratedRegex(@"http://[0-9.:]+/")]
    private static partial Regex Address();
}
