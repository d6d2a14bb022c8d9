namespace Halyard;

/// <summary>
/// Copies pushed flag data into a persistent store, so that Lazy Load clients and the next start have it. Memory stays
/// the only thing that is read; the store is written in the background.
/// </summary>
public sealed class WriteThroughOptions
{
    /// <summary>Makes the options of a store.</summary>
    /// <param name="store">The store to write.</param>
    public WriteThroughOptions(IPersistentStore store)
    {
        ArgumentNullException.ThrowIfNull(store);
        Store = store;
    }

    /// <summary>The store.</summary>
    public IPersistentStore Store { get; }

    /// <summary>
    /// How often to look whether the store still has its data; a store that was wiped or restarted empty is filled
    /// again from memory. Default: 30 seconds; <see cref="Timeout.InfiniteTimeSpan"/> never looks.
    /// </summary>
    public TimeSpan MarkerCheckInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long disposal waits for what is still to be written. Default: 5 seconds.</summary>
    public TimeSpan FlushTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>After how long without an answer a write counts as failed. Default: 30 seconds.</summary>
    public TimeSpan WriteTimeout { get; set; } = TimeSpan.FromSeconds(30);

    internal void Validate()
    {
        if (MarkerCheckInterval <= TimeSpan.Zero && MarkerCheckInterval != Timeout.InfiniteTimeSpan)
        {
            throw new ArgumentException(
                $"WriteThroughOptions.MarkerCheckInterval is {MarkerCheckInterval}; it must be positive, or Timeout.InfiniteTimeSpan.");
        }

        if (FlushTimeout < TimeSpan.Zero || FlushTimeout > TimeSpan.FromHours(1))
        {
            throw new ArgumentException($"WriteThroughOptions.FlushTimeout is {FlushTimeout}; it must be from zero to one hour.");
        }

        if (WriteTimeout <= TimeSpan.Zero || WriteTimeout > TimeSpan.FromHours(1))
        {
            throw new ArgumentException($"WriteThroughOptions.WriteTimeout is {WriteTimeout}; it must be positive and at most one hour.");
        }
    }
}
