namespace Halyard.IntegrationTests;

[Collection(RedisCollection.Name)]
public sealed class RedisConformanceTests(RedisServer server) : StoreConformance
{
    protected override IPersistentStore Store(string prefix) => new RedisStore(server.Endpoint, prefix);

    protected override int LargeItemBytes => 2_000_000;
}

[Collection(GarnetCollection.Name)]
public sealed class GarnetConformanceTests(GarnetServer server) : StoreConformance
{
    protected override IPersistentStore Store(string prefix) => new RedisStore(server.Endpoint, prefix);
}

[Collection(RedisClusterCollection.Name)]
public sealed class RedisClusterConformanceTests(RedisCluster cluster) : StoreConformance
{
    protected override IPersistentStore Store(string prefix) => new RedisStore(cluster.Endpoints, prefix);
}

[Collection(RedisClusterCollection.Name)]
public sealed class RedisClusterWithHashTagConformanceTests(RedisCluster cluster) : StoreConformance
{
    protected override IPersistentStore Store(string prefix) => new RedisStore(cluster.Endpoints, "{" + prefix + "}");
}
