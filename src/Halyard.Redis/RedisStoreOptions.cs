using StackExchange.Redis;

namespace Halyard;

/// <summary>
/// How a <see cref="RedisStore"/> reaches its server. Exactly one of <see cref="Configuration"/>,
/// <see cref="ConfigurationOptions"/> and <see cref="Multiplexer"/> is used; when none is set, the server is
/// <c>localhost:6379</c>. Read once, when a reader or writer is opened.
/// </summary>
public sealed class RedisStoreOptions
{
    /// <summary>The prefix that is used when <see cref="Prefix"/> is empty.</summary>
    public const string DefaultPrefix = "launchdarkly";

    /// <summary>
    /// A StackExchange.Redis connection string, such as <c>a:6379,b:6379,ssl=true,password=...</c> (several servers
    /// for a cluster, <c>serviceName=...</c> for Sentinel), or an address such as
    /// <c>rediss://user:password@host:6380/0</c>.
    /// </summary>
    public string? Configuration { get; set; }

    /// <summary>The connection as an object, for what a string cannot express, such as client certificates. Copied before use.</summary>
    public ConfigurationOptions? ConfigurationOptions { get; set; }

    /// <summary>An existing connection to share. It keeps its own time limits and is never disposed by Halyard.</summary>
    public IConnectionMultiplexer? Multiplexer { get; set; }

    /// <summary>
    /// What the store's keys begin with, so that several environments can share a database. Empty or null means
    /// <see cref="DefaultPrefix"/>. In a Redis Cluster a prefix with a <c>{hash tag}</c> keeps the keys together and
    /// so makes a complete write atomic.
    /// </summary>
    public string? Prefix { get; set; }

    /// <summary>The database number; null takes the connection's own, which is 0 if not set.</summary>
    public int? Database { get; set; }

    /// <summary>Whether readers ask a replica when there is one. Replicas lag behind. Default: false.</summary>
    public bool PreferReplica { get; set; }

    /// <summary>
    /// How long an attempt to connect may take; wins over a connection string's. An operation that has to wait for it
    /// gives up when its own time is over; the attempt goes on for the next one. Default: 5 seconds.
    /// </summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The time limit of an operation on one item and of looking for the marker, connecting included. Default: 3 seconds.</summary>
    public TimeSpan OperationTimeout { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>
    /// Whether the client library serves the connection by threads of its own. With the thread pool, answers to callers that
    /// block all of its threads arrive only when the pool has grown. It costs two threads a connection, and is a
    /// switch of the library that holds for the whole process, for all connections made from then on; false leaves the switch as it is. A
    /// connection that is lent as <see cref="Multiplexer"/> was made without it, unless the application has called
    /// <c>ConnectionMultiplexer.SetFeatureFlag("DedicatedThreads", true)</c> before. Default: true.
    /// </summary>
    public bool DedicatedThreads { get; set; } = true;

    /// <summary>The time limit of reading several items or a whole kind, connecting included, and of each step of writing a complete data set. Default: 10 seconds.</summary>
    public TimeSpan BulkTimeout { get; set; } = TimeSpan.FromSeconds(10);
}
