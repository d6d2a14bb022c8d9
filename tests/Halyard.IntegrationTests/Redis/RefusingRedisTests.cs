using System.Text;
using Halyard.Model;
using Halyard.Tests.Support;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Testing;
using StackExchange.Redis;

namespace Halyard.IntegrationTests;

/// <summary>Servers that refuse a transaction, or a command in it.</summary>
[Collection(typeof(AloneWithRedis))]
public sealed class RefusingRedisTests(RedisServer server)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly PersistentStoreContext Context = new(NullLoggerFactory.Instance, TimeProvider.System);

    private readonly string _prefix = "t" + Guid.NewGuid().ToString("N");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_sharded_server_that_poses_as_a_single_one_is_written_item_by_item()
    {
        await using var sharded = new RedisServer { Arguments = ["--cluster-enabled", "yes", "--cluster-config-file", $"nodes-{_prefix}.conf"] };
        await sharded.StartAsync();
        await ServerProcess.AskRedisAsync(sharded.Port, "CLUSTER ADDSLOTSRANGE 0 16383", Token);
        await Conditions.UntilAsync(
            async () => (await ServerProcess.AskRedisAsync(sharded.Port, "CLUSTER INFO", Token)).Contains("cluster_state:ok", StringComparison.Ordinal), Limit);
        var logs = new FakeLogCollector();
        using var factory = LoggerFactory.Create(b => b.AddProvider(new FakeLoggerProvider(logs)));

        // Without these commands nothing tells what it is.
        var store = new RedisStore(sharded.Endpoint + ",protocol=resp2,$CLUSTER=,$INFO=,$HELLO=", _prefix);
        await using var writer = store.CreateWriter(new(factory, TimeProvider.System));
        await using var reader = store.CreateReader(Context);
        await InitAsync(writer, Item("old", 1), Item("f", 1), new(DataKind.Segment, "s", new(1, false, "{\"version\":1}"u8.ToArray())));
        await InitAsync(writer, Item("f", 2));
        Assert.Equal(["f"], (await reader.AllAsync(DataKind.Flag, Token)).Keys);
        Assert.Empty(await reader.AllAsync(DataKind.Segment, Token));
        Assert.True(await writer.InitializedAsync(Token));
        Assert.Single(logs.GetSnapshot(), line => line.Message.Contains("CROSSSLOT", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_user_who_may_not_delete_keys_writes_item_by_item()
    {
        await using var writer = await WriterAsync("nodel", "-del");
        await InitAsync(writer, Item("old", 1), Item("f", 1));
        await InitAsync(writer, Item("f", 2));
        await using var reader = new RedisStore(server.Endpoint, _prefix).CreateReader(Context);
        Assert.Equal(["f"], (await reader.AllAsync(DataKind.Flag, Token)).Keys);
        Assert.True(await writer.InitializedAsync(Token));
    }

    [Fact]
    public async Task A_user_who_may_not_write_items_is_told_so_and_nothing_is_lost_of_what_was_there()
    {
        await using (var owner = new RedisStore(server.Endpoint, _prefix).CreateWriter(Context))
        {
            await InitAsync(owner, Item("f", 1));
        }

        await using var writer = await WriterAsync("nohset", "-hset", "-hmset");
        await AssertRefusedAsync(() => writer.InitAsync([Item("f", 2)], Token).AsTask(), "NOPERM");
        await AssertRefusedAsync(() => writer.UpsertAsync(Item("f", 2), Token).AsTask(), "run this command");
        await using var plain = await WriterAsync("nohset2", "-hset", "-hmset", "-@scripting");
        await AssertRefusedAsync(() => plain.UpsertAsync(Item("f", 2), Token).AsTask(), "hset");
        await using var reader = new RedisStore(server.Endpoint, _prefix).CreateReader(Context);
        Assert.Equal(Text("f", 1), Encoding.UTF8.GetString((await reader.GetAsync(DataKind.Flag, "f", Token))!.Value.SerializedItem.Span));
        Assert.True(await writer.InitializedAsync(Token));
    }

    [Fact]
    public async Task A_server_whose_memory_is_full_is_said_to_be_full_and_is_written_when_it_has_room()
    {
        await using var full = new RedisServer();
        await full.StartAsync();
        await using var writer = new RedisStore(full.Endpoint, _prefix).CreateWriter(Context);
        await InitAsync(writer, Item("f", 1));
        await ServerProcess.AskRedisAsync(full.Port, "CONFIG SET maxmemory 1", Token);
        await AssertRefusedAsync(() => writer.InitAsync([Item("f", 2)], Token).AsTask(), "OOM");
        await AssertRefusedAsync(() => writer.UpsertAsync(Item("f", 2), Token).AsTask(), "OOM");
        await ServerProcess.AskRedisAsync(full.Port, "CONFIG SET maxmemory 0", Token);
        await InitAsync(writer, Item("f", 3));
        await using var reader = new RedisStore(full.Endpoint, _prefix).CreateReader(Context);
        Assert.Equal(Text("f", 3), Encoding.UTF8.GetString((await reader.GetAsync(DataKind.Flag, "f", Token))!.Value.SerializedItem.Span));
    }

    [Theory]
    [InlineData("features")]
    [InlineData("segments")]
    public async Task A_hash_that_is_gone_is_noticed_like_a_lost_marker_and_written_again(string hash)
    {
        var data = new TestData().Update(TestData.Flag("f").VariationForAll(true));
        data.Update(TestData.Segment("s").Include("ada"));
        await using var client = await Client.StartAsync(
            new()
            {
                DataSystem = DataSystem.TestData(data),
                WriteThrough = new(new RedisStore(server.Endpoint, _prefix)) { MarkerCheckInterval = TimeSpan.FromMilliseconds(200) },
            },
            Token);
        await using var raw = await ConnectionMultiplexer.ConnectAsync(server.Endpoint);
        var database = raw.GetDatabase();
        await Conditions.UntilAsync(async () => await database.KeyExistsAsync($"{_prefix}:$inited"), Limit);
        await Conditions.UntilAsync(() => client.WriteThroughStatus!.Pending == 0, Limit);
        Assert.True(await database.KeyDeleteAsync($"{_prefix}:{hash}"));
        await Conditions.UntilAsync(async () => await database.KeyExistsAsync($"{_prefix}:{hash}"), Limit);
        Assert.Equal(1, await database.HashLengthAsync(_prefix + ":features"));
        Assert.Equal(1, await database.HashLengthAsync(_prefix + ":segments"));
    }

    private static async Task AssertRefusedAsync(Func<Task> operation, string word)
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => operation().WaitAsync(Limit, Token));
        Assert.Contains(word, error.Message, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("EXECABORT", error.Message, StringComparison.Ordinal);
        Assert.InRange(error.Message.Length, 10, 300);
    }

    private static Task InitAsync(ISerializedDataWriter writer, params SerializedItem[] items) => writer.InitAsync(items, Token).AsTask().WaitAsync(Limit, Token);

    private static SerializedItem Item(string key, long version) => new(DataKind.Flag, key, new(version, false, Encoding.UTF8.GetBytes(Text(key, version))));

    private static string Text(string key, long version) => $$"""{"key":"{{key}}","version":{{version}}}""";

    /// <summary>A writer that logs in as a user with fewer rights.</summary>
    private async Task<ISerializedDataWriter> WriterAsync(string user, params string[] rights)
    {
        await using var raw = await ConnectionMultiplexer.ConnectAsync(server.Endpoint);
        await raw.GetDatabase().ExecuteAsync("ACL", ["SETUSER", user, "on", ">secret", "~*", "&*", "+@all", .. rights]);
        return new RedisStore($"redis://{user}:secret@{server.Endpoint}", _prefix).CreateWriter(Context);
    }
}
