using System.Diagnostics;
using Halyard.Cli;
using Halyard.Tests.Support;

namespace Halyard.IntegrationTests.Cli;

/// <summary>The tool takes its secrets from the environment and from files as well, and repeats none.</summary>
[Collection(typeof(Alone))]
public sealed class SecretCommandTests : IDisposable
{
    private const string Secret = "Pw9+Vr/7k=toolsecret";
    private const string FlagFile = """{"flagValues":{"title":"hello"}}""";

    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("halyard-tool-");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Delete(recursive: true);

    [Theory]
    [InlineData("env")]
    [InlineData("file")]
    [InlineData("pipe")]
    public async Task A_server_and_a_reader_agree_on_a_key_that_no_process_list_shows(string how)
    {
        var key = how switch
        {
            "env" => "env:HALYARD_TEST_KEY",
            "file" => "file:" + Write("key", Secret + "\n"),
            _ => "file:" + Pipe(),
        };
        using var server = Start([("HALYARD_TEST_KEY", Secret)], "serve", Write("flags.json", FlagFile), "--port", "0", "--sdk-key", key);
        try
        {
            if (how == "pipe")
            {
                // As a shell's <(command) writes to it.
                await File.WriteAllTextAsync(key["file:".Length..], Secret + "\n", Token).WaitAsync(Bound, Token);
                key = "file:" + Write("key", Secret);
            }

            var address = await AddressOfAsync(server);
            if (OperatingSystem.IsLinux())
            {
                Assert.DoesNotContain("toolsecret", await File.ReadAllTextAsync($"/proc/{server.Id}/cmdline", Token), StringComparison.Ordinal);
            }

            var (code, output) = await RunAsync([("HALYARD_TEST_KEY", Secret)], "eval", "title", "--poll", address, "--sdk-key", key, "--key", "u");
            Assert.Equal(ExitCode.Ok, code);
            Assert.Contains("hello", output, StringComparison.Ordinal);
            var (refused, answer) = await RunAsync([], "eval", "title", "--poll", address, "--sdk-key", "another", "--key", "u", "--timeout", "1");
            Assert.Equal(ExitCode.NoData, refused);
            Assert.Contains("401", answer, StringComparison.Ordinal);
            Assert.DoesNotContain("another", answer, StringComparison.Ordinal);
        }
        finally
        {
            server.Kill();
            await server.WaitForExitAsync(Token);
        }
    }

    [Fact]
    public async Task Redis_takes_its_password_from_the_variable_of_redis_cli_and_its_connection_from_anywhere()
    {
        await using var redis = new RedisServer();
        await redis.StartAsync();
        await ServerProcess.AskRedisAsync(redis.Port, $"CONFIG SET requirepass {Secret}", Token);
        var address = $"redis://:{Uri.EscapeDataString(Secret)}@{redis.Endpoint}";
        await SucceedsAsync([], "sync", "--file", Write("flags.json", FlagFile), "--redis", "file:" + Write("redis", address));
        await SucceedsAsync([("REDISCLI_AUTH", Secret)], "status", "--redis", redis.Endpoint);
        await SucceedsAsync([("REDISCLI_AUTH", Secret)], "status", "--redis", $"redis://{redis.Endpoint}/0");
        await SucceedsAsync([("REDISCLI_AUTH", Secret)], "status", "--redis", $"redis://default@{redis.Endpoint}");
        await SucceedsAsync([("REDISCLI_AUTH", "wrong")], "status", "--redis", $"{redis.Endpoint},password={Secret}");
        await SucceedsAsync([("REDISCLI_AUTH", "wrong"), ("CONNECTION", address)], "status", "--redis", "env:CONNECTION");
        await FailsAsync([], ExitCode.NoData, "status", "--redis", redis.Endpoint);
        await FailsAsync([("REDISCLI_AUTH", "wrong-" + Secret)], ExitCode.NoData, "status", "--redis", redis.Endpoint);
    }

    [Fact]
    public async Task PostgreSQL_takes_its_password_from_its_own_variable_and_its_connection_from_anywhere()
    {
        await using var server = new PostgresServer();
        await server.InitializeAsync();
        await server.ExecuteAsync($"CREATE ROLE {PostgresServer.Guarded} LOGIN PASSWORD '{Secret}'; GRANT ALL ON SCHEMA public TO {PostgresServer.Guarded}");
        var connection = $"Host=127.0.0.1;Port={server.Port};Database=postgres;Username={PostgresServer.Guarded}";
        var full = $"{connection};Password={Secret}";
        await SucceedsAsync([("CONNECTION", full)], "sync", "--file", Write("flags.json", FlagFile), "--postgres", "env:CONNECTION");
        await SucceedsAsync([], "status", "--postgres", "file:" + Write("postgres", full));
        await SucceedsAsync([("PGPASSWORD", Secret)], "status", "--postgres", connection);
        await FailsAsync([("PGPASSWORD", "wrong-" + Secret)], ExitCode.NoData, "status", "--postgres", connection);
    }

    [Fact]
    public async Task Consul_takes_its_token_from_its_own_variables()
    {
        await using var server = new ConsulServer { HasAccessControl = true };
        await server.StartAsync();
        var token = ConsulServer.MasterToken;
        await SucceedsAsync([("CONSUL_HTTP_TOKEN", token)], "sync", "--file", Write("flags.json", FlagFile), "--consul", server.Endpoint);
        await SucceedsAsync([("CONSUL_HTTP_TOKEN_FILE", Write("token", token + "\n"))], "status", "--consul", server.Endpoint);
        await SucceedsAsync(
            [("CONSUL_HTTP_TOKEN_FILE", Write("token", token)), ("ADDRESS", server.Endpoint)], "status", "--consul", "env:ADDRESS");
        await FailsAsync([("CONSUL_HTTP_TOKEN_FILE", Path.Combine(_directory.FullName, "nowhere"))], ExitCode.Usage, "status", "--consul", server.Endpoint);
        await FailsAsync([("CONSUL_HTTP_TOKEN", Secret)], ExitCode.NoData, "status", "--consul", server.Endpoint);
    }

    [Theory]
    [InlineData("status", "--poll", "http://u:toolsecret@127.0.0.1:1", "--sdk-key", "sdk-toolsecret")]
    [InlineData("status", "--poll", "u:toolsecret@127.0.0.1", "--sdk-key", "sdk-toolsecret")]
    [InlineData("status", "--service", "ftp://u:toolsecret@127.0.0.1", "--sdk-key", "sdk-toolsecret")]
    [InlineData("status", "--stream", "http://127.0.0.1:1", "--sdk-key", "sdk toolsecret")]
    [InlineData("status", "--redis", "redis://u:toolsecret@127.0.0.1:1")]
    [InlineData("status", "--redis", "127.0.0.1:1,password=a,toolsecret")]
    [InlineData("status", "--redis", "127.0.0.1:1,password=a,toolsecret=b")]
    [InlineData("status", "--redis", "redis://u:toolsecret@a:b:c")]
    [InlineData("status", "--postgres", "Host=127.0.0.1;Port=1;Password=toolsecret")]
    [InlineData("status", "--postgres", "Host=127.0.0.1;Port=1;Password=a;toolsecret=b")]
    [InlineData("status", "--postgres", "postgres://u:a=toolsecret@host/db")]
    [InlineData("status", "--postgres", "postgres://u:toolsecret=a@host/db")]
    [InlineData("status", "--consul", "http://u:toolsecret@127.0.0.1:1")]
    [InlineData("status", "--consul", "toolsecret@host:x")]
    [InlineData("status", "--dynamodb", "t", "--endpoint", "u:toolsecret@host")]
    [InlineData("status", "--dynamodb", "t", "--endpoint", "http://u:toolsecret@127.0.0.1:1")]
    public async Task A_line_that_fails_repeats_no_secret_of_it(params string[] args) => await FailsAsync([], null, [.. args, "--timeout", "1"]);

    [Theory]
    [InlineData("--sdk-key: there is no environment variable NOT_THERE.", "eval", "--poll", "http://127.0.0.1:1", "--key", "u", "--sdk-key", "env:NOT_THERE")]
    [InlineData("--redis: there is no environment variable .", "status", "--redis", "env:")]
    [InlineData("--postgres: nowhere cannot be read", "status", "--postgres", "file:nowhere")]
    [InlineData("--sdk-key: /dev/zero cannot be read: it is larger than", "serve", "x.json", "--sdk-key", "file:/dev/zero")]
    [InlineData("--sdk-key: /dev/null is empty", "serve", "x.json", "--sdk-key", "file:/dev/null")]
    public async Task What_is_not_there_is_said_by_its_option(string expected, params string[] args)
    {
        var (code, output) = await ToolAsync(args);
        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains(expected, output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pipe_that_nobody_writes_to_is_given_up()
    {
        var (code, output) = await ToolAsync("serve", "x.json", "--sdk-key", "file:" + Pipe());
        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains("nothing came out of it", output, StringComparison.Ordinal);
        var (contextCode, contextOutput) = await ToolAsync("eval", "--file", "x.json", "--context", "@" + Pipe());
        Assert.Equal(ExitCode.Usage, contextCode);
        Assert.Contains("nothing came out of it", contextOutput, StringComparison.Ordinal);
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_directory.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }

    private string Pipe()
    {
        var path = Path.Combine(_directory.FullName, $"pipe-{Guid.NewGuid():N}");
        NamedPipes.Make(path);
        return path;
    }

    private static async Task SucceedsAsync((string Name, string Value)[] variables, params string[] args)
    {
        var (code, output) = await RunAsync(variables, args);
        Assert.True(code == ExitCode.Ok, output);
        Assert.DoesNotContain("toolsecret", output, StringComparison.Ordinal);
    }

    private static async Task FailsAsync((string Name, string Value)[] variables, int? expected, params string[] args)
    {
        var (code, output) = variables.Length == 0 ? await ToolAsync(args) : await RunAsync(variables, args);
        Assert.NotEqual(ExitCode.Ok, code);
        Assert.Equal(expected ?? code, code);
        Assert.NotEmpty(output);
        Assert.DoesNotContain("toolsecret", output, StringComparison.Ordinal);
    }

    // In this process, which is quicker, and has no variables.
    private static async Task<(int Code, string Output)> ToolAsync(params string[] args)
    {
        using var output = new StringWriter();
        var code = await HalyardTool.RunAsync(args, CliEnvironment.Of(output, output), Token).WaitAsync(Bound, Token);
        return (code, output.ToString());
    }

    private static async Task<(int Code, string Output)> RunAsync((string Name, string Value)[] variables, params string[] args)
    {
        using var process = Start(variables, args);
        var output = process.StandardOutput.ReadToEndAsync(Token);
        var error = process.StandardError.ReadToEndAsync(Token);
        await process.WaitForExitAsync(Token).WaitAsync(Bound, Token);
        return (process.ExitCode, await output + await error);
    }

    private static Process Start((string Name, string Value)[] variables, params string[] args)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Halyard.Cli.dll"), .. args])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in variables)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    private static async Task<string> AddressOfAsync(Process server)
    {
        while (await server.StandardOutput.ReadLineAsync(Token).AsTask().WaitAsync(Bound, Token) is { } line)
        {
            if (line.IndexOf("http://", StringComparison.Ordinal) is var at and >= 0)
            {
                return line[at..].Split(' ')[0];
            }
        }

        throw new InvalidOperationException(await server.StandardError.ReadToEndAsync(Token));
    }
}
