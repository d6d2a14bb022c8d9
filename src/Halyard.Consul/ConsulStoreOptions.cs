namespace Halyard;

/// <summary>How a <see cref="ConsulStore"/> reaches its agent. Read once, when a reader or writer is opened.</summary>
public sealed class ConsulStoreOptions
{
    /// <summary>The prefix that is used when <see cref="Prefix"/> is empty.</summary>
    public const string DefaultPrefix = "launchdarkly";

    /// <summary>The address of an agent. Default: <c>http://127.0.0.1:8500</c>.</summary>
    public Uri Address { get; set; } = new("http://127.0.0.1:8500");

    /// <summary>
    /// The access token, where the agent asks for one: with <c>key_prefix "PREFIX/" { policy = "read" }</c> for
    /// readers, <c>"write"</c> for writers. Never logged.
    /// </summary>
    public string? Token { get; set; }

    /// <summary>The datacenter whose keys are meant; null: the agent's own.</summary>
    public string? Datacenter { get; set; }

    /// <summary>
    /// What the keys begin with, before a slash, so that several environments can share a Consul. Empty or null means
    /// <see cref="DefaultPrefix"/>. It neither begins nor ends with a slash, and each part between
    /// slashes is a name.
    /// </summary>
    public string? Prefix { get; set; }

    /// <summary>
    /// How requests are sent, for what an address cannot express, such as client certificates. Shared, never disposed
    /// by Halyard. Null: each reader and writer has its own.
    /// </summary>
    public HttpMessageHandler? Handler { get; set; }

    /// <summary>The time limit of a request about one item or the marker. Default: 3 seconds.</summary>
    public TimeSpan OperationTimeout { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>The time limit of reading a whole kind, and of each step of writing a complete data set. Default: 10 seconds.</summary>
    public TimeSpan BulkTimeout { get; set; } = TimeSpan.FromSeconds(10);
}
