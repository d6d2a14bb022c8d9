namespace Halyard;

/// <summary>
/// Lazy Load: items are read from a persistent store when they are first asked for, and kept for a time. Something
/// else fills the store: another process, a relay, <c>halyard sync</c>. Flags are evaluated even before the store has
/// been marked as complete. Changes in the store are seen when an item's time is over, and are not announced.
/// </summary>
public sealed class LazyLoadOptions : DataSystemOptions
{
    /// <summary>Makes the options of a store.</summary>
    /// <param name="store">The store, such as <c>new RedisStore()</c>.</param>
    public LazyLoadOptions(IPersistentStore store)
    {
        ArgumentNullException.ThrowIfNull(store);
        Store = store;
    }

    /// <summary>The store.</summary>
    public IPersistentStore Store { get; }

    /// <summary>
    /// How long what was read counts as fresh. Default: 5 minutes. Zero asks the store on every read;
    /// <see cref="Timeout.InfiniteTimeSpan"/> asks once.
    /// </summary>
    public TimeSpan Ttl { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// By which share of <see cref="Ttl"/> at most an item's time is shortened at random, so that many processes do not
    /// all ask at once. From 0 to 0.5; default: 0.1.
    /// </summary>
    public double TtlJitter { get; set; } = 0.1;

    /// <summary>
    /// How long a synchronous read waits for the store; after that it answers with what is known. Default: 2 seconds.
    /// </summary>
    public TimeSpan ReadTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>After how long without an answer a request counts as failed; bounds asynchronous reads. Default: 10 seconds.</summary>
    public TimeSpan FetchTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Whether an outdated item is served at once and refreshed in the background, so that only items never read
    /// before make a read wait. Default: false.
    /// </summary>
    public bool StaleWhileRevalidate { get; set; }

    /// <summary>
    /// How many flags and segments are kept at most; the least recently read leave first. Default: null, all. What
    /// was read within the last second is never dropped, nor is anything while the result of an all-flags read is fresh.
    /// </summary>
    public int? MaxItems { get; set; }

    internal override void Validate(ClientOptions options)
    {
        if (options.WriteThrough is not null)
        {
            throw new ArgumentException("ClientOptions.WriteThrough is for pushed data; Lazy Load reads from a store and writes none.");
        }

        if (Ttl < TimeSpan.Zero && Ttl != Timeout.InfiniteTimeSpan)
        {
            throw new ArgumentException($"LazyLoadOptions.Ttl is {Ttl}; it must be zero, positive, or Timeout.InfiniteTimeSpan.");
        }

        if (Ttl > TimeSpan.FromDays(3650))
        {
            throw new ArgumentException($"LazyLoadOptions.Ttl is {Ttl}; for more than ten years use Timeout.InfiniteTimeSpan.");
        }

        if (TtlJitter is not (>= 0 and <= 0.5))
        {
            throw new ArgumentException(
                string.Create(System.Globalization.CultureInfo.InvariantCulture, $"LazyLoadOptions.TtlJitter is {TtlJitter}; it must be from 0 to 0.5."));
        }

        RequireDuration(ReadTimeout, nameof(ReadTimeout));
        RequireDuration(FetchTimeout, nameof(FetchTimeout));
        if (MaxItems < 1)
        {
            throw new ArgumentException($"LazyLoadOptions.MaxItems is {MaxItems}; it must be at least 1, or null for no limit.");
        }
    }

    private static void RequireDuration(TimeSpan value, string name)
    {
        if (value <= TimeSpan.Zero || value > TimeSpan.FromHours(1))
        {
            throw new ArgumentException($"LazyLoadOptions.{name} is {value}; it must be positive and at most one hour.");
        }
    }
}
