using Amazon;
using Amazon.DynamoDBv2;
using Amazon.Runtime;

namespace Halyard;

/// <summary>
/// Flag data in a DynamoDB table, in the layout shared with other LaunchDarkly-compatible SDKs and the Relay Proxy:
/// items under the namespaces <c>prefix:features</c> and <c>prefix:segments</c>, and a marker <c>prefix:$inited</c>.
/// </summary>
public sealed class DynamoDBStore : IPersistentStore, IBigSegmentStoreFactory
{
    private readonly DynamoDBStoreOptions _options;

    /// <summary>Describes a store; opens nothing.</summary>
    public DynamoDBStore(DynamoDBStoreOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
    }

    /// <inheritdoc/>
    public ISerializedDataReader CreateReader(PersistentStoreContext context) => new DynamoDBDataReader(Open(context));

    /// <inheritdoc/>
    public ISerializedDataWriter CreateWriter(PersistentStoreContext context) => new DynamoDBDataWriter(Open(context));

    /// <summary>
    /// Opens the table for reading big segments, as they are written by the Relay Proxy; for <see cref="BigSegmentsOptions"/>.
    /// Does not wait for it.
    /// </summary>
    /// <exception cref="ArgumentException">A setting is missing or wrong; the message says which.</exception>
    public IBigSegmentStore OpenBigSegments(PersistentStoreContext context) => new DynamoDBBigSegmentStore(Open(context));

    private DynamoDBTable Open(PersistentStoreContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (string.IsNullOrWhiteSpace(_options.Table))
        {
            throw new ArgumentException("The DynamoDB store's Table is not set.");
        }

        Positive(_options.OperationTimeout, nameof(_options.OperationTimeout));
        Positive(_options.BulkTimeout, nameof(_options.BulkTimeout));
        return new(_options, _options.Client ?? CreateClient(), ownsClient: _options.Client is null, context);
    }

    private IAmazonDynamoDB CreateClient()
    {
        if (_options.ClientFactory is { } factory)
        {
            return factory() ?? throw new ArgumentException("The DynamoDB store's ClientFactory made no client.");
        }

        // Few repeats inside the SDK: the table's own loop is bounded in time and follows the store's clock.
        var configuration = new AmazonDynamoDBConfig { RetryMode = RequestRetryMode.Standard, MaxErrorRetry = 1 };
        if (_options.ServiceUrl is { } url)
        {
            configuration.ServiceURL = url.AbsoluteUri;
            if (!string.IsNullOrEmpty(_options.Region))
            {
                configuration.AuthenticationRegion = _options.Region;
            }
        }
        else if (!string.IsNullOrEmpty(_options.Region))
        {
            configuration.RegionEndpoint = RegionEndpoint.GetBySystemName(_options.Region);
        }

        try
        {
            return _options.Credentials is { } credentials
                ? new AmazonDynamoDBClient(credentials, configuration)
                : new AmazonDynamoDBClient(configuration);
        }
        catch (AmazonClientException e)
        {
            throw new ArgumentException($"The DynamoDB store's settings do not make a client: {e.Message}", e);
        }
    }

    private static void Positive(TimeSpan value, string name)
    {
        if (value <= TimeSpan.Zero || value.TotalMilliseconds > int.MaxValue)
        {
            throw new ArgumentException($"The DynamoDB store's {name} is {value}; it must be more than zero and less than 25 days.");
        }
    }
}
