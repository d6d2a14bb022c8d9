using System.Diagnostics;
using System.Text;
using Halyard.Model;
using Halyard.Tests.Support;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Testing;
using StackExchange.Redis;

namespace Halyard.IntegrationTests;

[Collection(typeof(AloneWithRedis))]
public sealed class RedisFaultTests(RedisServer server)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly PersistentStoreContext Context = new(NullLoggerFactory.Instance, TimeProvider.System);

    private readonly string _prefix = "t" + Guid.NewGuid().ToString("N");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_server_killed_during_reads_fails_them_in_time_and_is_found_again_when_it_is_back()
    {
        await using var own = new RedisServer();
        await own.StartAsync();
        var store = new RedisStore(new RedisStoreOptions
        {
            Configuration = own.Endpoint,
            ConnectTimeout = TimeSpan.FromSeconds(1),
            OperationTimeout = TimeSpan.FromSeconds(1),
        });
        await using var reader = store.CreateReader(Context);
        await using var writer = store.CreateWriter(Context);
        await writer.InitAsync([Item("f", 1)], Token).AsTask().WaitAsync(Limit, Token);
        Assert.NotNull(await reader.GetAsync(DataKind.Flag, "f", Token));

        await own.KillAsync();
        var clock = Stopwatch.StartNew();
        AssertSaysTheCauseAlone(await Assert.ThrowsAnyAsync<Exception>(() => reader.GetAsync(DataKind.Flag, "f", Token).AsTask().WaitAsync(Limit, Token)));
        AssertSaysTheCauseAlone(await Assert.ThrowsAnyAsync<Exception>(() => reader.AllAsync(DataKind.Flag, Token).AsTask().WaitAsync(Limit, Token)));
        AssertSaysTheCauseAlone(await Assert.ThrowsAnyAsync<Exception>(() => writer.UpsertAsync(Item("f", 2), Token).AsTask().WaitAsync(Limit, Token)));
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(20));

        await own.StartAsync();
        var marker = await EventuallyAsync(async () => (bool?)await writer.InitializedAsync(Token));
        Assert.False(marker, "a restarted server without persistence has lost the marker");
        await writer.InitAsync([Item("f", 1)], Token).AsTask().WaitAsync(Limit, Token);
        Assert.NotNull(await EventuallyAsync(async () => await reader.GetAsync(DataKind.Flag, "f", Token)));
    }

    [Fact]
    public async Task A_server_that_is_not_there_yet_fails_no_opening_and_is_found_later()
    {
        await using var own = new RedisServer();
        var store = new RedisStore(new RedisStoreOptions
        {
            Configuration = own.Endpoint,
            ConnectTimeout = TimeSpan.FromSeconds(1),
            OperationTimeout = TimeSpan.FromSeconds(1),
        });
        await using var reader = store.CreateReader(Context);
        AssertSaysTheCauseAlone(await Assert.ThrowsAnyAsync<Exception>(() => reader.InitializedAsync(Token).AsTask().WaitAsync(Limit, Token)));

        await own.StartAsync();
        Assert.False(await EventuallyAsync(async () => (bool?)await reader.InitializedAsync(Token)));
    }

    [Fact]
    public async Task A_server_that_never_answers_costs_the_time_limits_and_no_more()
    {
        await using var silent = new SilentServer();
        var store = new RedisStore(new RedisStoreOptions
        {
            Configuration = $"127.0.0.1:{silent.Port}",
            ConnectTimeout = TimeSpan.FromSeconds(50),
            OperationTimeout = TimeSpan.FromMilliseconds(400),
            BulkTimeout = TimeSpan.FromMilliseconds(400),
        });
        await using var reader = store.CreateReader(Context);
        await using var writer = store.CreateWriter(Context);
        await using var bigSegments = store.OpenBigSegments(Context);
        Func<Task>[] operations =
        [
            () => reader.GetAsync(DataKind.Flag, "f", Token).AsTask(),
            () => reader.AllAsync(DataKind.Flag, Token).AsTask(),
            () => reader.InitializedAsync(Token).AsTask(),
            () => writer.UpsertAsync(Item("f", 1), Token).AsTask(),
            () => writer.InitAsync([Item("f", 1)], Token).AsTask(),
            () => writer.InitializedAsync(Token).AsTask(),
            () => bigSegments.GetMetadataAsync(Token).AsTask(),
            () => bigSegments.GetMembershipAsync("hash", Token).AsTask(),
        ];
        foreach (var operation in operations)
        {
            var clock = Stopwatch.StartNew();
            var error = await Assert.ThrowsAsync<TimeoutException>(() => operation().WaitAsync(Limit, Token));
            Assert.InRange(clock.Elapsed, TimeSpan.FromMilliseconds(300), TimeSpan.FromSeconds(5));
            AssertSaysTheCauseAlone(error);
            Assert.Contains("0.4 s", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_key_of_another_type_is_named_in_the_error()
    {
        await using var raw = await ConnectionMultiplexer.ConnectAsync(server.Endpoint);
        await raw.GetDatabase().StringSetAsync(_prefix + ":features", "not ours");
        var store = new RedisStore(server.Endpoint, _prefix);
        await using var reader = store.CreateReader(Context);
        await using var writer = store.CreateWriter(Context);

        Func<Task>[] operations =
        [
            () => reader.GetAsync(DataKind.Flag, "f", Token).AsTask(),
            () => reader.AllAsync(DataKind.Flag, Token).AsTask(),
            () => writer.UpsertAsync(Item("f", 1), Token).AsTask(),
        ];
        foreach (var operation in operations)
        {
            var error = await Assert.ThrowsAsync<InvalidOperationException>(() => operation().WaitAsync(Limit, Token));
            Assert.Contains($"\"{_prefix}:features\"", error.Message, StringComparison.Ordinal);
            Assert.IsType<RedisServerException>(error.InnerException);
        }

        Assert.Empty(await reader.AllAsync(DataKind.Segment, Token));
    }

    [Fact]
    public async Task A_shared_connection_outlives_the_readers_and_writers_that_use_it()
    {
        await using var shared = await ConnectionMultiplexer.ConnectAsync(server.Endpoint);
        var store = new RedisStore(new RedisStoreOptions { Multiplexer = shared, Prefix = _prefix });
        var writer = store.CreateWriter(Context);
        await writer.InitAsync([Item("f", 1)], Token);
        await writer.DisposeAsync();
        var reader = store.CreateReader(Context);
        await reader.DisposeAsync();
        Assert.True(shared.IsConnected);
        Assert.True(await shared.GetDatabase().KeyExistsAsync(_prefix + ":$inited"));
    }

    [Fact]
    public async Task The_layout_is_the_one_that_other_programs_read()
    {
        // Database 5 is this test's alone: it is about the default prefix.
        await using var raw = await ConnectionMultiplexer.ConnectAsync(server.Endpoint);
        var database = raw.GetDatabase(5);
        await using var writer = new RedisStore($"redis://{server.Endpoint}/5", prefix: "").CreateWriter(Context);
        await writer.InitAsync([new(DataKind.Segment, "s", new(2, false, "{\"version\":2}"u8.ToArray())), Item("f", 1)], Token);
        await writer.UpsertAsync(new(DataKind.Flag, "gone", new(3, true, default)), Token);

        Assert.Equal(Json("f", 1), await database.HashGetAsync("launchdarkly:features", "f"));
        Assert.Equal("{\"key\":\"gone\",\"version\":3,\"deleted\":true}", await database.HashGetAsync("launchdarkly:features", "gone"));
        Assert.Equal("{\"version\":2}", await database.HashGetAsync("launchdarkly:segments", "s"));
        Assert.Equal("", await database.StringGetAsync("launchdarkly:$inited"));
        Assert.Equal(3, (long)(await database.ExecuteAsync("DBSIZE")));
    }

    [Fact]
    public async Task A_reader_never_sees_a_mixture_of_two_complete_sets()
    {
        var store = new RedisStore(server.Endpoint, _prefix);
        await using var reader = store.CreateReader(Context);
        await using var writer = store.CreateWriter(Context);
        await writer.InitAsync([.. Enumerable.Range(0, 700).Select(i => Item("f" + i, 0))], Token);
        var writing = Task.Run(
            async () =>
            {
                for (var version = 1; version <= 25; version++)
                {
                    var v = version;
                    await writer.InitAsync([.. Enumerable.Range(0, 700).Select(i => Item("f" + i, v))], Token);
                }
            },
            Token);
        do
        {
            var all = await reader.AllAsync(DataKind.Flag, Token);
            Assert.Equal(700, all.Count);
            Assert.Single(all.Values.Select(i => StoredVersion(i)).Distinct());
        }
        while (!writing.IsCompleted);

        await writing.WaitAsync(Limit, Token);
    }

    [Fact]
    public async Task Where_scripts_are_forbidden_writes_stay_guarded_and_it_is_said_once()
    {
        await using var raw = await ConnectionMultiplexer.ConnectAsync(server.Endpoint);
        await raw.GetDatabase().ExecuteAsync("ACL", "SETUSER", "plain", "on", ">secret", "~*", "&*", "+@all", "-@scripting");
        var logs = new FakeLogCollector();
        using var factory = LoggerFactory.Create(b => b.AddProvider(new FakeLoggerProvider(logs)));
        var store = new RedisStore($"redis://plain:secret@{server.Endpoint}", _prefix);
        await using var writer = store.CreateWriter(new(factory, TimeProvider.System));
        var versions = Enumerable.Range(1, 30).ToArray();
        Random.Shared.Shuffle(versions);
        await Task.WhenAll(versions.Select(v => writer.UpsertAsync(Item("f", v), Token).AsTask())).WaitAsync(Limit, Token);
        Assert.False(await writer.UpsertAsync(Item("f", 30), Token));

        Assert.Equal(Json("f", 30), await raw.GetDatabase().HashGetAsync(_prefix + ":features", "f"));
        Assert.Single(logs.GetSnapshot(), r => r.Level == LogLevel.Information && r.Message.Contains("no scripts", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("[1]")]
    [InlineData("""{"version":"9"}""")]
    [InlineData("")]
    public async Task A_damaged_stored_item_is_replaced(string damaged)
    {
        await using var raw = await ConnectionMultiplexer.ConnectAsync(server.Endpoint);
        await raw.GetDatabase().HashSetAsync(_prefix + ":features", "f", damaged);
        await using var writer = new RedisStore(server.Endpoint, _prefix).CreateWriter(Context);
        Assert.True(await writer.UpsertAsync(Item("f", 1), Token));
        Assert.Equal(Json("f", 1), await raw.GetDatabase().HashGetAsync(_prefix + ":features", "f"));
    }

    [Fact]
    public async Task A_wrong_password_is_said_to_be_wrong_and_not_repeated()
    {
        await using var own = new RedisServer();
        await own.StartAsync();
        await ServerProcess.AskRedisAsync(own.Port, "CONFIG SET requirepass right", Token);
        await using var reader = new RedisStore(new RedisStoreOptions
        {
            Configuration = $"redis://:hunter2@{own.Endpoint}",
            ConnectTimeout = TimeSpan.FromSeconds(1),
            OperationTimeout = TimeSpan.FromSeconds(1),
        }).CreateReader(Context);
        // The first errors may come before the server's refusal does.
        var clock = Stopwatch.StartNew();
        Exception error;
        do
        {
            error = await Assert.ThrowsAnyAsync<Exception>(() => reader.GetAsync(DataKind.Flag, "f", Token).AsTask().WaitAsync(Limit, Token));
            Assert.DoesNotContain("hunter2", error.ToString(), StringComparison.Ordinal);
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(20), "the reason never came: " + error);
        }
        while (!error.Message.Contains("auth", StringComparison.OrdinalIgnoreCase));
    }

    private static SerializedItem Item(string key, long version) => new(DataKind.Flag, key, new(version, false, Encoding.UTF8.GetBytes(Json(key, version))));

    private static string Json(string key, long version) => $$"""{"key":"{{key}}","version":{{version}}}""";

    private static long StoredVersion(SerializedItemDescriptor item)
    {
        using var document = System.Text.Json.JsonDocument.Parse(item.SerializedItem);
        return document.RootElement.GetProperty("version").GetInt64();
    }

    /// <summary>Of the client library's figures about itself, none is in the message.</summary>
    private static void AssertSaysTheCauseAlone(Exception error)
    {
        TestContext.Current.TestOutputHelper?.WriteLine($"{error.GetType().Name}: {error.Message}\n  <- {error.InnerException?.Message}");
        Assert.InRange(error.Message.Length, 10, 200);
        Assert.EndsWith(".", error.Message, StringComparison.Ordinal);
        foreach (var figure in (string[])["mc: ", "mgr: ", "clientName", "IOCP", "serverEndpoint", "last-read", "v: "])
        {
            Assert.DoesNotContain(figure, error.Message, StringComparison.Ordinal);
        }
    }

    /// <summary>Tries until there is an answer, for at most a minute; the connection comes back by itself in its own time.</summary>
    private static async Task<T> EventuallyAsync<T>(Func<Task<T>> attempt)
    {
        T? answer = default;
        var clock = Stopwatch.StartNew();
        await Conditions.UntilAsync(
            async () =>
            {
                try
                {
                    answer = await attempt().WaitAsync(Limit, Token);
                }
                catch (Exception e) when (e is RedisException or TimeoutException && clock.Elapsed < Limit)
                {
                    // Not yet.
                }

                return answer is not null;
            },
            Limit,
            "the connection is back");
        return answer!;
    }
}
