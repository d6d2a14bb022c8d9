using Amazon.DynamoDBv2.Model;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;

namespace Halyard.IntegrationTests;

/// <summary>What every store of big segments does, with data in the layout that its writers share.</summary>
public abstract class BigSegmentStoreTests : IAsyncLifetime
{
    protected static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    protected static readonly PersistentStoreContext Context = new(NullLoggerFactory.Instance, TimeProvider.System);

    private IBigSegmentStore _store = null!;

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    protected string Prefix { get; } = "t" + Guid.NewGuid().ToString("N");

    public virtual ValueTask InitializeAsync()
    {
        _store = Open(Prefix);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task An_empty_store_was_never_synchronized_and_lists_nobody()
    {
        Assert.Null(await Metadata());
        Assert.Null(await Membership("user-key"));
    }

    [Fact]
    public async Task The_time_of_synchronization_is_read()
    {
        await WriteSynchronizedOnAsync("1700000000123");
        Assert.Equal(DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_123), (await Metadata())!.SynchronizedOn);
    }

    [Fact]
    public async Task A_time_beyond_all_times_is_one_clear_error()
    {
        await WriteSynchronizedOnAsync("99999999999999999");
        var error = await Assert.ThrowsAsync<InvalidDataException>(Metadata);
        Assert.Contains("big_segments", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Both_lists_are_read_and_included_wins()
    {
        await WriteMembershipAsync(BigSegmentKeys.Hash("user-key"), ["a.g1", "b.g2"], ["b.g2", "c.g3"]);
        var membership = (await Membership("user-key"))!;
        Assert.Equal([true, true, false, null], new[] { "a.g1", "b.g2", "c.g3", "a.g2" }.Select(membership.Contains));
        Assert.Null(await Membership("other"));
    }

    [Fact]
    public async Task One_list_is_enough()
    {
        await WriteMembershipAsync(BigSegmentKeys.Hash("in"), ["a.g1"], []);
        await WriteMembershipAsync(BigSegmentKeys.Hash("out"), [], ["a.g1"]);
        Assert.True((await Membership("in"))!.Contains("a.g1"));
        Assert.False((await Membership("out"))!.Contains("a.g1"));
    }

    [Fact]
    public async Task Prefixes_are_apart()
    {
        await WriteSynchronizedOnAsync("1700000000123");
        await WriteMembershipAsync(BigSegmentKeys.Hash("user-key"), ["a.g1"], []);
        await using var other = Open(Prefix + "x");
        Assert.Null(await other.GetMetadataAsync(Token).AsTask().WaitAsync(Limit, Token));
        Assert.Null(await other.GetMembershipAsync(BigSegmentKeys.Hash("user-key"), Token).AsTask().WaitAsync(Limit, Token));
    }

    [Fact]
    public async Task A_client_serves_members_and_tells_how_the_store_is()
    {
        await WriteSynchronizedOnAsync(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds().ToString(System.Globalization.CultureInfo.InvariantCulture));
        await WriteMembershipAsync(BigSegmentKeys.Hash("ada"), ["beta.g1"], []);
        var data = new TestData().Update(TestData.Segment("beta").Big());
        data.Update(TestData.Flag("flag").IfInSegment("beta").ThenReturn(true).FallthroughVariation(false));
        await using var client = await Client.StartAsync(
            new() { DataSystem = DataSystem.TestData(data), BigSegments = new(_ => Open(Prefix)) { QueryTimeout = TimeSpan.FromSeconds(20) } }, Token);
        var detail = client.BoolVariationDetail("flag", Halyard.Context.New("ada"), false);
        Assert.Equal((true, BigSegmentsStatus.Healthy), (detail.Value, detail.Reason.BigSegmentsStatus));
        detail = await client.BoolVariationDetailAsync("flag", Halyard.Context.New("bob"), true, Token).AsTask().WaitAsync(Limit, Token);
        Assert.Equal((false, BigSegmentsStatus.Healthy), (detail.Value, detail.Reason.BigSegmentsStatus));
        Assert.Equal(new BigSegmentStoreStatus(true, false), client.BigSegmentStoreStatus.Current);
    }

    [Fact]
    public async Task After_disposal_a_request_is_an_error()
    {
        var store = Open(Prefix);
        await store.DisposeAsync();
        await store.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await store.GetMetadataAsync(Token));
    }

    protected abstract IBigSegmentStore Open(string prefix);

    protected abstract Task WriteSynchronizedOnAsync(string milliseconds);

    protected abstract Task WriteMembershipAsync(string hash, string[] included, string[] excluded);

    private Task<BigSegmentStoreMetadata?> Metadata() => _store.GetMetadataAsync(Token).AsTask().WaitAsync(Limit, Token);

    private Task<IBigSegmentMembership?> Membership(string contextKey) =>
        _store.GetMembershipAsync(BigSegmentKeys.Hash(contextKey), Token).AsTask().WaitAsync(Limit, Token);
}

[Collection(RedisCollection.Name)]
public sealed class RedisBigSegmentTests(RedisServer server) : BigSegmentStoreTests
{
    [Fact]
    public async Task An_empty_time_means_never_synchronized_and_another_type_is_named()
    {
        await WriteSynchronizedOnAsync("");
        await using var store = Open(Prefix);
        Assert.Null(await store.GetMetadataAsync(Token).AsTask().WaitAsync(Limit, Token));

        var key = Prefix + ":big_segment_include:x";
        await WithDatabaseAsync(database => database.StringSetAsync(key, "no set"));
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => store.GetMembershipAsync("x", Token).AsTask().WaitAsync(Limit, Token));
        Assert.Contains(key, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_killed_under_a_client_becomes_a_status_and_a_reason_and_is_found_again()
    {
        await using var own = new RedisServer();
        await own.StartAsync();
        var data = new TestData().Update(TestData.Segment("beta").Big());
        data.Update(TestData.Flag("flag").IfInSegment("beta").ThenReturn(true).FallthroughVariation(false));
        var store = new RedisStore(new RedisStoreOptions
        {
            Configuration = own.Endpoint,
            ConnectTimeout = TimeSpan.FromSeconds(1),
            OperationTimeout = TimeSpan.FromSeconds(1),
        });
        await using var client = await Client.StartAsync(
            new()
            {
                DataSystem = DataSystem.TestData(data),
                BigSegments = new(store.OpenBigSegments)
                {
                    StatusPollInterval = TimeSpan.FromMilliseconds(50),
                    ContextCacheTime = TimeSpan.Zero,
                    QueryTimeout = TimeSpan.FromSeconds(20),
                },
            },
            Token);
        Assert.Equal(new BigSegmentStoreStatus(true, true), await client.BigSegmentStoreStatus.GetAsync(Token).AsTask().WaitAsync(Limit, Token));
        var changes = System.Threading.Channels.Channel.CreateUnbounded<BigSegmentStoreStatus>();
        client.BigSegmentStoreStatus.Changed += status => changes.Writer.TryWrite(status);

        await own.KillAsync();
        Assert.False((await changes.Reader.ReadAsync(Token).AsTask().WaitAsync(Limit, Token)).Available);
        var detail = client.BoolVariationDetail("flag", Halyard.Context.New("ada"), true);
        Assert.Equal((false, BigSegmentsStatus.StoreError), (detail.Value, detail.Reason.BigSegmentsStatus));

        await own.StartAsync();
        Assert.True((await changes.Reader.ReadAsync(Token).AsTask().WaitAsync(Limit, Token)).Available);
        detail = client.BoolVariationDetail("flag", Halyard.Context.New("bob"), true);
        Assert.Equal((false, BigSegmentsStatus.Stale), (detail.Value, detail.Reason.BigSegmentsStatus));
    }

    protected override IBigSegmentStore Open(string prefix) => new RedisStore(server.Endpoint, prefix).OpenBigSegments(Context);

    protected override Task WriteSynchronizedOnAsync(string milliseconds) =>
        WithDatabaseAsync(database => database.StringSetAsync(Prefix + ":big_segments_synchronized_on", milliseconds));

    protected override Task WriteMembershipAsync(string hash, string[] included, string[] excluded) => WithDatabaseAsync(async database =>
    {
        await database.SetAddAsync(Prefix + ":big_segment_include:" + hash, Array.ConvertAll(included, static reference => (RedisValue)reference));
        await database.SetAddAsync(Prefix + ":big_segment_exclude:" + hash, Array.ConvertAll(excluded, static reference => (RedisValue)reference));
    });

    private async Task WithDatabaseAsync(Func<IDatabase, Task> work)
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync(server.Endpoint);
        await work(connection.GetDatabase());
    }
}

[Collection(DynamoDBCollection.Name)]
public sealed class DynamoDBBigSegmentTests(DynamoDBLocal server) : BigSegmentStoreTests
{
    [Fact]
    public async Task An_absent_table_is_named()
    {
        var options = server.Options(Prefix);
        options.Table = "no-such-table";
        await using var store = new DynamoDBStore(options).OpenBigSegments(Context);
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => store.GetMembershipAsync("x", Token).AsTask().WaitAsync(Limit, Token));
        Assert.Contains("no-such-table", error.Message, StringComparison.Ordinal);
    }

    protected override IBigSegmentStore Open(string prefix) => new DynamoDBStore(server.Options(prefix)).OpenBigSegments(Context);

    protected override Task WriteSynchronizedOnAsync(string milliseconds) => PutAsync(
        Prefix + ":big_segments_metadata", Prefix + ":big_segments_metadata", new() { ["synchronizedOn"] = new() { N = milliseconds } });

    protected override Task WriteMembershipAsync(string hash, string[] included, string[] excluded)
    {
        var attributes = new Dictionary<string, AttributeValue>();
        if (included.Length > 0)
        {
            attributes["included"] = new() { SS = [.. included] };
        }

        if (excluded.Length > 0)
        {
            attributes["excluded"] = new() { SS = [.. excluded] };
        }

        return PutAsync(Prefix + ":big_segments_user", hash, attributes);
    }

    private async Task PutAsync(string @namespace, string key, Dictionary<string, AttributeValue> attributes)
    {
        attributes["namespace"] = new(@namespace);
        attributes["key"] = new(key);
        await server.Client.PutItemAsync(new PutItemRequest { TableName = DynamoDBLocal.Table, Item = attributes }, Token);
    }
}

[Collection(PostgresCollection.Name)]
public sealed class PostgresBigSegmentTests(PostgresServer server) : BigSegmentStoreTests
{
    [Fact]
    public async Task What_the_writer_lists_is_read_until_it_lists_it_no_longer()
    {
        await using var writer = Writer();
        var time = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_123);
        await writer.SetSynchronizedOnAsync(time, Token).AsTask().WaitAsync(Limit, Token);
        var hash = BigSegmentKeys.Hash("ada");
        await writer.ApplyAsync([new(hash, "a.g1", true), new(hash, "b.g1", false), new(hash, "c.g1", true), new("other", "a.g1", true)], Token).AsTask().WaitAsync(Limit, Token);
        await writer.ApplyAsync([new(hash, "a.g1", false), new(hash, "c.g1", null)], Token).AsTask().WaitAsync(Limit, Token);
        await writer.ApplyAsync([], Token);

        await using var store = Open(Prefix);
        Assert.Equal(time, (await store.GetMetadataAsync(Token))!.SynchronizedOn);
        var membership = (await store.GetMembershipAsync(hash, Token))!;
        Assert.Equal([false, false, null], new[] { "a.g1", "b.g1", "c.g1" }.Select(membership.Contains));
    }

    [Fact]
    public async Task A_complete_set_of_flags_leaves_big_segments_alone_and_they_set_no_marker()
    {
        await using var writer = Writer();
        await writer.SetSynchronizedOnAsync(DateTimeOffset.UnixEpoch, Token);
        await writer.ApplyAsync([new("hash", "a.g1", true)], Token);
        await using var items = new PostgresStore(server.ConnectionString, Prefix).CreateWriter(Context);
        Assert.False(await items.InitializedAsync(Token));
        await items.InitAsync([], Token);
        await using var store = Open(Prefix);
        Assert.NotNull(await store.GetMetadataAsync(Token));
        Assert.NotNull(await store.GetMembershipAsync("hash", Token));
    }

    public override async ValueTask InitializeAsync()
    {
        // A table that nobody has made yet is no empty store but a missing one.
        await using var writer = new PostgresStore(server.ConnectionString).CreateWriter(Context);
        await writer.InitializedAsync(Token);
        await base.InitializeAsync();
    }

    protected override IBigSegmentStore Open(string prefix) => new PostgresStore(server.ConnectionString, prefix).OpenBigSegments(Context);

    protected override Task WriteSynchronizedOnAsync(string milliseconds) => server.ExecuteAsync(
        $"INSERT INTO halyard VALUES ('{Prefix}', 'big_segments_synchronized_on', '', 0, false, '{milliseconds}')");

    protected override async Task WriteMembershipAsync(string hash, string[] included, string[] excluded)
    {
        await using var writer = Writer();
        await writer.ApplyAsync(
            [.. excluded.Except(included).Select(reference => new BigSegmentChange(hash, reference, false)), .. included.Select(reference => new BigSegmentChange(hash, reference, true))],
            Token).AsTask().WaitAsync(Limit, Token);
    }

    private IBigSegmentWriter Writer() => new PostgresStore(server.ConnectionString, Prefix).OpenBigSegmentWriter(Context);
}
