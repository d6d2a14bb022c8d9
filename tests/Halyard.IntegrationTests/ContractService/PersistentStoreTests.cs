using System.Text;
using System.Text.Json.Nodes;
using Halyard.Model;
using Microsoft.Extensions.Logging.Abstractions;

namespace Halyard.IntegrationTests.ContractService;

/// <summary>Persistent stores as a harness configures them, for one kind of store.</summary>
public abstract class PersistentStoreTests : IAsyncLifetime
{
    private const string User = """{"kind":"user","key":"u1"}""";

    private readonly ServiceDriver _driver = new();
    private readonly string _prefix = Guid.NewGuid().ToString("N");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>The store as the configuration names it.</summary>
    private protected abstract JsonObject Store { get; }

    private protected abstract IPersistentStore Open(string prefix);

    public virtual async ValueTask InitializeAsync() => await _driver.InitializeAsync();

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return _driver.DisposeAsync();
    }

    [Theory]
    [InlineData("""{"mode":"off"}""", false, "two")]
    [InlineData("""{"mode":"ttl","ttl":600}""", false, "one")]
    [InlineData("""{"mode":"infinite"}""", false, "one")]
    [InlineData("""{"mode":"off"}""", true, "two")]
    [InlineData("""{"mode":"ttl","ttl":600}""", true, "one")]
    public async Task A_store_alone_is_read_as_its_cache_mode_says(string cache, bool newer, string afterwards)
    {
        await WriteAsync("one", 1);
        var store = Configuration(cache);
        var client = await _driver.CreateAsync((newer
            ? new JsonObject { ["dataSystem"] = new JsonObject { ["storeMode"] = 0, ["store"] = new JsonObject { ["persistentDataStore"] = store } } }
            : new JsonObject { ["persistentDataStore"] = store }).ToJsonString());
        Assert.Equal("one", await ReadAsync(client));
        await WriteAsync("two", 2);
        Assert.Equal(afterwards, await ReadAsync(client));
        Assert.Equal(0, _driver.Harness.Requests.Count);
    }

    [Theory]
    [InlineData("""{"streaming":{"baseUri":"$H/v1"}}""", true)]
    [InlineData("""{"dataSystem":{"storeMode":1,"synchronizers":[{"streaming":{"baseUri":"$H/v2"}}]}}""", true)]
    [InlineData("""{"dataSystem":{"storeMode":0,"synchronizers":[{"polling":{"baseUri":"$H/v2"}}]}}""", false)]
    public async Task A_store_beside_a_source_is_written_when_it_may_be(string configuration, bool isWritten)
    {
        _driver.Harness.Data = """{"flags":{"flag":FLAG},"segments":{}}""".Replace("FLAG", Flag("pushed", 3), StringComparison.Ordinal);
        await WriteAsync("one", 1);
        var node = JsonNode.Parse(configuration)!;
        if (node["dataSystem"] is { } dataSystem)
        {
            dataSystem["store"] = new JsonObject { ["persistentDataStore"] = Configuration("""{"mode":"off"}""") };
        }
        else
        {
            node["persistentDataStore"] = Configuration("""{"mode":"off"}""");
        }

        var client = await _driver.CreateAsync(node.ToJsonString());
        await _driver.Harness.Requests.EntryAsync(1);
        await UntilAsync(async () => await ReadAsync(client) == "pushed");

        // Closing writes what is still to be written.
        await _driver.CloseAsync(client);
        await using var reader = Open(_prefix).CreateReader(new(NullLoggerFactory.Instance, TimeProvider.System));
        var stored = await reader.GetAsync(DataKind.Flag, "flag", Token);
        Assert.Equal(isWritten, Encoding.UTF8.GetString(stored!.Value.SerializedItem.Span).Contains("pushed", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""{"persistentDataStore":STORE}""")]
    [InlineData("""{"dataSystem":{"storeMode":0,"store":{"persistentDataStore":STORE}}}""")]
    [InlineData("""{"dataSystem":{"storeMode":1,"store":{"persistentDataStore":STORE},"initializers":null,"synchronizers":[]}}""")]
    public async Task A_store_alone_may_be_empty_and_needs_no_marker(string configuration)
    {
        var client = await CreateAsync(configuration, """{"mode":"off"}""");
        var answer = await EvaluateAsync(client);
        Assert.Equal(("none", "FLAG_NOT_FOUND"), ((string)answer["value"]!, (string)answer["reason"]!["errorKind"]!));
        await WriteWithoutMarkerAsync("one", 1);
        Assert.Equal("one", await ReadAsync(client));
    }

    [Theory]
    [InlineData("""{"mode":"off"}""", false)]
    [InlineData("""{"mode":"off"}""", true)]
    [InlineData("""{"mode":"ttl","ttl":0.2}""", true)]
    [InlineData("""{"mode":"infinite"}""", true)]
    public async Task Beside_a_source_that_is_late_the_store_is_read_once_it_has_its_marker(string cache, bool newer)
    {
        var client = await CreateAsync(
            newer
                ? """{"startWaitTimeMs":1,"initCanFail":true,"dataSystem":{"storeMode":0,"store":{"persistentDataStore":STORE},"synchronizers":[{"streaming":{"baseUri":"$H/slow"}}]}}"""
                : """{"startWaitTimeMs":1,"initCanFail":true,"streaming":{"baseUri":"$H/slow"},"persistentDataStore":STORE}""",
            cache);
        await WriteWithoutMarkerAsync("half", 1);
        var answer = await EvaluateAsync(client);
        Assert.Equal(("none", "CLIENT_NOT_READY"), ((string)answer["value"]!, (string)answer["reason"]!["errorKind"]!));
        await WriteAsync("whole", 2);
        if (cache.Contains("ttl", StringComparison.Ordinal))
        {
            await UntilAsync(async () => await ReadAsync(client) == "whole");
        }
        else
        {
            Assert.Equal(cache.Contains("off", StringComparison.Ordinal) ? "whole" : "none", await ReadAsync(client));
        }
    }

    [Theory]
    [InlineData("""{"mode":"off"}""")]
    [InlineData("""{"mode":"ttl","ttl":1}""")]
    [InlineData("""{"mode":"infinite"}""")]
    public async Task In_FDv1_the_store_stays_the_record_behind_a_cache(string cache)
    {
        _driver.Harness.Data = """{"flags":{"flag":FLAG},"segments":{}}""".Replace("FLAG", Flag("pushed", 10), StringComparison.Ordinal);
        var client = await CreateAsync("""{"streaming":{"baseUri":"$H/v1"},"persistentDataStore":STORE}""", cache);
        Assert.Equal("pushed", await ReadAsync(client));
        await UntilStoredAsync(item => (int)item["version"]! == 10);
        await WriteWithoutMarkerAsync("edited", 20);
        if (cache.Contains("infinite", StringComparison.Ordinal))
        {
            Assert.Equal("pushed", await ReadAsync(client));
        }
        else
        {
            await UntilAsync(async () => await ReadAsync(client) == "edited");
        }

        Push(newer: false, 30, "newest");
        await UntilAsync(async () => await ReadAsync(client) == "newest");
        await UntilStoredAsync(item => (int)item["version"]! == 30);
        Push(newer: false, 40, null);
        await UntilAsync(async () => await ReadAsync(client) == "none");
        await UntilStoredAsync(item => (bool?)item["deleted"] == true && (int)item["version"]! == 40);
        Assert.Equal("none", await ReadAsync(client));
    }

    [Theory]
    [InlineData("""{"mode":"infinite"}""", true)]
    [InlineData("""{"mode":"off"}""", true)]
    public async Task What_a_source_delivers_is_written_in_versions_and_hides_edits_of_the_store(string cache, bool newer)
    {
        _driver.Harness.Data = """{"flags":{"flag":FLAG},"segments":{}}""".Replace("FLAG", Flag("pushed", 10), StringComparison.Ordinal);
        var client = await CreateAsync(
            newer
                ? """{"dataSystem":{"storeMode":1,"store":{"persistentDataStore":STORE},"synchronizers":[{"streaming":{"baseUri":"$H/v2"}}]}}"""
                : """{"streaming":{"baseUri":"$H/v1"},"persistentDataStore":STORE}""",
            cache);
        Assert.Equal("pushed", await ReadAsync(client));
        await UntilStoredAsync(item => (int)item["version"]! == 10);

        await WriteWithoutMarkerAsync("edited", 20);
        Assert.Equal("pushed", await ReadAsync(client));
        Push(newer, 15, "late");
        await UntilAsync(async () => await ReadAsync(client) == "late");
        Push(newer, 30, "newest");
        await UntilStoredAsync(item => (int)item["version"]! == 30);
        Assert.Equal("newest", await ReadAsync(client));

        Push(newer, 40, null);
        await UntilStoredAsync(item => (bool?)item["deleted"] == true && (int)item["version"]! == 40 && (string)item["key"]! is "flag" or "$deleted");
        Assert.Equal("none", await ReadAsync(client));
    }

    private static string Flag(string value, int version) =>
        $$"""{"key":"flag","version":{{version}},"on":false,"offVariation":0,"variations":["{{value}}"],"salt":"s"}""";

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!await condition())
        {
            await Task.Delay(20, limit.Token);
        }
    }

    private void Push(bool newer, int version, string? value) => _driver.Harness.Push((newer, value) switch
    {
        (false, null) => $$"""event: delete{{"\n"}}data: {"path":"/flags/flag","version":{{version}}}{{"\n\n"}}""",
        (false, _) => $$"""event: patch{{"\n"}}data: {"path":"/flags/flag","data":{{Flag(value, version)}}}{{"\n\n"}}""",
        (true, null) => $$"""event: delete-object{{"\n"}}data: {"version":{{version}},"kind":"flag","key":"flag"}{{"\n\n"}}""" + Transferred(version),
        (true, _) => $$"""event: put-object{{"\n"}}data: {"version":{{version}},"kind":"flag","key":"flag","object":{{Flag(value, version)}}}{{"\n\n"}}""" + Transferred(version),
    });

    private static string Transferred(int version) => $$"""event: payload-transferred{{"\n"}}data: {"state":"s{{version}}","version":{{version}}}{{"\n\n"}}""";

    private async Task UntilStoredAsync(Func<JsonNode, bool> condition)
    {
        await using var reader = Open(_prefix).CreateReader(new(NullLoggerFactory.Instance, TimeProvider.System));
        await UntilAsync(async () =>
            await reader.GetAsync(DataKind.Flag, "flag", Token) is { } stored && condition(JsonNode.Parse(stored.SerializedItem.Span)!));
    }

    private Task<string> CreateAsync(string configuration, string cache) =>
        _driver.CreateAsync(configuration.Replace("STORE", Configuration(cache).ToJsonString(), StringComparison.Ordinal));

    private JsonObject Configuration(string cache)
    {
        var store = Store;
        store["prefix"] = _prefix;
        return new() { ["store"] = store, ["cache"] = JsonNode.Parse(cache) };
    }

    private async Task<JsonNode> EvaluateAsync(string client) => (await _driver.RunAsync(
        client, "evaluate", $$"""{"flagKey":"flag","context":{{User}},"valueType":"string","defaultValue":"none","detail":true}"""))!;

    private async Task<string?> ReadAsync(string client) => (string?)(await EvaluateAsync(client))["value"];

    private async Task WriteWithoutMarkerAsync(string value, int version)
    {
        await using var writer = Open(_prefix).CreateWriter(new(NullLoggerFactory.Instance, TimeProvider.System));
        Assert.True(await writer.UpsertAsync(new(DataKind.Flag, "flag", new(version, false, Encoding.UTF8.GetBytes(Flag(value, version)))), Token));
    }

    private async Task WriteAsync(string value, int version)
    {
        await using var writer = Open(_prefix).CreateWriter(new(NullLoggerFactory.Instance, TimeProvider.System));
        await writer.InitAsync([new(DataKind.Flag, "flag", new(version, false, Encoding.UTF8.GetBytes(Flag(value, version))))], Token);
    }
}

[Collection(RedisCollection.Name)]
public sealed class RedisContractTests(RedisServer server) : PersistentStoreTests
{
    private protected override JsonObject Store => new() { ["type"] = "redis", ["dsn"] = $"redis://{server.Endpoint}" };

    private protected override IPersistentStore Open(string prefix) => new RedisStore(server.Endpoint, prefix);
}

[Collection(DynamoDBCollection.Name)]
public sealed class DynamoDBContractTests(DynamoDBLocal server) : PersistentStoreTests
{
    // The one table that harnesses use.
    private const string Table = "sdk-contract-tests";

    private protected override JsonObject Store => new() { ["type"] = "dynamodb", ["dsn"] = server.Url.AbsoluteUri };

    public override async ValueTask InitializeAsync()
    {
        var tables = await server.Client.ListTablesAsync(TestContext.Current.CancellationToken);
        if (!tables.TableNames.Contains(Table))
        {
            await server.CreateTableAsync(Table);
        }

        await base.InitializeAsync();
    }

    private protected override IPersistentStore Open(string prefix)
    {
        var options = server.Options(prefix);
        options.Table = Table;
        options.Region = "us-east-1";
        return new DynamoDBStore(options);
    }
}

[Collection(ConsulCollection.Name)]
public sealed class ConsulContractTests(ConsulServer server) : PersistentStoreTests
{
    private protected override JsonObject Store => new() { ["type"] = "consul", ["dsn"] = server.Endpoint };

    private protected override IPersistentStore Open(string prefix) => new ConsulStore(server.Endpoint, prefix);
}
