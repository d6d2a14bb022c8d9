using System.Globalization;
using Amazon.DynamoDBv2.Model;

namespace Halyard;

/// <summary>
/// Big segments as the Relay Proxy writes them: an item for each context under the namespace
/// <c>prefix:big_segments_user</c> with the string sets <c>included</c> and <c>excluded</c>, and one under
/// <c>prefix:big_segments_metadata</c> with the number <c>synchronizedOn</c> in Unix milliseconds.
/// </summary>
internal sealed class DynamoDBBigSegmentStore(DynamoDBTable table) : IBigSegmentStore
{
    private const string Included = "included";
    private const string Excluded = "excluded";
    private const string SynchronizedOn = "synchronizedOn";

    public async ValueTask<BigSegmentStoreMetadata?> GetMetadataAsync(CancellationToken cancellationToken)
    {
        var item = await GetAsync(table.BigSegmentsMetadata, table.BigSegmentsMetadata, cancellationToken).ConfigureAwait(false);
        if (item is null || !item.TryGetValue(SynchronizedOn, out var value) || string.IsNullOrEmpty(value.N))
        {
            return null;
        }

        return decimal.TryParse(value.N, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            && number is >= long.MinValue and <= long.MaxValue
            && BigSegmentTime.TryOf((long)number, out var time)
            ? new(time)
            : throw new InvalidDataException(
                $"The item \"{table.BigSegmentsMetadata}\" of the DynamoDB table \"{table.Name}\" does not hold a time in Unix milliseconds.");
    }

    public async ValueTask<IBigSegmentMembership?> GetMembershipAsync(string contextHash, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(contextHash);
        var item = await GetAsync(table.BigSegmentsUser, contextHash, cancellationToken).ConfigureAwait(false);
        return item is null
            ? null
            : BigSegmentMembership.Of(item.GetValueOrDefault(Included)?.SS, item.GetValueOrDefault(Excluded)?.SS);
    }

    public ValueTask DisposeAsync() => table.DisposeAsync();

    private async ValueTask<Dictionary<string, AttributeValue>?> GetAsync(string @namespace, string key, CancellationToken cancellationToken)
    {
        var response = await table.CallAsync(
            static (client, request, token) => client.GetItemAsync(request, token),
            new GetItemRequest { TableName = table.Name, Key = DynamoDBTable.Key(@namespace, key), ConsistentRead = true },
            table.OperationTimeout,
            cancellationToken).ConfigureAwait(false);
        return response.Item is { Count: > 0 } item ? item : null;
    }
}
