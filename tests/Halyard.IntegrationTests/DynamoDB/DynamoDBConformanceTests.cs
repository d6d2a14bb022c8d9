using System.Globalization;
using Amazon.DynamoDBv2.Model;
using Halyard.Model;

namespace Halyard.IntegrationTests;

[Collection(DynamoDBCollection.Name)]
public sealed class DynamoDBConformanceTests(DynamoDBLocal server) : StoreConformance, IDisposable
{
    private readonly FaultyService _readOnly = new() { Denied = ["PutItem", "BatchWriteItem", "UpdateItem", "DeleteItem", "TransactWriteItems"] };

    public void Dispose() => _readOnly.Dispose();

    protected override Task<IPersistentStore?> ReadOnlyAsync(string prefix)
    {
        var options = server.Options(prefix);
        options.ClientFactory = () => _readOnly.CreateClient(server);
        return Task.FromResult<IPersistentStore?>(new DynamoDBStore(options));
    }

    protected override bool InitIsAtomic => false;

    // It has nothing that a fleet could listen to.
    protected override StoreVoice OwnWrites => StoreVoice.Silent;

    protected override StoreVoice ForeignWrites => StoreVoice.Silent;

    protected override bool NullIsATombstone => true;

    protected override IPersistentStore Store(string prefix) => new DynamoDBStore(server.Options(prefix));

    protected override string[] Layout(string prefix) =>
    [
        $"{prefix}:$inited|{prefix}:$inited",
        $$"""{{prefix}}:features|f|item={"key":"f","version":7,"name":"Grüße" }|version=7""",
        $$"""{{prefix}}:features|gone|item={"key":"gone","version":8,"deleted":true}|version=8""",
        $$"""{{prefix}}:segments|s|item={"key":"s","version":3}|version=3""",
    ];

    protected override async Task<string[]> RawAsync(string prefix)
    {
        var lines = new List<string>();
        var request = new ScanRequest
        {
            TableName = DynamoDBLocal.Table,
            ConsistentRead = true,
            FilterExpression = "begins_with(#n, :p)",
            ExpressionAttributeNames = new() { ["#n"] = "namespace" },
            ExpressionAttributeValues = new() { [":p"] = new(prefix) },
        };
        do
        {
            var page = await server.Client.ScanAsync(request, Token);
            lines.AddRange((page.Items ?? []).Select(item => string.Join(
                '|',
                new[] { item["namespace"].S, item["key"].S }.Concat(item
                    .Where(attribute => attribute.Key is not "namespace" and not "key")
                    .OrderBy(attribute => attribute.Key, StringComparer.Ordinal)
                    .Select(attribute => $"{attribute.Key}={attribute.Value.S ?? attribute.Value.N}")))));
            request.ExclusiveStartKey = page.LastEvaluatedKey;
        }
        while (request.ExclusiveStartKey is { Count: > 0 });
        return [.. lines.Order(StringComparer.Ordinal)];
    }

    protected override Task WriteRawAsync(string prefix, DataKind kind, string key, long version, string text) => server.Client.PutItemAsync(
        new PutItemRequest
        {
            TableName = DynamoDBLocal.Table,
            Item = new()
            {
                ["namespace"] = new(prefix + (kind == DataKind.Flag ? ":features" : ":segments")),
                ["key"] = new(key),
                ["version"] = new() { N = version.ToString(CultureInfo.InvariantCulture) },
                ["item"] = new(text),
            },
        },
        Token);
}
