using System.Diagnostics;
using System.Text;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Halyard.Model;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Testing;

namespace Halyard.IntegrationTests;

[Collection(typeof(AloneWithDynamoDB))]
public sealed class DynamoDBFaultTests(DynamoDBLocal server)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly PersistentStoreContext Context = new(NullLoggerFactory.Instance, TimeProvider.System);

    private readonly string _prefix = "t" + Guid.NewGuid().ToString("N");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_throttled_table_is_asked_again_until_it_answers()
    {
        using var service = new FaultyService();
        var store = Store(service, o => o.OperationTimeout = Limit);
        await using var reader = store.CreateReader(Context);
        await using var writer = store.CreateWriter(Context);

        service.Throttles = 4;
        await writer.InitAsync([Item("f", 1)], Token).AsTask().WaitAsync(Limit, Token);
        service.Throttles = 3;
        Assert.True(await writer.UpsertAsync(Item("f", 2), Token).AsTask().WaitAsync(Limit, Token));
        service.Throttles = 3;
        Assert.NotNull(await reader.GetAsync(DataKind.Flag, "f", Token).AsTask().WaitAsync(Limit, Token));
        service.Throttles = 3;
        Assert.Single(await reader.AllAsync(DataKind.Flag, Token).AsTask().WaitAsync(Limit, Token));
        service.Throttles = 3;
        Assert.True(await reader.InitializedAsync(Token).AsTask().WaitAsync(Limit, Token));
    }

    [Fact]
    public async Task A_table_that_is_throttled_for_good_fails_in_time_with_its_name_and_the_cause()
    {
        using var service = new FaultyService { Throttles = int.MaxValue };
        await using var reader = Store(service, o => o.OperationTimeout = TimeSpan.FromMilliseconds(500)).CreateReader(Context);
        var clock = Stopwatch.StartNew();
        var error = await Assert.ThrowsAsync<TimeoutException>(() => reader.GetAsync(DataKind.Flag, "f", Token).AsTask().WaitAsync(Limit, Token));
        Assert.InRange(clock.Elapsed, TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(10));
        Assert.Contains(DynamoDBLocal.Table, error.Message, StringComparison.Ordinal);
        Assert.Contains("too fast", error.Message, StringComparison.Ordinal);
        Assert.True(service.Requests > 1);
    }

    [Fact]
    public async Task Unprocessed_writes_are_sent_again_until_none_is_left()
    {
        using var service = new FaultyService { BatchLimit = 7 };
        await using var reader = Store(service).CreateReader(Context);
        await using var writer = Store(service).CreateWriter(Context);
        await writer.InitAsync([.. Enumerable.Range(0, 60).Select(i => Item("f" + i, i))], Token).AsTask().WaitAsync(Limit, Token);
        Assert.Equal(60, (await reader.AllAsync(DataKind.Flag, Token)).Count);

        await writer.InitAsync([Item("only", 1)], Token).AsTask().WaitAsync(Limit, Token);
        Assert.Equal(["only"], (await reader.AllAsync(DataKind.Flag, Token)).Keys);
    }

    [Fact]
    public async Task Writes_that_stay_unprocessed_fail_and_leave_no_marker()
    {
        using var service = new FaultyService { BatchLimit = 0 };
        await using var writer = Store(service, o => o.BulkTimeout = TimeSpan.FromMilliseconds(500)).CreateWriter(Context);
        await Assert.ThrowsAsync<TimeoutException>(() => writer.InitAsync([Item("f", 1)], Token).AsTask().WaitAsync(Limit, Token));
        Assert.False(await writer.InitializedAsync(Token));
    }

    [Fact]
    public async Task An_absent_table_is_named_in_the_error()
    {
        var options = server.Options(_prefix);
        options.Table = "no-such-table";
        var store = new DynamoDBStore(options);
        await using var reader = store.CreateReader(Context);
        await using var writer = store.CreateWriter(Context);
        Func<Task>[] operations =
        [
            () => reader.GetAsync(DataKind.Flag, "f", Token).AsTask(),
            () => reader.AllAsync(DataKind.Flag, Token).AsTask(),
            () => reader.InitializedAsync(Token).AsTask(),
            () => writer.UpsertAsync(Item("f", 1), Token).AsTask(),
            () => writer.InitAsync([Item("f", 1)], Token).AsTask(),
        ];
        foreach (var operation in operations)
        {
            var error = await Assert.ThrowsAsync<InvalidOperationException>(() => operation().WaitAsync(Limit, Token));
            Assert.Contains("\"no-such-table\"", error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("id", null, "S")]
    [InlineData("namespace", null, "S")]
    [InlineData("namespace", "sort", "S")]
    [InlineData("key", "namespace", "S")]
    [InlineData("namespace", "key", "N")]
    public async Task A_table_with_other_keys_is_named_in_the_error_with_the_keys_that_are_needed(string partition, string? sort, string sortType)
    {
        var options = server.Options(_prefix);
        options.Table = "other-" + Guid.NewGuid().ToString("N");
        await server.Client.CreateTableAsync(
            new CreateTableRequest
            {
                TableName = options.Table,
                BillingMode = BillingMode.PAY_PER_REQUEST,
                KeySchema = [new(partition, KeyType.HASH), .. sort is null ? (KeySchemaElement[])[] : [new(sort, KeyType.RANGE)]],
                AttributeDefinitions = [new(partition, ScalarAttributeType.S), .. sort is null ? (AttributeDefinition[])[] : [new(sort, new ScalarAttributeType(sortType))]],
            },
            Token);
        var store = new DynamoDBStore(options);
        await using var reader = store.CreateReader(Context);
        await using var writer = store.CreateWriter(Context);
        List<(string Name, Func<Task> Run)> operations = [("init", () => writer.InitAsync([Item("f", 1)], Token).AsTask())];
        if (sort != "namespace")
        {
            // With both keys in the other order single items work, and are what they seem.
            operations.Add(("get", () => reader.GetAsync(DataKind.Flag, "f", Token).AsTask()));
            operations.Add(("initialized", () => reader.InitializedAsync(Token).AsTask()));
            operations.Add(("upsert", () => writer.UpsertAsync(Item("f", 1), Token).AsTask()));
        }

        if (partition != "namespace")
        {
            // With the right partition key a query is right too; it finds nothing.
            operations.Add(("all", () => reader.AllAsync(DataKind.Flag, Token).AsTask()));
        }

        foreach (var (name, run) in operations)
        {
            var error = await Record.ExceptionAsync(() => run().WaitAsync(Limit, Token));
            Assert.True(error is InvalidOperationException, $"{name}: {error}");
            Assert.Contains($"\"{options.Table}\"", error.Message, StringComparison.Ordinal);
            Assert.Contains("partition key \"namespace\" and the sort key \"key\"", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_item_that_is_too_large_is_dropped_alone_and_logged()
    {
        var logs = new FakeLogCollector();
        using var factory = LoggerFactory.Create(b => b.AddProvider(new FakeLoggerProvider(logs)));
        var store = new DynamoDBStore(server.Options(_prefix));
        await using var reader = store.CreateReader(Context);
        await using var writer = store.CreateWriter(new(factory, TimeProvider.System));
        var large = new SerializedItem(DataKind.Flag, "large", new(1, false, Encoding.UTF8.GetBytes($$"""{"version":1,"x":"{{new string('a', 400_000)}}"}""")));
        await writer.InitAsync([large, Item("small", 1)], Token).AsTask().WaitAsync(Limit, Token);
        Assert.False(await writer.UpsertAsync(large, Token));

        Assert.Equal(["small"], (await reader.AllAsync(DataKind.Flag, Token)).Keys);
        Assert.True(await reader.InitializedAsync(Token));
        Assert.Equal(2, logs.GetSnapshot().Count(r => r.Level == LogLevel.Error
            && r.Message == $"The item \"large\" in \"{_prefix}:features\" was too large to store in DynamoDB and was dropped"));
    }

    [Fact]
    public async Task A_deleted_item_stored_as_the_literal_null_is_a_tombstone_of_the_attributes_version()
    {
        await PutAsync("features", "gone", new() { ["version"] = new() { N = "12" }, ["item"] = new("null") });
        await PutAsync("features", "bare", new() { ["version"] = new() { N = "1" } });
        var store = new DynamoDBStore(server.Options(_prefix));
        await using var reader = store.CreateReader(Context);
        await using var writer = store.CreateWriter(Context);
        var gone = new SerializedItemDescriptor(12, true, default);
        Assert.Equal(gone, await reader.GetAsync(DataKind.Flag, "gone", Token));
        var all = await reader.AllAsync(DataKind.Flag, Token);
        Assert.Equal(gone, all["gone"]);
        Assert.True(all["bare"].SerializedItem.IsEmpty);
        Assert.False(await writer.UpsertAsync(Item("gone", 12), Token));
        Assert.True(await writer.UpsertAsync(Item("gone", 13), Token));
    }

    [Theory]
    [InlineData(null, "")]
    [InlineData("env", "env:")]
    public async Task The_layout_is_the_one_that_other_programs_read(string? prefix, string before)
    {
        // A table of its own, because without a prefix the names are everybody's.
        var options = server.Options(prefix);
        options.Table = "layout-" + Guid.NewGuid().ToString("N");
        await server.CreateTableAsync(options.Table);
        await using var writer = new DynamoDBStore(options).CreateWriter(Context);
        await writer.InitAsync([new(DataKind.Segment, "s", new(2, false, "{\"version\":2}"u8.ToArray())), Item("f", 1)], Token);

        var found = (await server.Client.ScanAsync(new ScanRequest { TableName = options.Table }, Token)).Items
            .Select(i => string.Join(' ', i.OrderBy(a => a.Key, StringComparer.Ordinal).Select(a => $"{a.Key}={a.Value.S ?? a.Value.N}")))
            .Order(StringComparer.Ordinal);
        Assert.Equal(
            [
                $"item={{\"key\":\"f\",\"version\":1}} key=f namespace={before}features version=1",
                $"item={{\"version\":2}} key=s namespace={before}segments version=2",
                $"key={before}$inited namespace={before}$inited",
            ],
            found);
    }

    [Fact]
    public async Task A_server_that_never_answers_costs_the_time_limit_and_no_more()
    {
        await using var silent = new SilentServer();
        var options = server.Options(_prefix);
        options.ServiceUrl = new($"http://127.0.0.1:{silent.Port}");
        options.OperationTimeout = TimeSpan.FromMilliseconds(400);
        await using var reader = new DynamoDBStore(options).CreateReader(Context);
        var clock = Stopwatch.StartNew();
        await Assert.ThrowsAsync<TimeoutException>(() => reader.GetAsync(DataKind.Flag, "f", Token).AsTask().WaitAsync(Limit, Token));
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task A_shared_client_outlives_the_readers_that_use_it()
    {
        var options = server.Options(_prefix);
        options.Client = server.Client;
        await new DynamoDBStore(options).CreateReader(Context).DisposeAsync();
        Assert.NotEmpty((await server.Client.ListTablesAsync(Token)).TableNames);
    }

    [Fact]
    public void A_missing_table_name_fails_the_opening() =>
        Assert.Contains("Table", Assert.Throws<ArgumentException>(() => new DynamoDBStore(new()).CreateReader(Context)).Message, StringComparison.Ordinal);

    private static SerializedItem Item(string key, long version) =>
        new(DataKind.Flag, key, new(version, false, Encoding.UTF8.GetBytes($$"""{"key":"{{key}}","version":{{version}}}""")));

    private DynamoDBStore Store(FaultyService service, Action<DynamoDBStoreOptions>? change = null)
    {
        var options = server.Options(_prefix);
        options.ClientFactory = () => service.CreateClient(server);
        change?.Invoke(options);
        return new(options);
    }

    private async Task PutAsync(string kind, string key, Dictionary<string, AttributeValue> attributes)
    {
        attributes["namespace"] = new($"{_prefix}:{kind}");
        attributes["key"] = new(key);
        await server.Client.PutItemAsync(new PutItemRequest { TableName = DynamoDBLocal.Table, Item = attributes }, Token);
    }
}
