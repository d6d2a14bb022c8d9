using System.Globalization;
using System.Net;
using System.Text;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Amazon.Runtime;
using Halyard.Model;
using Microsoft.Extensions.Logging;

namespace Halyard;

/// <summary>
/// One reader's or writer's way to the table: names, and calls that are repeated while the service says that it is
/// busy, for a bounded time. Thread-safe.
/// </summary>
internal sealed class DynamoDBTable : IAsyncDisposable
{
    public const string NamespaceAttribute = "namespace";
    public const string KeyAttribute = "key";
    public const string VersionAttribute = "version";
    public const string ItemAttribute = "item";

    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan MaxDelay = TimeSpan.FromSeconds(5);

    private readonly DynamoDBStoreOptions _options;
    private readonly IAmazonDynamoDB _client;
    private readonly bool _ownsClient;
    private readonly TimeProvider _time;
    private readonly string _prefix;
    private int _disposed;
    private bool _areKeysChecked;

    public DynamoDBTable(DynamoDBStoreOptions options, IAmazonDynamoDB client, bool ownsClient, PersistentStoreContext context)
    {
        _options = options;
        _client = client;
        _ownsClient = ownsClient;
        _time = context.TimeProvider;
        _prefix = string.IsNullOrEmpty(options.Prefix) ? "" : options.Prefix + ":";
        Logger = context.LoggerFactory.CreateLogger("Halyard.DynamoDB");
        Marker = _prefix + "$inited";
        BigSegmentsUser = _prefix + "big_segments_user";
        BigSegmentsMetadata = _prefix + "big_segments_metadata";
        Name = options.Table;
    }

    public string Name { get; }

    public string Marker { get; }

    public string BigSegmentsUser { get; }

    public string BigSegmentsMetadata { get; }

    public ILogger Logger { get; }

    public TimeProvider Time => _time;

    public TimeSpan OperationTimeout => _options.OperationTimeout;

    public TimeSpan BulkTimeout => _options.BulkTimeout;

    public string Namespace(DataKind kind) => _prefix + StoredItem.Namespace(kind);

    public static Dictionary<string, AttributeValue> Key(string @namespace, string key) => new(4)
    {
        [NamespaceAttribute] = new AttributeValue(@namespace),
        [KeyAttribute] = new AttributeValue(key),
    };

    /// <summary>The delay before the given repeat (from 1): exponential, with full jitter, so that writers spread out.</summary>
    public static TimeSpan Delay(int repeat)
    {
        var ceiling = Math.Min(MaxDelay.TotalMilliseconds, FirstDelay.TotalMilliseconds * Math.Pow(2, Math.Min(repeat - 1, 16)));
        return TimeSpan.FromMilliseconds((ceiling / 4) + (Random.Shared.NextDouble() * ceiling * 3 / 4));
    }

    /// <summary>Whether the marker exists.</summary>
    public async ValueTask<bool> HasMarkerAsync(CancellationToken cancellationToken)
    {
        var response = await CallAsync(
            static (client, request, token) => client.GetItemAsync(request, token),
            new GetItemRequest
            {
                TableName = Name,
                Key = Key(Marker, Marker),
                ConsistentRead = true,
                ProjectionExpression = "#k",
                ExpressionAttributeNames = new() { ["#k"] = KeyAttribute },
            },
            OperationTimeout,
            cancellationToken).ConfigureAwait(false);
        return response.Item is { Count: > 0 };
    }

    /// <summary>
    /// Sees to it, once, that the table has the keys of this layout. One with the partition key alone would take writes, and
    /// each item would replace the last of its kind; a read of one item by both keys it refuses.
    /// </summary>
    public async ValueTask CheckKeysAsync(CancellationToken cancellationToken)
    {
        if (!Volatile.Read(ref _areKeysChecked))
        {
            await HasMarkerAsync(cancellationToken).ConfigureAwait(false);
            Volatile.Write(ref _areKeysChecked, true);
        }
    }

    /// <summary>Walks through a namespace, page by page.</summary>
    public async IAsyncEnumerable<List<Dictionary<string, AttributeValue>>> PagesAsync(
        string @namespace,
        bool keysOnly,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var request = new QueryRequest
        {
            TableName = Name,
            ConsistentRead = true,
            KeyConditionExpression = "#n = :n",
            ProjectionExpression = keysOnly ? "#k" : "#k, #v, #i",
            ExpressionAttributeNames = new() { ["#n"] = NamespaceAttribute, ["#k"] = KeyAttribute },
            ExpressionAttributeValues = new() { [":n"] = new AttributeValue(@namespace) },
        };
        if (!keysOnly)
        {
            // A name that no expression uses is an error.
            request.ExpressionAttributeNames["#v"] = VersionAttribute;
            request.ExpressionAttributeNames["#i"] = ItemAttribute;
        }

        do
        {
            var response = await CallAsync(
                static (client, query, token) => client.QueryAsync(query, token), request, BulkTimeout, cancellationToken).ConfigureAwait(false);
            if (response.Items is { Count: > 0 } page)
            {
                yield return page;
            }

            request.ExclusiveStartKey = response.LastEvaluatedKey;
        }
        while (request.ExclusiveStartKey is { Count: > 0 });
    }

    /// <summary>Makes a call, and makes it again while the table is throttled or the service fails, until the time is up.</summary>
    public async Task<TResponse> CallAsync<TRequest, TResponse>(
        Func<IAmazonDynamoDB, TRequest, CancellationToken, Task<TResponse>> call,
        TRequest request,
        TimeSpan timeout,
        CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, typeof(DynamoDBStore));
        using var timer = new CancellationTokenSource(timeout, _time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timer.Token);
        Exception? last = null;
        for (var repeat = 1; ; repeat++)
        {
            try
            {
                return await call(_client, request, linked.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (IsPassing(e) && !linked.IsCancellationRequested)
            {
                last = e;
            }
            catch (Exception e) when (timer.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                throw TimedOut(timeout, last ?? e);
            }
            catch (ResourceNotFoundException e)
            {
                throw new InvalidOperationException($"The DynamoDB table \"{Name}\" does not exist in this account and region; create it with the partition key \"namespace\" and the sort key \"key\".", e);
            }
            catch (AmazonDynamoDBException e) when (IsOtherSchema(e))
            {
                throw new InvalidOperationException($"The DynamoDB table \"{Name}\" has other keys than this store needs; use a table with the partition key \"namespace\" and the sort key \"key\", both strings: {e.Message}", e);
            }
            catch (AmazonDynamoDBException e) when (e.ErrorCode is "AccessDeniedException" or "AccessDenied")
            {
                throw new InvalidOperationException($"Access to the DynamoDB table \"{Name}\" is denied: {e.Message}", e);
            }

            try
            {
                await Task.Delay(Delay(repeat), _time, linked.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw TimedOut(timeout, last);
            }
        }
    }

    public ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0 && _ownsClient)
        {
            _client.Dispose();
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>What an item weighs, by the rule that all writers of this layout share.</summary>
    public static int Size(string @namespace, string key, long version, int jsonBytes) => 100
        + NamespaceAttribute.Length + Encoding.UTF8.GetByteCount(@namespace)
        + KeyAttribute.Length + Encoding.UTF8.GetByteCount(key)
        + VersionAttribute.Length + version.ToString(CultureInfo.InvariantCulture).Length
        + ItemAttribute.Length + jsonBytes;

    // The service has a sentence for each kind of request, and no code of its own for this.
    private static bool IsOtherSchema(AmazonDynamoDBException e) => e.ErrorCode == "ValidationException"
        && (e.Message.Contains("key schema", StringComparison.OrdinalIgnoreCase)
            || e.Message.Contains("key element", StringComparison.OrdinalIgnoreCase)
            || e.Message.Contains("does not match the schema", StringComparison.OrdinalIgnoreCase)
            || e.Message.Contains("Missing the key", StringComparison.OrdinalIgnoreCase)
            || e.Message.Contains("required keys", StringComparison.OrdinalIgnoreCase)
            || e.Message.Contains("Type mismatch for", StringComparison.OrdinalIgnoreCase)
            || e.Message.Contains("key condition", StringComparison.OrdinalIgnoreCase)
            || e.Message.Contains("number of conditions on the keys", StringComparison.OrdinalIgnoreCase));

    private static bool IsPassing(Exception e) => e switch
    {
        ProvisionedThroughputExceededException or RequestLimitExceededException or LimitExceededException or InternalServerErrorException => true,
        AmazonServiceException service => service.StatusCode is HttpStatusCode.TooManyRequests
            || (int)service.StatusCode >= 500
            || service.ErrorCode is "ThrottlingException" or "Throttling",
        HttpRequestException => true,
        _ => false,
    };

    private TimeoutException TimedOut(TimeSpan timeout, Exception? last) => new(
        $"The DynamoDB table \"{Name}\" did not do its work within {timeout.TotalSeconds:0.###} s{(last is null or OperationCanceledException ? "" : ": " + last.Message)}", last);
}
