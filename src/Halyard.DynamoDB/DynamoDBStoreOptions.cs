using Amazon.DynamoDBv2;
using Amazon.Runtime;

namespace Halyard;

/// <summary>
/// How a <see cref="DynamoDBStore"/> reaches its table. Credentials and region come, if not given here, from where
/// the AWS SDK looks for them: environment, profile, instance role. Read once, when a reader or writer is opened.
/// </summary>
public sealed class DynamoDBStoreOptions
{
    /// <summary>
    /// The table, which must exist, with the partition key <c>namespace</c> and the sort key <c>key</c>, both strings. Required.
    /// </summary>
    public string Table { get; set; } = "";

    /// <summary>What the namespaces begin with, so that several environments can share a table. Empty or null: nothing.</summary>
    public string? Prefix { get; set; }

    /// <summary>An existing client to share; never disposed by Halyard. Wins over all other connection settings.</summary>
    public IAmazonDynamoDB? Client { get; set; }

    /// <summary>Makes a client for each reader or writer, which disposes it. Wins over the settings below.</summary>
    public Func<IAmazonDynamoDB>? ClientFactory { get; set; }

    /// <summary>The address of the service, for DynamoDB Local or a private endpoint.</summary>
    public Uri? ServiceUrl { get; set; }

    /// <summary>The region's system name, such as <c>eu-west-1</c>; with <see cref="ServiceUrl"/>, the one to sign for.</summary>
    public string? Region { get; set; }

    /// <summary>The credentials; null searches for them.</summary>
    public AWSCredentials? Credentials { get; set; }

    /// <summary>The time limit of an operation on one item, repeats included. Default: 3 seconds.</summary>
    public TimeSpan OperationTimeout { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>
    /// The time limit of each page of a whole kind and of each batch of a complete data set, repeats included: how
    /// long a throttled table is waited for. Default: 30 seconds.
    /// </summary>
    public TimeSpan BulkTimeout { get; set; } = TimeSpan.FromSeconds(30);
}
