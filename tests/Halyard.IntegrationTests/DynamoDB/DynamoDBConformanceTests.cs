namespace Halyard.IntegrationTests;

[Collection(DynamoDBCollection.Name)]
public sealed class DynamoDBConformanceTests(DynamoDBLocal server) : StoreConformance
{
    protected override IPersistentStore Store(string prefix) => new DynamoDBStore(server.Options(prefix));
}
