using System.Globalization;
using System.Text;
using Amazon.DynamoDBv2.Model;
using Halyard.Model;

namespace Halyard;

/// <summary>Reads with strong consistency: an answer is never older than the last completed write.</summary>
internal sealed class DynamoDBDataReader(DynamoDBTable table) : ISerializedDataReader
{
    public string Identity => "dynamodb";

    public async ValueTask<SerializedItemDescriptor?> GetAsync(DataKind kind, string key, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        var response = await table.CallAsync(
            static (client, request, token) => client.GetItemAsync(request, token),
            new GetItemRequest
            {
                TableName = table.Name,
                Key = DynamoDBTable.Key(table.Namespace(kind), key),
                ConsistentRead = true,
                ProjectionExpression = "#k, #v, #i",
                ExpressionAttributeNames = new()
                {
                    ["#k"] = DynamoDBTable.KeyAttribute,
                    ["#v"] = DynamoDBTable.VersionAttribute,
                    ["#i"] = DynamoDBTable.ItemAttribute,
                },
            },
            table.OperationTimeout,
            cancellationToken).ConfigureAwait(false);
        return response.Item is { Count: > 0 } item ? Read(item) : null;
    }

    public async ValueTask<IReadOnlyDictionary<string, SerializedItemDescriptor>> AllAsync(DataKind kind, CancellationToken cancellationToken)
    {
        var items = new Dictionary<string, SerializedItemDescriptor>(StringComparer.Ordinal);
        await foreach (var page in table.PagesAsync(table.Namespace(kind), keysOnly: false, cancellationToken).ConfigureAwait(false))
        {
            foreach (var item in page)
            {
                items[item[DynamoDBTable.KeyAttribute].S] = Read(item);
            }
        }

        return items;
    }

    public ValueTask<bool> InitializedAsync(CancellationToken cancellationToken) => table.HasMarkerAsync(cancellationToken);

    public ValueTask DisposeAsync() => table.DisposeAsync();

    private static SerializedItemDescriptor Read(Dictionary<string, AttributeValue> attributes)
    {
        var version = attributes.TryGetValue(DynamoDBTable.VersionAttribute, out var number)
            && long.TryParse(number.N, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var parsed) ? parsed : 0;
        var json = attributes.TryGetValue(DynamoDBTable.ItemAttribute, out var text) ? text.S : null;

        // One writer stores a deleted item as the literal null; an item without any JSON is left to its reader to reject.
        return json is "null" ? new(version, true, default)
            : new(version, false, string.IsNullOrEmpty(json) ? default : Encoding.UTF8.GetBytes(json));
    }
}
