using System.Globalization;
using Halyard.Model;
using Halyard.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;

namespace Halyard.IntegrationTests;

/// <summary>A primary that becomes a replica behind one address, while all its connections stay open.</summary>
[Collection(typeof(AloneWithRedis))]
public sealed class DemotedRedisTests : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly RedisServer _first = new();
    private readonly RedisServer _second = new();
    private readonly string _prefix = "t" + Guid.NewGuid().ToString("N");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _first.StartAsync();
        await _second.StartAsync();
        await FollowAsync(_second, _first);
    }

    public async ValueTask DisposeAsync()
    {
        await _first.DisposeAsync();
        await _second.DisposeAsync();
    }

    [Fact]
    public async Task A_client_that_writes_through_reaches_the_new_primary_and_loses_nothing()
    {
        await using var forwarder = new TcpForwarder(_first.Port);
        var data = new TestData().Update(TestData.Flag("f0").VariationForAll(true));
        await using var client = await Client.StartAsync(
            new()
            {
                DataSystem = DataSystem.TestData(data),
                WriteThrough = new(new RedisStore(new RedisStoreOptions { Configuration = forwarder.Endpoint, Prefix = _prefix })),
            },
            Token);
        await UntilWrittenAsync(client);

        await ServerProcess.AskRedisAsync(_second.Port, "REPLICAOF NO ONE", Token);
        await ServerProcess.AskRedisAsync(_first.Port, $"REPLICAOF 127.0.0.1 {_second.Port}", Token);
        for (var i = 1; i <= 20; i++)
        {
            data.Update(TestData.Flag("f" + i.ToString(CultureInfo.InvariantCulture)).VariationForAll(true));
        }

        await Conditions.UntilAsync(() => client.WriteThroughStatus!.StoreDown, Limit);
        Assert.Contains("read-only", client.WriteThroughStatus!.LastError, StringComparison.Ordinal);
        forwarder.TargetPort = _second.Port;
        await UntilWrittenAsync(client);

        await using var raw = await ConnectionMultiplexer.ConnectAsync(_second.Endpoint);
        Assert.Equal(21, await raw.GetDatabase().HashLengthAsync(_prefix + ":features"));
    }

    [Fact]
    public async Task While_the_address_leads_to_a_replica_connections_are_made_anew_at_a_bounded_rate()
    {
        await using var forwarder = new TcpForwarder(_second.Port);
        await using var writer = new RedisStore(forwarder.Endpoint, _prefix).CreateWriter(new(NullLoggerFactory.Instance, TimeProvider.System));
        var began = TimeProvider.System.GetTimestamp();
        var item = new SerializedItem(DataKind.Flag, "f", new(1, false, """{"key":"f","version":1}"""u8.ToArray()));
        var attempts = 0;
        for (; TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(8); attempts++)
        {
            await Assert.ThrowsAnyAsync<Exception>(() => writer.UpsertAsync(item, Token).AsTask().WaitAsync(Limit, Token));
            await Task.Delay(20, Token);
        }

        Assert.InRange(attempts, 20, int.MaxValue);

        // The first, and at most one every five seconds; each may be two sockets.
        Assert.InRange(forwarder.Connections, 2, 2 * 3);

        forwarder.TargetPort = _first.Port;
        await Conditions.UntilAsync(
            async () =>
            {
                try
                {
                    return await writer.UpsertAsync(item, Token);
                }
                catch (Exception e) when (e is InvalidOperationException or RedisException or TimeoutException)
                {
                    return false;
                }
            },
            Limit);
    }

    private static Task UntilWrittenAsync(Client client) =>
        Conditions.UntilAsync(() => client.WriteThroughStatus is { StoreDown: false, Pending: 0 }, Limit);

    private static async Task FollowAsync(RedisServer replica, RedisServer primary)
    {
        await ServerProcess.AskRedisAsync(replica.Port, $"REPLICAOF 127.0.0.1 {primary.Port}", Token);
        await Conditions.UntilAsync(
            async () => (await ServerProcess.AskRedisAsync(replica.Port, "INFO replication", Token)).Contains("master_link_status:up", StringComparison.Ordinal),
            Limit);
    }
}
