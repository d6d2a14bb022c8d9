using System.Globalization;
using System.Text;
using Amazon.DynamoDBv2.Model;
using Halyard.Model;
using Microsoft.Extensions.Logging;

namespace Halyard;

/// <summary>
/// Writes complete sets in batches, in the given order, and single items under a condition. A set cannot be written
/// at once here, so readers may see a mixture of old and new while it is being written.
/// </summary>
internal sealed partial class DynamoDBDataWriter(DynamoDBTable table) : ISerializedDataWriter
{
    // The service's limit of a batch, and the layout's of an item (the service's own is 400 KiB).
    private const int BatchSize = 25;
    private const int MaxItemSize = 400_000;

    private readonly SemaphoreSlim _initGate = new(1, 1);

    public string Identity => "dynamodb";

    public async ValueTask InitAsync(IReadOnlyList<SerializedItem> items, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(items);
        await _initGate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await table.CheckKeysAsync(cancellationToken).ConfigureAwait(false);

            // A batch must not hold a key twice; the last one given counts. Positions keep the given order.
            var positions = new Dictionary<(DataKind Kind, string Key), int>(items.Count);
            for (var i = 0; i < items.Count; i++)
            {
                ArgumentException.ThrowIfNullOrEmpty(items[i].Key, nameof(items));
                positions[(items[i].Kind, items[i].Key)] = i;
            }

            var vanished = new List<WriteRequest>();
            await CollectVanishedAsync(DataKind.Flag, positions, vanished, cancellationToken).ConfigureAwait(false);
            await CollectVanishedAsync(DataKind.Segment, positions, vanished, cancellationToken).ConfigureAwait(false);

            var puts = new List<WriteRequest>(items.Count);
            for (var i = 0; i < items.Count; i++)
            {
                if (positions[(items[i].Kind, items[i].Key)] == i && Attributes(items[i]) is { } attributes)
                {
                    puts.Add(new WriteRequest(new PutRequest(attributes)));
                }
            }

            await WriteAsync(puts, cancellationToken).ConfigureAwait(false);
            await WriteAsync(vanished, cancellationToken).ConfigureAwait(false);
            await table.CallAsync(
                static (client, request, token) => client.PutItemAsync(request, token),
                new PutItemRequest { TableName = table.Name, Item = DynamoDBTable.Key(table.Marker, table.Marker) },
                table.BulkTimeout,
                cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _initGate.Release();
        }
    }

    public async ValueTask<bool> UpsertAsync(SerializedItem item, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(item.Key, nameof(item));
        if (Attributes(item) is not { } attributes)
        {
            return false;
        }

        await table.CheckKeysAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await table.CallAsync(
                static (client, request, token) => client.PutItemAsync(request, token),
                new PutItemRequest
                {
                    TableName = table.Name,
                    Item = attributes,
                    ConditionExpression = "attribute_not_exists(#n) or attribute_not_exists(#k) or attribute_not_exists(#v) or :v > #v",
                    ExpressionAttributeNames = new()
                    {
                        ["#n"] = DynamoDBTable.NamespaceAttribute,
                        ["#k"] = DynamoDBTable.KeyAttribute,
                        ["#v"] = DynamoDBTable.VersionAttribute,
                    },
                    ExpressionAttributeValues = new() { [":v"] = attributes[DynamoDBTable.VersionAttribute] },
                },
                table.OperationTimeout,
                cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (ConditionalCheckFailedException)
        {
            return false;
        }
    }

    public ValueTask<bool> InitializedAsync(CancellationToken cancellationToken) => table.HasMarkerAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await table.DisposeAsync().ConfigureAwait(false);
        _initGate.Dispose();
    }

    /// <summary>The attributes to write; null, and one line in the log, for an item that the service would not take.</summary>
    private Dictionary<string, AttributeValue>? Attributes(SerializedItem item)
    {
        var @namespace = table.Namespace(item.Kind);
        var json = StoredItem.Json(item);
        if (DynamoDBTable.Size(@namespace, item.Key, item.Item.Version, json.Length) > MaxItemSize)
        {
            LogTooLarge(table.Logger, item.Key, @namespace);
            return null;
        }

        var attributes = DynamoDBTable.Key(@namespace, item.Key);
        attributes[DynamoDBTable.VersionAttribute] = new AttributeValue { N = item.Item.Version.ToString(CultureInfo.InvariantCulture) };
        attributes[DynamoDBTable.ItemAttribute] = new AttributeValue(Encoding.UTF8.GetString(json.Span));
        return attributes;
    }

    private async Task CollectVanishedAsync(
        DataKind kind, Dictionary<(DataKind Kind, string Key), int> kept, List<WriteRequest> vanished, CancellationToken cancellationToken)
    {
        var @namespace = table.Namespace(kind);
        await foreach (var page in table.PagesAsync(@namespace, keysOnly: true, cancellationToken).ConfigureAwait(false))
        {
            foreach (var item in page)
            {
                var key = item[DynamoDBTable.KeyAttribute].S;
                if (!kept.ContainsKey((kind, key)))
                {
                    vanished.Add(new WriteRequest(new DeleteRequest(DynamoDBTable.Key(@namespace, key))));
                }
            }
        }
    }

    private async Task WriteAsync(List<WriteRequest> requests, CancellationToken cancellationToken)
    {
        foreach (var batch in requests.Chunk(BatchSize))
        {
            await WriteBatchAsync([.. batch], cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Writes a batch whole: what the service leaves unprocessed when it is busy is sent again, until it is done or the time is up.</summary>
    private async Task WriteBatchAsync(List<WriteRequest> batch, CancellationToken cancellationToken)
    {
        var started = table.Time.GetTimestamp();
        for (var repeat = 1; ; repeat++)
        {
            var response = await table.CallAsync(
                static (client, request, token) => client.BatchWriteItemAsync(request, token),
                new BatchWriteItemRequest { RequestItems = new() { [table.Name] = batch } },
                table.BulkTimeout,
                cancellationToken).ConfigureAwait(false);
            if (response.UnprocessedItems is null || !response.UnprocessedItems.TryGetValue(table.Name, out var left) || left is not { Count: > 0 })
            {
                return;
            }

            if (left.Count < batch.Count)
            {
                // The time limit begins anew after progress: it bounds how long nothing is written.
                started = table.Time.GetTimestamp();
            }
            else if (table.Time.GetElapsedTime(started) >= table.BulkTimeout)
            {
                throw new TimeoutException($"The DynamoDB table \"{table.Name}\" left {left.Count} items unprocessed for {table.BulkTimeout.TotalSeconds:0.###} s.");
            }

            batch = left;
            await Task.Delay(DynamoDBTable.Delay(repeat), table.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The item \"{Key}\" in \"{Namespace}\" was too large to store in DynamoDB and was dropped")]
    private static partial void LogTooLarge(ILogger logger, string key, string @namespace);
}
