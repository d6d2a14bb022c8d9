using Halyard.Cli;

namespace Halyard.Tests.Cli;

public class CommandLineTests
{
    [Theory]
    [InlineData("halyard 0.", "--version")]
    [InlineData("Commands:")]
    [InlineData("Commands:", "--help")]
    [InlineData("/sdk/latest-all", "serve", "--help")]
    [InlineData("# serve a file", "serve", "-h")]
    [InlineData("/api/faults[/ID]", "serve", "--help")]
    [InlineData("/ofrep/v1/evaluate/flags", "serve", "--help")]
    [InlineData("--env NAME=SOURCE", "serve", "--help")]
    [InlineData("--history <changes>", "serve", "--help")]
    [InlineData("--service <url>", "status", "--help")]
    [InlineData("3  the source cannot be reached", "eval", "--help")]
    [InlineData("--for <seconds>", "watch", "--help")]
    [InlineData("--override <path>", "eval", "--help")]
    [InlineData("--override <path>", "watch", "--help")]
    [InlineData("--override <path>", "serve", "--help")]
    [InlineData("Ends by itself", "demo", "--help")]
    [InlineData("source <(halyard completion bash)", "completion", "--help")]
    [InlineData("the store is untouched", "sync", "--help")]
    [InlineData("has the store been filled?", "status", "--help")]
    [InlineData("env:NAME or file:PATH", "serve", "--help")]
    [InlineData("REDISCLI_AUTH, the password", "status", "--help")]
    [InlineData("CONSUL_HTTP_TOKEN_FILE", "sync", "--help")]
    [InlineData("HALYARD_SDK_KEY", "watch", "--help")]
    [InlineData("PGPASSFILE", "eval", "--help")]
    public async Task Help_and_version_are_printed(string expected, params string[] args)
    {
        var (code, output, error) = await RunAsync(args);
        Assert.Equal(ExitCode.Ok, code);
        Assert.Contains(expected, output, StringComparison.Ordinal);
        Assert.Empty(error);
    }

    [Theory]
    [InlineData("'bogus'", "bogus")]
    [InlineData("--bogus", "serve", "x.json", "--bogus")]
    [InlineData("Did you mean serve? See halyard --help.", "sevre", "x.json")]
    [InlineData("Did you mean eval?", "evall")]
    [InlineData("Unknown option --stram. Did you mean --stream?", "eval", "--key", "k", "--stram", "http://localhost")]
    [InlineData("Unknown option --prot. Did you mean --port?", "serve", "x.json", "--prot", "80")]
    [InlineData("Unknown option --fiel. Did you mean --file?", "eval", "--fiel=x.json", "--key", "k")]
    [InlineData("Unknown option --hlep. Did you mean --help?", "pull", "--hlep")]
    [InlineData("Unknown option -9. See", "eval", "-9")]
    [InlineData("--file and --stream contradict each other", "eval", "--key", "k", "--file", "x.json", "--stream", "http://localhost")]
    [InlineData("--poll and --sqlite contradict each other", "status", "--poll", "http://localhost", "--sqlite", "x.db")]
    [InlineData("--context and --key contradict each other", "eval", "--file", "x.json", "--key", "k", "--context", "{}")]
    [InlineData("one of: 'bash' 'zsh' 'pwsh'", "completion", "fish")]
    [InlineData("'file'", "serve")]
    [InlineData("not from both", "serve", "x.json", "--stream", "http://localhost", "--source-key", "k")]
    [InlineData("needs --source-key", "serve", "--stream", "http://localhost")]
    [InlineData("--env names every source", "serve", "x.json", "--env", "a=y.json")]
    [InlineData("NAME=VALUE", "serve", "--env", "x.json")]
    [InlineData("NAME=VALUE", "serve", "--env", "../a=x.json")]
    [InlineData("is there twice", "serve", "--env", "a=x.json", "--env", "a=y.json")]
    [InlineData("no --env does", "serve", "--env", "a=x.json", "--sdk-key", "b=k")]
    [InlineData("have the same key", "serve", "--env", "a=x.json", "--env", "b=y.json", "--sdk-key", "a=k", "--sdk-key", "b=k")]
    [InlineData("needs --source-key", "serve", "--env", "a=stream:http://localhost")]
    [InlineData("not an http or https address", "serve", "--env", "a=poll:localhost", "--source-key", "a=k")]
    [InlineData("--snapshot is for services", "serve", "x.json", "--snapshot", "y")]
    [InlineData("--secure-mode needs --sdk-key", "serve", "x.json", "--secure-mode")]
    [InlineData("--allow-remote", "serve", "x.json", "--host", "*")]
    [InlineData("needs --sdk-key", "serve", "x.json", "--host", "*", "--allow-remote")]
    [InlineData("needs --sdk-key of b", "serve", "--env", "a=x.json", "--env", "b=y.json", "--sdk-key", "a=k", "--host", "*", "--allow-remote")]
    [InlineData("no secrets", "serve", "--env", "a=x.json", "--sdk-key", "a=k", "--mobile-key", "a=k", "--host", "*", "--allow-remote")]
    [InlineData("--secure-mode needs --sdk-key a=KEY", "serve", "--env", "a=x.json", "--secure-mode")]
    [InlineData("--api-key is empty", "serve", "x.json", "--api-key", "")]
    [InlineData("--api-key is empty", "serve", "x.json", "--api-key", " ")]
    [InlineData("--sdk-key is empty", "serve", "x.json", "--sdk-key", "")]
    [InlineData("--client-side-id is empty", "serve", "x.json", "--client-side-id", "")]
    [InlineData("--mobile-key is empty", "serve", "x.json", "--mobile-key", "  ")]
    [InlineData("--sdk-key of a is empty", "serve", "--env", "a=x.json", "--sdk-key", "a= ")]
    [InlineData("no client could send it", "serve", "x.json", "--sdk-key", " k")]
    [InlineData("--sdk-key of a is there twice", "serve", "--env", "a=x.json", "--sdk-key", "a=k", "--sdk-key", "a=l")]
    [InlineData("--override names the environment b", "serve", "--env", "a=x.json", "--override", "b=y.json")]
    [InlineData("--env-id is for a single environment", "serve", "--env", "a=x.json", "--env-id", "b")]
    [InlineData("--snapshot is for services", "serve", "--file", "x.json", "--snapshot", "y")]
    [InlineData("--snapshot is for services", "serve", "--env", "a=x.json", "--snapshot", "y")]
    [InlineData("--source-key is for", "serve", "x.json", "--source-key", "k")]
    [InlineData("--source-key is for", "serve", "--sqlite", "x.db", "--source-key", "k")]
    [InlineData("--source-key a=KEY is for", "serve", "--env", "a=x.json", "--source-key", "a=k")]
    [InlineData("--write-back needs flag files", "serve", "--sqlite", "x.db", "--write-back")]
    [InlineData("not 70000", "serve", "x.json", "--port", "70000")]
    [InlineData("not \"example.org\"", "serve", "x.json", "--host", "example.org")]
    [InlineData("--env-id takes", "serve", "x.json", "--env-id", "two words")]
    [InlineData("--history takes", "serve", "x.json", "--history", "-1")]
    [InlineData("--history takes", "serve", "x.json", "--history", "many")]
    [InlineData("needs --sdk-key", "status", "--service", "http://localhost")]
    [InlineData("cannot write x.yaml", "serve", "x.yaml", "--write-back")]
    [InlineData("--context JSON or --key KEY", "eval", "--file", "x.json")]
    [InlineData("--context JSON or --key KEY", "eval", "--file", "x.json", "--key", "k", "--context", "{}")]
    [InlineData("one of --file PATH", "eval", "--key", "k")]
    [InlineData("one of --file PATH", "eval", "--key", "k", "--file", "x.json", "--stream", "http://localhost")]
    [InlineData("needs --sdk-key", "eval", "--key", "k", "--poll", "http://localhost")]
    [InlineData("not an http or https address", "eval", "--key", "k", "--poll", "localhost", "--sdk-key", "s")]
    [InlineData("context is invalid", "eval", "--context", "{\"kind\":7}", "--file", "x.json")]
    [InlineData("Cannot read the context from nope.json", "eval", "--context", "@nope.json", "--file", "x.json")]
    [InlineData("'abc'", "eval", "--timeout", "abc")]
    [InlineData("--timeout takes", "eval", "--timeout", "0", "--key", "k", "--file", "x.json")]
    [InlineData("--for takes", "watch", "--for", "-1", "--key", "k", "--file", "x.json")]
    [InlineData("one of --file PATH", "status")]
    [InlineData("one of --file PATH", "status", "--file", "x.json", "--sqlite", "x.db")]
    [InlineData("contradict each other", "eval", "--key", "k", "--redis", "a", "--sqlite", "x.db")]
    [InlineData("--prefix belongs to a store", "status", "--file", "x.json", "--prefix", "p")]
    [InlineData("belong to --dynamodb", "status", "--sqlite", "x.db", "--region", "eu-west-1")]
    [InlineData("not an http or https address", "status", "--dynamodb", "t", "--endpoint", "here")]
    [InlineData("Configuration is not a va", "status", "--redis", "redis://a:b:c:d")]
    [InlineData("Say which store", "sync", "--file", "x.json")]
    [InlineData("one of --file PATH, --stream URL, --poll URL or --service URL", "sync", "--sqlite", "x.db")]
    [InlineData("one of --file PATH", "sync", "--from", "file", "--sqlite", "x.db")]
    [InlineData("--from poll and --file contradict", "sync", "--from", "poll", "--file", "x.json", "--sqlite", "x.db")]
    [InlineData("--to redis, --sqlite contradict", "sync", "--file", "x.json", "--to", "redis", "--sqlite", "x.db")]
    [InlineData("--to sqlite needs", "sync", "--file", "x.json", "--to", "sqlite")]
    [InlineData("--to postgres needs", "sync", "--file", "x.json", "--to", "postgres")]
    [InlineData("--to consul needs", "sync", "--file", "x.json", "--to", "consul")]
    [InlineData("--create-table belongs to --postgres", "sync", "--sqlite", "x.db", "--create-table")]
    [InlineData("ConnectionString is not valid", "status", "--postgres", "postgres://user:secret@host/db")]
    [InlineData("names no Host", "status", "--postgres", "Database=flags")]
    [InlineData("address is not valid", "status", "--consul", "http://")]
    [InlineData("--to dynamodb needs", "sync", "--file", "x.json", "--to", "dynamodb")]
    [InlineData("'memory'", "sync", "--file", "x.json", "--to", "memory")]
    [InlineData("--for belongs to --follow", "sync", "--file", "x.json", "--sqlite", "x.db", "--for", "3")]
    public async Task A_wrong_command_line_is_one_clear_line_and_exit_code_2(string expected, params string[] args)
    {
        var (code, output, error) = await RunAsync(args);
        Assert.Equal(ExitCode.Usage, code);
        Assert.Empty(output);
        Assert.StartsWith("error: ", error, StringComparison.Ordinal);
        Assert.Contains(expected, error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    [Theory]
    [InlineData("serve", "x.json", "--sdk-keyy=s3cr3t")]
    [InlineData("serve", "x.json", "--sdk-keyy:s3cr3t")]
    [InlineData("eval", "--fil", "x.json", "--sdk-kye=s3cr3t")]
    [InlineData("status", "--rediss=redis://:s3cr3t@host")]
    public async Task A_mistyped_option_is_named_without_the_value_behind_it(params string[] args)
    {
        var (code, output, error) = await RunAsync(args);
        Assert.Equal((ExitCode.Usage, ""), (code, output));
        Assert.Contains("Did you mean --", error, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cr3t", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_not_there_ends_serve_at_once()
    {
        var (code, _, error) = await RunAsync("serve", "nowhere/flags.json", "--port", "0");
        Assert.Equal(ExitCode.Error, code);
        Assert.Contains("nowhere", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_statements_of_the_tables_are_printed_without_a_source_or_a_server()
    {
        var (code, output, error) = await RunAsync("sync", "--postgres", "Host=nowhere;Database=flags", "--create-table");
        Assert.Equal((ExitCode.Ok, ""), (code, error));
        Assert.Equal(new PostgresStore("Host=nowhere").CreateTableSql, output.TrimEnd());
        Assert.Contains("CREATE TABLE IF NOT EXISTS \"halyard\" (", output, StringComparison.Ordinal);
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await HalyardTool.RunAsync(args, CliEnvironment.Of(output, error), TestContext.Current.CancellationToken)
            .WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        return (code, output.ToString(), error.ToString());
    }
}
