using Halyard.Configuration;

namespace Halyard;

/// <summary>
/// Flag data from several sources in order of preference: initializers, each asked once until one delivers; then one
/// synchronizer at a time, with fallback to the next and recovery of the first. See <see cref="DataSystem.Default"/>
/// for the usual one, and <see cref="DataSystem.Chain"/> for one of your own.
/// </summary>
public sealed class SourceChainOptions : DataSystemOptions
{
    /// <summary>
    /// Asked in order at the start. The first that delivers data of a known state is the last one asked: files and other
    /// sources without states are shown at once but do not end the asking. A snapshot on disk
    /// (<see cref="ClientOptions.Snapshot"/>) counts as the first: when it is of a known state, the synchronizers go on
    /// from there at once. Default: none.
    /// </summary>
    public IList<SourceOptions> Initializers { get; } = [];

    /// <summary>Used one at a time, the first by preference. Default: none.</summary>
    public IList<SourceOptions> Synchronizers { get; } = [];

    /// <summary>
    /// Used while the service orders FDv1. Without one, no connection is made until the time that the
    /// service set has passed, if it set one. Default: none.
    /// </summary>
    public SourceOptions? Fdv1Fallback { get; set; }

    /// <summary>How long a synchronizer may be interrupted without a break before it is left for the next. Default: 2 minutes. Infinite: for ever.</summary>
    public TimeSpan FallbackAfter { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>How long another synchronizer than the first must be valid without a break before the first is tried again. Default: 5 minutes. Infinite: the first is not tried again.</summary>
    public TimeSpan RecoverAfter { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// How long a synchronizer may take to show a first sign, and from each sign to the next until its first data,
    /// before it is left for the next. Default: 10 seconds. Infinite: for ever.
    /// </summary>
    public TimeSpan SlowStartTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long each initializer may take. Default: 30 seconds. Infinite: as long as it likes.</summary>
    public TimeSpan InitializerTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// A persistent store to read item by item until the first data has arrived; then memory is all that is read, and
    /// the connection for reading is closed. A store without its marker, into which no whole data set has been written
    /// yet, counts as empty. Default: none.
    /// </summary>
    public LazyLoadOptions? ReadFirst { get; set; }

    /// <summary>A persistent store to keep in step with what arrives. Default: none.</summary>
    public WriteThroughOptions? WriteTo { get; set; }

    /// <summary>Adds initializers after those there are.</summary>
    /// <returns>These options.</returns>
    public SourceChainOptions AddInitializers(params ReadOnlySpan<SourceOptions> sources)
    {
        foreach (var source in sources)
        {
            Initializers.Add(source);
        }

        return this;
    }

    /// <summary>Adds synchronizers after those there are.</summary>
    /// <returns>These options.</returns>
    public SourceChainOptions AddSynchronizers(params ReadOnlySpan<SourceOptions> sources)
    {
        foreach (var source in sources)
        {
            Synchronizers.Add(source);
        }

        return this;
    }

    /// <summary>Sets <see cref="Fdv1Fallback"/>.</summary>
    /// <returns>These options.</returns>
    public SourceChainOptions UseFdv1Fallback(SourceOptions? source)
    {
        Fdv1Fallback = source;
        return this;
    }

    /// <summary>Puts a persistent store beside the sources: read until the first data has arrived, and written from then on.</summary>
    /// <param name="store">The store.</param>
    /// <param name="isWritten">Whether the store is written too, or something else fills it.</param>
    /// <returns>These options.</returns>
    public SourceChainOptions UsePersistentStore(IPersistentStore store, bool isWritten = true)
    {
        ReadFirst = new(store);
        WriteTo = isWritten ? new(store) : null;
        return this;
    }

    internal override void Validate(ClientOptions options)
    {
        ReadFirst?.Validate(options);
        WriteTo?.Validate(this);
        if (Initializers.Count == 0 && Synchronizers.Count == 0)
        {
            throw new ArgumentException("The chain of sources is empty: it needs at least one synchronizer or initializer. For a persistent store alone there is DataSystem.LazyLoad.");
        }

        foreach (var source in Initializers.Concat(Synchronizers))
        {
            (source ?? throw new ArgumentException("The chain of sources has a null among its sources.")).Validate(options);
        }

        if (Fdv1Fallback is StreamingOptions { Protocol: ProtocolVersion.Fdv2 } or PollingOptions { Protocol: ProtocolVersion.Fdv2 })
        {
            throw new ArgumentException("The chain's Fdv1Fallback speaks FDv2: it must be a source of FDv1.");
        }

        Fdv1Fallback?.Validate(options);
        HttpOptionsValidation.CheckTimeout(FallbackAfter, "The chain's FallbackAfter");
        HttpOptionsValidation.CheckTimeout(RecoverAfter, "The chain's RecoverAfter");
        HttpOptionsValidation.CheckTimeout(SlowStartTimeout, "The chain's SlowStartTimeout");
        HttpOptionsValidation.CheckTimeout(InitializerTimeout, "The chain's InitializerTimeout");
    }
}
