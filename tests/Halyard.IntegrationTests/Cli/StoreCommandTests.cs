using System.Diagnostics;
using System.Text.Json;
using Halyard.Cli;
using Halyard.IntegrationTests.Support;
using Halyard.Model;
using Halyard.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace Halyard.IntegrationTests.Cli;

/// <summary>The commands that fill stores and read from them.</summary>
[Collection(RedisCollection.Name)]
public sealed class StoreCommandTests(RedisServer redis, PostgresServer postgres, ConsulServer consul)
    : IClassFixture<PostgresServer>, IClassFixture<ConsulServer>, IDisposable
{
    private const string FlagFile = """
        {
          "flags": {
            "dark-mode": {"on":true,"variations":[true,false],"fallthrough":{"variation":0},"offVariation":1,
              "rules":[{"id":"beta","clauses":[{"op":"segmentMatch","values":["beta"]}],"variation":1}]}
          },
          "flagValues": {"title":"Grüße"},
          "segments": {"beta":{"included":["u-beta"]}}
        }
        """;

    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("halyard-stores-");
    private readonly SignalWriter _output = new();
    private readonly SignalWriter _error = new();
    private readonly string _prefix = "t" + Guid.NewGuid().ToString("N");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Database => Path.Combine(_directory.FullName, "flags.db");

    public void Dispose()
    {
        _directory.Delete(recursive: true);
        _output.Dispose();
        _error.Dispose();
    }

    [Theory]
    [InlineData("redis")]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    [InlineData("consul")]
    public async Task A_store_filled_from_a_file_is_evaluated_and_described(string kind)
    {
        string[] store = [.. StoreOptions(kind), "--prefix", _prefix];
        Assert.Equal(ExitCode.Ok, await RunAsync(["sync", "--from", "file", "--to", kind, "--file", WriteFile(), .. store]));
        Assert.Contains("3 written, 0 unchanged, 0 failed; it holds 2 flags and 1 segments", _output.ToString(), StringComparison.Ordinal);
        Assert.Equal(ExitCode.Ok, await RunAsync(["sync", "--file", WriteFile(), .. store]));
        Assert.Contains("0 written, 3 unchanged, 0 failed", _output.ToString(), StringComparison.Ordinal);

        Assert.Equal(ExitCode.Ok, await RunAsync(["eval", "dark-mode", "--key", "u-beta", .. store]));
        Assert.Contains("RULE_MATCH(0,beta)", _output.ToString(), StringComparison.Ordinal);

        using var fresh = new SignalWriter();
        Assert.Equal(ExitCode.Ok, await HalyardTool.RunAsync(["status", "--json", .. store], CliEnvironment.Of(fresh, _error), Token).WaitAsync(Bound, Token));
        using var status = JsonDocument.Parse(fresh.ToString());
        var root = status.RootElement;
        Assert.Equal(("VALID", kind, true), (root.GetProperty("state").GetString(), root.GetProperty("kind").GetString(), root.GetProperty("complete").GetBoolean()));
        Assert.Equal((2, 1), (root.GetProperty("flags").GetInt32(), root.GetProperty("segments").GetInt32()));
        Assert.Equal(JsonValueKind.Null, root.GetProperty("lastError").ValueKind);
        Assert.Equal(0, root.GetProperty("cache").GetProperty("errors").GetInt32());
        Assert.InRange(root.GetProperty("cache").GetProperty("fetches").GetInt32(), 2, 4);
        Assert.InRange(root.GetProperty("dataAgeSeconds").GetDouble(), 0, 60);
        Assert.Empty(_error.ToString());
    }

    [Fact]
    public async Task What_the_source_does_not_hold_is_removed()
    {
        Assert.Equal(ExitCode.Ok, await RunAsync("sync", "--file", WriteFile(), "--sqlite", Database));
        var file = WriteFile("""{"flags":{"dark-mode":{"version":1,"on":false,"variations":[true,false],"offVariation":1}}}""");
        await using (var server = await DevServer.StartAsync(new DevServerOptions { Files = [file] }, Token))
        {
            Assert.Equal(ExitCode.Ok, await RunAsync("sync", "--poll", server.BaseUri.ToString(), "--sdk-key", "k", "--sqlite", Database));
        }

        Assert.Contains("1 written, 0 unchanged, 0 failed, 2 removed; it holds 1 flags and 0 segments", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Newer_versions_that_are_replaced_are_named()
    {
        await using (var writer = new SqliteStore(Database).CreateWriter(new(NullLoggerFactory.Instance, TimeProvider.System)))
        {
            await writer.UpsertAsync(new(DataKind.Flag, "title", new(long.MaxValue, false, "{}"u8.ToArray())), Token);
        }

        Assert.Equal(ExitCode.Ok, await RunAsync("sync", "--file", WriteFile(), "--sqlite", Database));
        Assert.StartsWith("warning: ", _error.ToString(), StringComparison.Ordinal);
        Assert.Contains(": flag title", _error.ToString(), StringComparison.Ordinal);
        Assert.Contains("3 written", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Follow_writes_every_change_and_watch_sees_it()
    {
        await using var server = await DevServer.StartAsync(new DevServerOptions { Files = [WriteFile()] }, Token);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Token);
        string[] store = ["--redis", redis.Endpoint, "--prefix", _prefix];
        var sync = RunAsync(end.Token, ["sync", "--stream", server.BaseUri.ToString(), "--sdk-key", "k", "--follow", .. store]);
        await _output.UntilAsync("filled with 2 flags and 1 segments");

        using var watched = new SignalWriter();
        var watch = HalyardTool.RunAsync(["watch", "title", "--key", "u", .. store], CliEnvironment.Of(watched, _error), end.Token);
        await watched.UntilAsync("title = \"Grüße\"");
        server.Patch(DataKind.Flag, "title", """{"variations":["neu"]}""");
        await _output.UntilAsync("flag title: version ");
        await watched.UntilAsync("title: \"Grüße\" → \"neu\"");
        server.Delete(DataKind.Segment, "beta");
        await _output.UntilAsync("segment beta: deleted, version ");

        // The marker is gone, and so the store counts as wiped.
        await ServerProcess.AskRedisAsync(redis.Port, $"DEL {_prefix}:$inited {_prefix}:features", Token);
        await _output.UntilAsync("filled again with 2 flags and 0 segments");

        await server.StopListeningAsync();
        await _output.UntilAsync("INTERRUPTED");
        await end.CancelAsync();
        Assert.Equal(ExitCode.Ok, await sync.WaitAsync(Bound, Token));
        Assert.Equal(ExitCode.Ok, await watch.WaitAsync(Bound, Token));
        Assert.Contains(" 0 failed", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_store_that_is_away_is_one_clear_line()
    {
        var port = ServerProcess.FreePorts(1)[0];
        Assert.Equal(ExitCode.Error, await RunAsync("sync", "--file", WriteFile(), "--redis", $"127.0.0.1:{port},password=hush"));
        Assert.Equal(ExitCode.NoData, await RunAsync("eval", "--key", "u", "--redis", $"127.0.0.1:{port},password=hush"));
        Assert.Equal(ExitCode.NoData, await RunAsync("status", "--sqlite", Database));
        var errors = _error.ToString().Trim().Split('\n');
        Assert.Equal(3, errors.Length);
        Assert.All(errors, static line => Assert.StartsWith("error: ", line, StringComparison.Ordinal));
        Assert.Contains("3 items failed", errors[0], StringComparison.Ordinal);
        Assert.Contains("does not exist", errors[2], StringComparison.Ordinal);
        Assert.DoesNotContain("hush", _error.ToString() + _output, StringComparison.Ordinal);
        Assert.Contains("StoreError", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_empty_store_says_how_to_fill_it()
    {
        Assert.Equal(ExitCode.NoData, await RunAsync("eval", "--key", "u", "--redis", redis.Endpoint, "--prefix", _prefix));
        Assert.Contains("halyard sync", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status_describes_a_source_that_cannot_be_reached()
    {
        var port = ServerProcess.FreePorts(1)[0];
        Assert.Equal(ExitCode.NoData, await RunAsync("status", "--stream", $"http://127.0.0.1:{port}", "--sdk-key", "k", "--timeout", "0.5"));
        Assert.Contains("INITIALIZING", _output.ToString(), StringComparison.Ordinal);
        Assert.Contains("NetworkError", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_process_writes_the_sqlite_file_that_this_one_reads()
    {
        var file = WriteFile();
        var tool = Path.Combine(AppContext.BaseDirectory, "Halyard.Cli.dll");
        var (code, output) = await Command.RunAsync("dotnet", tool, "sync", "--file", file, "--sqlite", Database);
        Assert.True(code == 0, output);

        await using var reader = await Client.StartAsync(
            new ClientOptions { DataSystem = new LazyLoadOptions(new SqliteStore(Database)) { Ttl = TimeSpan.Zero } }, Token);
        Assert.Equal("Grüße", await TitleAsync(reader));

        // One process follows the file, a third reads while this one does.
        var start = new ProcessStartInfo("dotnet", [tool, "sync", "--file", file, "--sqlite", Database, "--follow"]) { RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        try
        {
            for (string? line = ""; !line!.Contains("filled with", StringComparison.Ordinal);)
            {
                line = await process.StandardOutput.ReadLineAsync(Token).AsTask().WaitAsync(Bound, Token) ?? throw new EndOfStreamException();
            }

            await File.WriteAllTextAsync(file, FlagFile.Replace("Grüße", "Salut", StringComparison.Ordinal), Token);
            await Conditions.UntilAsync(async () => await TitleAsync(reader) == "Salut");

            (code, output) = await Command.RunAsync("dotnet", tool, "eval", "title", "--key", "u", "--sqlite", Database);
            Assert.True(code == 0, output);
            Assert.Contains("Salut", output, StringComparison.Ordinal);
        }
        finally
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None).WaitAsync(Bound, CancellationToken.None);
        }

        // The writer was killed: the file is whole.
        Assert.Equal("Salut", await TitleAsync(reader));
    }

    private static async Task<string> TitleAsync(Client client) => await client.StringVariationAsync("title", Context.New("u"), "", Token);

    private string[] StoreOptions(string kind) => kind switch
    {
        "redis" => ["--redis", redis.Endpoint],
        "postgres" => ["--postgres", postgres.ConnectionString],
        "consul" => ["--consul", consul.Endpoint],
        _ => ["--sqlite", Database],
    };

    private Task<int> RunAsync(params string[] args) => RunAsync(Token, args);

    private Task<int> RunAsync(CancellationToken cancellationToken, params string[] args) =>
        Task.Run(() => HalyardTool.RunAsync(args, CliEnvironment.Of(_output, _error), cancellationToken), Token).WaitAsync(Bound, Token);

    private string WriteFile(string content = FlagFile)
    {
        var path = Path.Combine(_directory.FullName, "flags.json");
        File.WriteAllText(path, content);
        return path;
    }
}

[Collection(DynamoDBCollection.Name)]
public sealed class DynamoDBCommandTests(DynamoDBLocal server) : IDisposable
{
    private readonly SignalWriter _output = new();
    private readonly SignalWriter _error = new();

    public void Dispose()
    {
        _output.Dispose();
        _error.Dispose();
    }

    [Fact]
    public async Task A_table_is_filled_and_evaluated()
    {
        string[] store = ["--dynamodb", DynamoDBLocal.Table, "--endpoint", server.Url.ToString(), "--prefix", "t" + Guid.NewGuid().ToString("N"), "--timeout", "30"];
        Assert.Equal(ExitCode.Ok, await RunAsync(["sync", "--file", Repository.PathOf("samples", "flags.json"), .. store]));
        Assert.Equal(ExitCode.Ok, await RunAsync(["sync", "--file", Repository.PathOf("samples", "flags.json"), .. store]));
        Assert.Contains("0 written, 38 unchanged, 0 failed", _output.ToString(), StringComparison.Ordinal);
        Assert.Equal(ExitCode.Ok, await RunAsync(["eval", "max-cart-items", "--key", "u", .. store]));
        Assert.Empty(_error.ToString());
    }

    private Task<int> RunAsync(string[] args) => HalyardTool.RunAsync(args, CliEnvironment.Of(_output, _error), TestContext.Current.CancellationToken)
        .WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
}
