using Halyard.Configuration;

namespace Halyard;

/// <summary>Where and how a client looks up big segments.</summary>
/// <example><code>
/// options.BigSegments = new(new RedisStore("localhost:6379").OpenBigSegments);
/// </code></example>
public sealed class BigSegmentsOptions
{
    /// <summary>Makes the options of a store.</summary>
    /// <param name="openStore">
    /// Opens the store when the client starts, such as <c>OpenBigSegments</c> of a Redis, DynamoDB or SQLite store, or a
    /// function that makes an <see cref="IBigSegmentStore"/> of the application's own. It must not wait for the store.
    /// The client disposes what it returns.
    /// </param>
    public BigSegmentsOptions(Func<PersistentStoreContext, IBigSegmentStore> openStore)
    {
        ArgumentNullException.ThrowIfNull(openStore);
        OpenStore = openStore;
    }

    /// <summary>Opens the store.</summary>
    public Func<PersistentStoreContext, IBigSegmentStore> OpenStore { get; }

    /// <summary>For how many contexts the membership is kept; the least recently used leave first. Default: 1,000. Zero keeps none.</summary>
    public int ContextCacheSize { get; set; } = 1000;

    /// <summary>How long a context's membership is kept before the store is asked again. Default: 5 seconds. Zero asks on every read.</summary>
    public TimeSpan ContextCacheTime { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How often the store is asked whether it is up to date. Default: 5 seconds. An interval longer than
    /// <see cref="StaleAfter"/> is shortened to that.
    /// </summary>
    public TimeSpan StatusPollInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>After how long without its writer's confirmation a store counts as stale. Default: 2 minutes.</summary>
    public TimeSpan StaleAfter { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>
    /// After how long without an answer a request to the store counts as failed; bounds what any read waits for one
    /// context's membership. Default: 2 seconds.
    /// </summary>
    public TimeSpan QueryTimeout { get; set; } = TimeSpan.FromSeconds(2);

    internal void Validate()
    {
        if (ContextCacheSize < 0)
        {
            throw new ArgumentException($"BigSegmentsOptions.ContextCacheSize is {ContextCacheSize}; it must not be negative.");
        }

        if (ContextCacheTime < TimeSpan.Zero || ContextCacheTime > TimeSpan.FromDays(365))
        {
            throw new ArgumentException($"BigSegmentsOptions.ContextCacheTime is {ContextCacheTime}; it must be from zero to one year.");
        }

        Require(StatusPollInterval, nameof(StatusPollInterval), TimeSpan.FromDays(1));
        Require(StaleAfter, nameof(StaleAfter), TimeSpan.FromDays(365));
        Require(QueryTimeout, nameof(QueryTimeout), TimeSpan.FromHours(1));
    }

    private static void Require(TimeSpan value, string name, TimeSpan most)
    {
        if (value < HttpOptionsValidation.ShortestSpan || value > most)
        {
            throw new ArgumentException($"BigSegmentsOptions.{name} is {value}; it must be from 1 millisecond to {most}.");
        }
    }
}
