using StackExchange.Redis;

namespace Halyard.IntegrationTests;

[Collection(RedisCollection.Name)]
public sealed class RedisConformanceTests(RedisServer server) : RedisConformance(server.Endpoint)
{
    protected override int LargeItemBytes => 2_000_000;

    protected override int ManyItems => 100_000;

    protected override async Task<IPersistentStore?> ReadOnlyAsync(string prefix)
    {
        await using var raw = await ConnectionMultiplexer.ConnectAsync(server.Endpoint);
        await raw.GetDatabase().ExecuteAsync("ACL", "SETUSER", "reads", "on", ">secret", "~*", "&*", "+@all", "-@write");
        return new RedisStore($"redis://reads:secret@{server.Endpoint}", prefix);
    }
}

[Collection(GarnetCollection.Name)]
public sealed class GarnetConformanceTests(GarnetServer server) : RedisConformance(server.Endpoint)
{
    protected override bool InitIsAtomic => false;

    // It has no client tracking.
    protected override StoreVoice ForeignWrites => StoreVoice.Silent;
}

[Collection(RedisClusterCollection.Name)]
public sealed class RedisClusterConformanceTests(RedisCluster cluster) : RedisConformance(cluster.Endpoints)
{
    protected override bool InitIsAtomic => false;
}

[Collection(RedisClusterCollection.Name)]
public sealed class RedisClusterWithHashTagConformanceTests(RedisCluster cluster) : RedisConformance(cluster.Endpoints)
{
    protected override string Tagged(string prefix) => "{" + prefix + "}";
}
