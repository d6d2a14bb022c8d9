using System.Text;
using Halyard.Model;
using Halyard.Tests.Support;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Testing;
using StackExchange.Redis;

namespace Halyard.IntegrationTests;

/// <summary>What Redis tells a listener, and what may come between them.</summary>
[Collection(RedisCollection.Name)]
public sealed class RedisSignalTests(RedisServer server)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly string _prefix = "t" + Guid.NewGuid().ToString("N");
    private readonly FakeLogCollector _logs = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_foreign_write_to_an_item_and_to_the_marker_and_an_emptied_server_are_heard()
    {
        await using var own = new RedisServer();
        await own.StartAsync();
        await using var raw = await ConnectionMultiplexer.ConnectAsync(own.Endpoint + ",allowAdmin=true");
        await using var reader = Reader(own.Endpoint);
        await using var ear = await Ear.OpenAsync(reader, StoreVoice.Names);
        var database = raw.GetDatabase();

        await database.HashSetAsync(_prefix + ":segments", "s", "{}");
        await ear.HearsAsync(DataKind.Segment, "any");
        Assert.True(ear.HeardAWholeKind);
        await database.StringSetAsync(_prefix + ":$inited", "");
        await ear.HearsOfEverythingAsync();
        await database.ExecuteAsync("FLUSHALL");
        await ear.HearsOfEverythingAsync();
    }

    [Fact]
    public async Task Keys_of_other_prefixes_and_other_keys_are_none_of_its_business()
    {
        await using var raw = await ConnectionMultiplexer.ConnectAsync(server.Endpoint);
        await using var reader = Reader(server.Endpoint);
        await using var ear = await Ear.OpenAsync(reader, StoreVoice.Names);
        var database = raw.GetDatabase();
        await database.HashSetAsync(_prefix + ":other:features", "f", "{}");
        await database.HashSetAsync(_prefix + "2:features", "f", "{}");
        await database.StringSetAsync(_prefix + ":big_segments_synchronized_on", "1");
        await database.PublishAsync(RedisChannel.Literal(_prefix + ":$changes"), "?");
        await database.PublishAsync(RedisChannel.Literal(_prefix + ":$changes"), "segments the end");
        await ear.HearsAsync(DataKind.Segment, "the end");
        Assert.False(ear.HeardAWholeKind);
        Assert.Empty(ear.Named(DataKind.Flag));
    }

    [Fact]
    public async Task A_users_rights_decide_what_is_heard_and_the_log_says_so()
    {
        await using var own = new RedisServer();
        await own.StartAsync();
        await using var raw = await ConnectionMultiplexer.ConnectAsync(own.Endpoint + ",allowAdmin=true");
        var database = raw.GetDatabase();
        await database.ExecuteAsync("ACL", "SETUSER", "untold", "on", ">secret", "~*", "+@all", "-client|tracking", "allchannels");
        await database.ExecuteAsync("ACL", "SETUSER", "deaf", "on", ">secret", "~*", "+@all", "-client|tracking", "-subscribe", "resetchannels");
        await using var writer = new RedisStore(own.Endpoint, _prefix).CreateWriter(new(NullLoggerFactory.Instance, TimeProvider.System));

        await using var untold = Reader(own.Endpoint + ",user=untold,password=secret");
        await using (var ear = await Ear.OpenAsync(untold, StoreVoice.Names))
        {
            await database.HashSetAsync(_prefix + ":features", "foreign", "{}");
            Assert.True(await writer.UpsertAsync(Item("f", 1), Token));
            await ear.HearsAsync(DataKind.Flag, "f");
            Assert.False(ear.HeardAWholeKind);
            Assert.Contains(_logs.GetSnapshot(), line => line.Level == LogLevel.Information && line.Message.Contains("only the writes of Halyard's writers", StringComparison.Ordinal));
        }

        await using var deaf = Reader(own.Endpoint + ",user=deaf,password=secret");
        var error = await Assert.ThrowsAsync<NotSupportedException>(() => Ear.OpenAsync(deaf, StoreVoice.Names));
        Assert.Contains("NOPERM", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(_logs.GetSnapshot(), line => line.ToString().Contains("secret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_writer_that_may_not_publish_writes_all_the_same()
    {
        await using var own = new RedisServer();
        await own.StartAsync();
        await using var raw = await ConnectionMultiplexer.ConnectAsync(own.Endpoint + ",allowAdmin=true");
        await raw.GetDatabase().ExecuteAsync("ACL", "SETUSER", "mute", "on", ">secret", "~*", "+@all", "resetchannels");
        await using var writer = new RedisStore(own.Endpoint + ",user=mute,password=secret", _prefix).CreateWriter(new(NullLoggerFactory.Instance, TimeProvider.System));
        await writer.InitAsync([Item("f", 1)], Token).AsTask().WaitAsync(Limit, Token);
        Assert.True(await writer.UpsertAsync(Item("f", 2), Token).AsTask().WaitAsync(Limit, Token));
        Assert.True(await writer.InitializedAsync(Token));
        Assert.Contains("\"version\":2", (string?)await raw.GetDatabase().HashGetAsync(_prefix + ":features", "f"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_listener_that_is_cut_off_says_so_and_a_client_listens_again_and_misses_nothing()
    {
        await using var own = new RedisServer();
        await own.StartAsync();
        await using var raw = await ConnectionMultiplexer.ConnectAsync(own.Endpoint + ",allowAdmin=true");
        await using var writer = new RedisStore(own.Endpoint, _prefix).CreateWriter(new(NullLoggerFactory.Instance, TimeProvider.System));
        await writer.InitAsync([Item("f", 1)], Token);
        await using var client = await Client.StartAsync(
            new()
            {
                DataSystem = new LazyLoadOptions(new RedisStore(own.Endpoint, _prefix)) { Ttl = Timeout.InfiniteTimeSpan },
                LoggerFactory = LoggerFactory.Create(builder => builder.AddProvider(new FakeLoggerProvider(_logs))),
            },
            Token);
        Assert.Equal(1, client.IntVariation("f", Context.New("u"), 0));
        await Conditions.UntilAsync(() => _logs.GetSnapshot().Any(line => line.Message.Contains("tells of changes", StringComparison.Ordinal)));

        await raw.GetDatabase().ExecuteAsync("CLIENT", "KILL", "TYPE", "pubsub");
        await writer.UpsertAsync(Item("f", 2), Token);
        await Conditions.UntilAsync(() => client.IntVariation("f", Context.New("u"), 0) == 2);
    }

    private ISerializedDataReader Reader(string configuration) => new RedisStore(configuration, _prefix).CreateReader(
        new(LoggerFactory.Create(builder => builder.AddProvider(new FakeLoggerProvider(_logs))), TimeProvider.System));

    private static SerializedItem Item(string key, int version) => new(
        DataKind.Flag,
        key,
        new(version, false, Encoding.UTF8.GetBytes($$"""{"key":"{{key}}","version":{{version}},"on":true,"variations":[{{version}}],"fallthrough":{"variation":0} }""")));
}
