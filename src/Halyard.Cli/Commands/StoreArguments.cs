using System.CommandLine;
using Amazon.Runtime;
using Npgsql;
using StackExchange.Redis;

namespace Halyard.Cli;

/// <summary>The options that name a persistent store.</summary>
internal sealed class StoreArguments
{
    public const string Redis = "redis";
    public const string DynamoDB = "dynamodb";
    public const string Sqlite = "sqlite";
    public const string Postgres = "postgres";
    public const string Consul = "consul";

    /// <summary>The options that name a store, for messages.</summary>
    public const string Choice = "--redis CONN, --dynamodb TABLE, --sqlite FILE, --postgres CONN or --consul ADDRESS";

    private const string DefaultRedis = "localhost:6379";
    private const string LocalRegion = "us-east-1";

    private readonly Option<string?> _redis = new("--redis") { HelpName = "connection" };
    private readonly Option<string?> _dynamoDB = new("--dynamodb") { HelpName = "table" };
    private readonly Option<string?> _sqlite = new("--sqlite") { HelpName = "path" };
    private readonly Option<string?> _postgres = new("--postgres") { HelpName = "connection" };
    private readonly Option<string?> _consul = new("--consul") { HelpName = "address" };
    private readonly Option<string?> _prefix = new("--prefix") { Description = $"What the store's keys begin with. Default: \"{RedisStoreOptions.DefaultPrefix}\" in Redis and Consul, otherwise nothing.", HelpName = "text" };
    private readonly Option<string?> _region = new("--region") { Description = "The DynamoDB table's region. Default: where the AWS SDK looks for it.", HelpName = "name" };
    private readonly Option<string?> _endpoint = new("--endpoint") { Description = "The address of another DynamoDB, such as http://127.0.0.1:8000.", HelpName = "url" };

    /// <summary>Adds the options.</summary>
    /// <param name="command">The command.</param>
    /// <param name="verb">What is done with the store, such as <c>Read from</c>.</param>
    public void AddTo(Command command, string verb)
    {
        _redis.Description = $"{verb} Redis: host:port[,options] or redis://[user:password@]host:port[/database], or env:NAME or file:PATH of it; without a password, REDISCLI_AUTH.";
        _dynamoDB.Description = $"{verb} a DynamoDB table.";
        _sqlite.Description = $"{verb} an SQLite file.";
        _postgres.Description = $"{verb} PostgreSQL: Host=...;Database=...;Username=...[;Password=...], or env:NAME or file:PATH of it; without a password, PGPASSWORD or the password file.";
        _consul.Description = $"{verb} Consul: host:port or http(s)://host:port, or env:NAME or file:PATH of it; a token is taken from CONSUL_HTTP_TOKEN or CONSUL_HTTP_TOKEN_FILE.";
        foreach (var option in new Option[] { _redis, _dynamoDB, _sqlite, _postgres, _consul, _prefix, _region, _endpoint })
        {
            command.Add(option);
        }
    }

    /// <summary>Finds the store that the command line names.</summary>
    /// <param name="result">The command line.</param>
    /// <param name="to">The kind of store that was asked for; null takes the kind from the address.</param>
    /// <returns>The store with its name for people, which holds no password; null when none is named.</returns>
    /// <exception cref="CliException">It is several, or not of that kind, or an option belongs to another kind.</exception>
    public (string Name, IPersistentStore Store)? Read(ParseResult result, string? to)
    {
        var (redis, table, file) = (SecretText.Of("--redis", result.GetValue(_redis)), result.GetValue(_dynamoDB), result.GetValue(_sqlite));
        var (postgres, consul) = (SecretText.Of("--postgres", result.GetValue(_postgres)), SecretText.Of("--consul", result.GetValue(_consul)));
        List<string> named = [];
        named.AddRange(redis is not null ? [Redis] : []);
        named.AddRange(table is not null ? [DynamoDB] : []);
        named.AddRange(file is not null ? [Sqlite] : []);
        named.AddRange(postgres is not null ? [Postgres] : []);
        named.AddRange(consul is not null ? [Consul] : []);
        if (to == Redis && named.Count == 0)
        {
            redis = DefaultRedis;
            named.Add(Redis);
        }

        if (named.Count > 1 || (to is not null && named.Count == 1 && named[0] != to))
        {
            throw new CliException($"{(to is null ? "" : $"--to {to}, ")}{string.Join(", ", named.Select(static name => "--" + name))} contradict each other: name one store.", ExitCode.Usage);
        }

        if (to is not null && named.Count == 0)
        {
            throw new CliException(
                to switch
                {
                    Sqlite => "--to sqlite needs --sqlite FILE.",
                    Postgres => "--to postgres needs --postgres CONN.",
                    Consul => "--to consul needs --consul ADDRESS.",
                    _ => "--to dynamodb needs --dynamodb TABLE.",
                },
                ExitCode.Usage);
        }

        var (prefix, region, endpoint) = (result.GetValue(_prefix), result.GetValue(_region), result.GetValue(_endpoint));
        if (table is null && (region ?? endpoint) is not null)
        {
            throw new CliException("--region and --endpoint belong to --dynamodb.", ExitCode.Usage);
        }

        if (named.Count == 0)
        {
            return prefix is null ? null : throw new CliException("--prefix belongs to a store: " + Choice + ".", ExitCode.Usage);
        }

        var suffix = string.IsNullOrEmpty(prefix) ? "" : $", prefix {prefix}";
        try
        {
            return named[0] switch
            {
                Redis => ($"Redis {WithoutSecrets(redis!)}{suffix}", RedisStoreOf(redis!, prefix)),
                DynamoDB => ($"DynamoDB table {table}{suffix}", new DynamoDBStore(Table(table!, prefix, region, endpoint))),
                Postgres => ($"PostgreSQL {WithoutPassword(postgres!)}{suffix}", new PostgresStore(postgres!, prefix)),
                Consul => ($"Consul {WithoutUser(consul!)}{suffix}", new ConsulStore(consul!, prefix, ConsulToken())),
                _ => ($"{file}{suffix}", new SqliteStore(file!) { Prefix = prefix ?? "" }),
            };
        }
        catch (ArgumentException exception)
        {
            throw CliException.Of(exception);
        }
    }

    /// <summary>The option by which the command line names its one store.</summary>
    public string Spelled(ParseResult result) =>
        new Option<string?>[] { _redis, _dynamoDB, _sqlite, _postgres, _consul }.First(option => result.GetValue(option) is not null).Name;

    private static DynamoDBStoreOptions Table(string table, string? prefix, string? region, string? endpoint)
    {
        var options = new DynamoDBStoreOptions { Table = table, Prefix = prefix, Region = region };
        if (endpoint is null)
        {
            return options;
        }

        options.ServiceUrl = Uri.TryCreate(endpoint, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
            ? uri
            : throw new CliException($"{SecretText.Shown(endpoint)} is not an http or https address.", ExitCode.Usage);
        if (uri.IsLoopback && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("AWS_ACCESS_KEY_ID")))
        {
            // A DynamoDB on this machine takes any key, but none is refused.
            options.Credentials = new BasicAWSCredentials("local", "local");
            options.Region ??= LocalRegion;
        }

        return options;
    }

    private static string WithoutPassword(string connection)
    {
        try
        {
            var text = new NpgsqlConnectionStringBuilder(connection);
            return $"{text.Host}:{text.Port}/{text.Database ?? text.Username}";
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or OverflowException)
        {
            return ""; // The store says what is wrong, without a part of a password.
        }
    }

    private static string WithoutUser(string address) => address[(address.LastIndexOf('@') + 1)..];

    // As redis-cli does. A password in the connection itself wins.
    private static RedisStore RedisStoreOf(string connection, string? prefix)
    {
        if (Environment.GetEnvironmentVariable("REDISCLI_AUTH") is not { Length: > 0 } password)
        {
            return new(connection, prefix);
        }

        if (Uri.TryCreate(connection, UriKind.Absolute, out var uri) && uri.Scheme is "redis" or "rediss")
        {
            return new(
                uri.UserInfo.Contains(':', StringComparison.Ordinal)
                    ? connection
                    : $"{uri.Scheme}://{uri.UserInfo}:{Uri.EscapeDataString(password)}@{uri.Authority}{uri.PathAndQuery}",
                prefix);
        }

        ConfigurationOptions options;
        try
        {
            options = ConfigurationOptions.Parse(connection);
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or OverflowException)
        {
            return new(connection, prefix); // The store says what is wrong.
        }

        options.Password ??= password;
        return new(new RedisStoreOptions { ConfigurationOptions = options, Prefix = prefix });
    }

    private static string? ConsulToken() => Environment.GetEnvironmentVariable("CONSUL_HTTP_TOKEN") is { Length: > 0 } token ? token
        : Environment.GetEnvironmentVariable("CONSUL_HTTP_TOKEN_FILE") is { Length: > 0 } path ? SecretText.OfFile("CONSUL_HTTP_TOKEN_FILE", path)
        : null;

    private static string WithoutSecrets(string connection) =>
        connection.Contains("://", StringComparison.Ordinal)
            ? Uri.TryCreate(connection, UriKind.Absolute, out var uri) ? $"{uri.Host}:{(uri.Port < 0 ? 6379 : uri.Port)}" : ""
            : string.Join(',', connection.Split(',').Where(static part => !part.Contains('=', StringComparison.Ordinal)));
}
