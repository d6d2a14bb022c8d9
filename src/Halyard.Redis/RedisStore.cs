namespace Halyard;

/// <summary>
/// Flag data in Redis, in the layout shared with other LaunchDarkly-compatible SDKs and the Relay Proxy: the hashes
/// <c>prefix:features</c> and <c>prefix:segments</c>, and the marker <c>prefix:$inited</c>. Works with whatever
/// speaks the protocol; where scripting is not available, writes are guarded by optimistic transactions.
/// </summary>
public sealed class RedisStore : IPersistentStore, IBigSegmentStoreFactory
{
    private readonly RedisStoreOptions _options;

    /// <summary>Describes a store; opens nothing.</summary>
    public RedisStore(RedisStoreOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
    }

    /// <summary>Describes a store; opens nothing.</summary>
    /// <param name="configuration">See <see cref="RedisStoreOptions.Configuration"/>.</param>
    /// <param name="prefix">See <see cref="RedisStoreOptions.Prefix"/>.</param>
    public RedisStore(string configuration, string? prefix = null)
        : this(new RedisStoreOptions { Configuration = configuration, Prefix = prefix })
    {
    }

    /// <inheritdoc/>
    public ISerializedDataReader CreateReader(PersistentStoreContext context) => new RedisDataReader(Open(context));

    /// <inheritdoc/>
    public ISerializedDataWriter CreateWriter(PersistentStoreContext context) => new RedisDataWriter(Open(context));

    /// <summary>
    /// Opens the server for reading big segments, as they are written by the Relay Proxy; for <see cref="BigSegmentsOptions"/>.
    /// Does not wait for it.
    /// </summary>
    /// <exception cref="ArgumentException">A setting is missing or wrong; the message says which.</exception>
    public IBigSegmentStore OpenBigSegments(PersistentStoreContext context) => new RedisBigSegmentStore(Open(context));

    private RedisConnection Open(PersistentStoreContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return new(_options, context);
    }
}
