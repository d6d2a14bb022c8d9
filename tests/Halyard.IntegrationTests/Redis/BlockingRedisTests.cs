using System.Diagnostics;
using System.Text;
using Halyard.Model;
using Halyard.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;

namespace Halyard.IntegrationTests;

/// <summary>Reads that block their caller, of a Redis server that is slow, wrong or away.</summary>
[Collection(typeof(AloneWithRedis))]
public sealed class BlockingRedisTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly PersistentStoreContext Context = new(NullLoggerFactory.Instance, TimeProvider.System);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_server_that_stands_still_costs_a_blocking_read_the_read_timeout(bool lent)
    {
        await using var own = new RedisServer();
        await own.StartAsync();
        await using var multiplexer = lent ? await ConnectionMultiplexer.ConnectAsync(own.Endpoint) : null;
        var store = new RedisStore(lent ? new() { Multiplexer = multiplexer } : new() { Configuration = own.Endpoint });
        await FillAsync(store);
        await using var client = await Client.StartAsync(new ClientOptions
        {
            DataSystem = new LazyLoadOptions(store) { ReadTimeout = TimeSpan.FromMilliseconds(500), Ttl = TimeSpan.FromSeconds(1) },
        }, Token);
        var context = Halyard.Context.New("user");
        Assert.True(client.BoolVariation("f0", context, false));

        Assert.StartsWith("+OK", await ServerProcess.AskRedisAsync(own.Port, "CLIENT PAUSE 4000 ALL", Token), StringComparison.Ordinal);
        var clock = Stopwatch.StartNew();
        var reads = Enumerable.Range(1, 20).Select(i => Task.Factory.StartNew(
            () => client.BoolVariation($"f{i}", context, false), Token, TaskCreationOptions.LongRunning, TaskScheduler.Default));
        Assert.All(await Task.WhenAll(reads).WaitAsync(Limit, Token), static value => Assert.False(value));
        Assert.InRange(clock.Elapsed, TimeSpan.FromMilliseconds(450), TimeSpan.FromMilliseconds(3_500));

        // The pause is over some time; last known data is gone for none of them.
        await Conditions.UntilAsync(() => client.BoolVariation("f1", context, false), Limit);
        Assert.True(client.BoolVariation("f0", context, false));
    }

    [Fact]
    public async Task A_server_that_went_away_is_told_as_an_awaited_read_tells_it()
    {
        await using var own = new RedisServer();
        await own.StartAsync();
        var store = new RedisStore(new RedisStoreOptions { Configuration = own.Endpoint, OperationTimeout = TimeSpan.FromSeconds(1) });
        await FillAsync(store);
        await using var reader = store.CreateReader(Context);
        Assert.False(reader.CanGet);
        Assert.NotNull(await reader.GetAsync(DataKind.Flag, "f0", Token));
        Assert.True(reader.CanGet);
        Assert.NotNull(reader.Get(DataKind.Flag, "f0", Limit));

        await own.KillAsync();
        var blocking = Assert.ThrowsAny<Exception>(() => reader.Get(DataKind.Flag, "f0", Limit));
        var awaited = await Assert.ThrowsAnyAsync<Exception>(() => reader.GetAsync(DataKind.Flag, "f0", Token).AsTask());
        Assert.IsNotType<AggregateException>(blocking);
        Assert.True(blocking is RedisConnectionException or TimeoutException, blocking.ToString());
        Assert.True(awaited is RedisConnectionException or TimeoutException, awaited.ToString());
        await Conditions.UntilAsync(() => !reader.CanGet, Limit);
        await reader.DisposeAsync();
        Assert.False(reader.CanGet);
        Assert.Throws<ObjectDisposedException>(() => reader.Get(DataKind.Flag, "f0", Limit));
    }

    [Fact]
    public async Task A_key_of_a_wrong_type_is_told_as_an_awaited_read_tells_it()
    {
        await using var own = new RedisServer();
        await own.StartAsync();
        Assert.StartsWith("+OK", await ServerProcess.AskRedisAsync(own.Port, "SET t:features text", Token), StringComparison.Ordinal);
        await using var reader = new RedisStore(own.Endpoint, "t").CreateReader(Context);
        Assert.False(await reader.InitializedAsync(Token));
        var blocking = Assert.ThrowsAny<InvalidOperationException>(() => reader.Get(DataKind.Flag, "f0", Limit));
        var awaited = await Assert.ThrowsAnyAsync<InvalidOperationException>(() => reader.GetAsync(DataKind.Flag, "f0", Token).AsTask());
        Assert.Equal(awaited.Message, blocking.Message);
        Assert.Contains("t:features", blocking.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Callers_that_block_every_thread_of_the_pool_are_answered_in_time()
    {
        await using var own = new RedisServer();
        await own.StartAsync();
        var store = new RedisStore(own.Endpoint);
        await FillAsync(store);
        await using var client = await Client.StartAsync(new ClientOptions
        {
            DataSystem = new LazyLoadOptions(store) { Ttl = TimeSpan.Zero, ReadTimeout = TimeSpan.FromSeconds(20) },
        }, Token);
        var context = Halyard.Context.New("user");
        Assert.True(client.BoolVariation("f0", context, false));
        ThreadPool.GetMinThreads(out var fewest, out _);
        ThreadPool.GetMaxThreads(out var most, out var mostForIO);
        try
        {
            // No more than there are at least: what else needs the pool gets no thread of it before callers have had their answers.
            Assert.True(ThreadPool.SetMaxThreads(fewest, mostForIO));
            var reads = Enumerable.Range(0, fewest * 4).Select(_ => Task.Run(
                () => Enumerable.Range(0, 21).Count(i => client.BoolVariation($"f{i}", context, false)), Token));
            Assert.All(await Task.WhenAll(reads).WaitAsync(Limit, Token), static count => Assert.Equal(21, count));
        }
        finally
        {
            ThreadPool.SetMaxThreads(most, mostForIO);
        }

        Assert.Equal(0, client.LazyLoadStatistics!.ReadTimeouts);
    }

    private static async Task FillAsync(RedisStore store)
    {
        await using var writer = store.CreateWriter(Context);
        await writer.InitAsync([.. Enumerable.Range(0, 21).Select(static i => new SerializedItem(
            DataKind.Flag, $"f{i}", new(1, false, Encoding.UTF8.GetBytes($$"""{"key":"f{{i}}","version":1,"on":false,"offVariation":0,"variations":[true]}"""))))], Token);
    }
}
