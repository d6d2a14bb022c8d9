namespace Halyard;

/// <summary>
/// Lazy Load: items are read from a persistent store when they are first asked for, and kept for a time. Something
/// else fills the store: another process, a relay, <c>halyard sync</c>. Flags are evaluated even before the store has
/// been marked as complete. Changes in the store are seen when an item's time is over, or at once where the store tells
/// of them (<see cref="ListenForChanges"/>); changes of flags that were read before are announced.
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

    /// <summary>
    /// Whether to listen to a store that tells of changes: what is held of them is read again at once, and flag changes
    /// are announced. A store that cannot, or may not, costs one line in the log. Default: true.
    /// </summary>
    public bool ListenForChanges { get; set; } = true;

    /// <summary>
    /// How long what was read counts as fresh while the store tells of changes, in place of <see cref="Ttl"/>; not shorter
    /// than it. <see cref="Timeout.InfiniteTimeSpan"/>: until it changes. When the store falls silent, what is held gets its
    /// usual time. Default: null, as <see cref="Ttl"/>.
    /// </summary>
    public TimeSpan? TtlWhileListening { get; set; }

    /// <summary>
    /// How many bytes a second may be read because of changes heard of, on average; one refetch of any size goes at once,
    /// and the next one waits for its turn. From 1 KiB; default: 128 KiB.
    /// </summary>
    public long RefetchBytesPerSecond { get; set; } = 128 * 1024;

    /// <summary>
    /// Over how long the refetches of a fleet are spread at random when a store tells of a change without saying of which
    /// items. Zero: none; at most 1 minute. Default: 20 ms.
    /// </summary>
    public TimeSpan RefetchSpread { get; set; } = TimeSpan.FromMilliseconds(20);

    internal override void Validate(ClientOptions options)
    {
        if (options.WriteThrough is not null)
        {
            throw new ArgumentException("ClientOptions.WriteThrough is for pushed data; Lazy Load reads from a store and writes none.");
        }

        ValidateReading();
    }

    /// <summary>Checks what concerns the reading of the store alone.</summary>
    internal void ValidateReading()
    {
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

        if (TtlWhileListening is { } longTtl && longTtl != Timeout.InfiniteTimeSpan
            && (Ttl == Timeout.InfiniteTimeSpan || longTtl < Ttl || longTtl > TimeSpan.FromDays(3650)))
        {
            throw new ArgumentException(
                $"LazyLoadOptions.TtlWhileListening is {longTtl}; it must be Timeout.InfiniteTimeSpan, or from LazyLoadOptions.Ttl ({Ttl}) to ten years.");
        }

        if (RefetchBytesPerSecond is < 1024)
        {
            throw new ArgumentException($"LazyLoadOptions.RefetchBytesPerSecond is {RefetchBytesPerSecond}; it must be at least 1024.");
        }

        if (RefetchSpread < TimeSpan.Zero || RefetchSpread > TimeSpan.FromMinutes(1))
        {
            throw new ArgumentException($"LazyLoadOptions.RefetchSpread is {RefetchSpread}; it must be from zero to one minute.");
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
