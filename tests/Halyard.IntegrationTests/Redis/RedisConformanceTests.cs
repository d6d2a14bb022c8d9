namespace Halyard.IntegrationTests;

[Collection(RedisCollection.Name)]
public sealed class RedisConformanceTests(RedisServer server) : RedisConformance(server.Endpoint)
{
    protected override int LargeItemBytes => 2_000_000;

    protected override int ManyItems => 100_000;
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
