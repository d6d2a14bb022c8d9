using Halyard.Configuration;

namespace Halyard;

/// <summary>
/// Writes pushed flag data into a persistent store in the background, so that Lazy Load clients and the next start have
/// it. What is read is memory, or the store through a cache (<see cref="Mode"/>).
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

    /// <summary>What the store is to this client. Default: <see cref="StoreMode.CopyOfMemory"/>.</summary>
    public StoreMode Mode { get; set; }

    /// <summary>
    /// How the store is read where it is the <see cref="StoreMode.SystemOfRecord"/>: how long an item stays fresh, how long a
    /// read waits. Its store must be <see cref="Store"/>. Default: null, the defaults of <see cref="LazyLoadOptions"/>.
    /// </summary>
    public LazyLoadOptions? Cache { get; set; }

    /// <summary>
    /// How often to look whether the store still has its data; a store that was wiped or restarted empty is filled
    /// again from memory. Default: 30 seconds; <see cref="Timeout.InfiniteTimeSpan"/> never looks, and more than 24 days count as 24.
    /// </summary>
    public TimeSpan MarkerCheckInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long disposal waits for what is still to be written. Default: 5 seconds.</summary>
    public TimeSpan FlushTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>After how long without an answer a write counts as failed. Default: 30 seconds.</summary>
    public TimeSpan WriteTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a store that is the record stays as it is after its loss was seen: somebody may have emptied it on purpose.</summary>
    internal static TimeSpan RefillDelay => TimeSpan.FromSeconds(5);

    internal void Validate(DataSystemOptions system)
    {
        if (!Enum.IsDefined(Mode))
        {
            throw new ArgumentException($"WriteThroughOptions.Mode is {Mode}; it must be CopyOfMemory or SystemOfRecord.");
        }

        if (Mode == StoreMode.SystemOfRecord)
        {
            ValidateRecord(system);
        }
        else if (Cache is not null)
        {
            throw new ArgumentException("WriteThroughOptions.Cache is for StoreMode.SystemOfRecord: otherwise memory is all that is read.");
        }

        if (MarkerCheckInterval < HttpOptionsValidation.ShortestSpan && MarkerCheckInterval != Timeout.InfiniteTimeSpan)
        {
            throw new ArgumentException(
                $"WriteThroughOptions.MarkerCheckInterval is {MarkerCheckInterval}; it must be at least 1 millisecond, or Timeout.InfiniteTimeSpan.");
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

    private void ValidateRecord(DataSystemOptions system)
    {
        if (Cache is not null)
        {
            if (!ReferenceEquals(Cache.Store, Store))
            {
                throw new ArgumentException("WriteThroughOptions.Cache reads another store than WriteThroughOptions.Store; it must be made of the same one.");
            }

            Cache.ValidateReading();
        }

        var sources = system is SourceChainOptions chain ? [.. chain.Initializers, .. chain.Synchronizers] : (IEnumerable<DataSystemOptions>)[system];
        if (sources.Any(static source => source is StreamingOptions { Protocol: ProtocolVersion.Fdv2 } or PollingOptions { Protocol: ProtocolVersion.Fdv2 }))
        {
            throw new ArgumentException("StoreMode.SystemOfRecord needs sources of FDv1: in FDv2 memory is all that is read once data has arrived.");
        }

        if (system is SourceChainOptions { ReadFirst: not null })
        {
            throw new ArgumentException("SourceChainOptions.ReadFirst is not for StoreMode.SystemOfRecord, which reads the store all the time; see WriteThroughOptions.Cache.");
        }
    }
}
