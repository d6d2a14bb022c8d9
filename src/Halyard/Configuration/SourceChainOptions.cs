using Halyard.Configuration;
using Halyard.DataComponents;
using Halyard.DataInterfaces;
using Halyard.DataSystems;

namespace Halyard;

/// <summary>
/// Flag data from several sources in order of preference: initializers, each asked once until one delivers; then one
/// synchronizer at a time, with fallback to the next and recovery of the first. See <see cref="DataSystem.Default"/>
/// for the usual one, and the methods of <see cref="SourceChainOptionsExtensions"/> to add sources in a row.
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
    /// Used while the service orders the older protocol. Without one, no connection is made until the time that the
    /// service set has passed, if it set one. Default: none.
    /// </summary>
    public SourceOptions? Fdv1Fallback { get; set; }

    /// <summary>How long a synchronizer may be interrupted without a break before it is left for the next. Default: 2 minutes. Infinite: for ever.</summary>
    public TimeSpan FallbackAfter { get; set; } = SwitchingRules.Default.FallbackAfter;

    /// <summary>How long another synchronizer than the first must be valid without a break before the first is tried again. Default: 5 minutes. Infinite: the first is not tried again.</summary>
    public TimeSpan RecoverAfter { get; set; } = SwitchingRules.Default.RecoverAfter;

    /// <summary>
    /// How long a synchronizer may take to show a first sign, and from each sign to the next until its first data,
    /// before it is left for the next. Default: 10 seconds. Infinite: for ever.
    /// </summary>
    public TimeSpan SlowStartTimeout { get; set; } = SwitchingRules.Default.SlowStart;

    /// <summary>How long each initializer may take. Default: 30 seconds. Infinite: as long as it likes.</summary>
    public TimeSpan InitializerTimeout { get; set; } = SwitchingRules.Default.Initializer;

    /// <summary>
    /// A persistent store to read item by item until the first data has arrived; then memory is all that is read, and
    /// the connection for reading is closed. A store without its marker, into which no whole data set has been written
    /// yet, counts as empty. Default: none.
    /// </summary>
    public LazyLoadOptions? ReadFirst { get; set; }

    /// <summary>A persistent store to keep in step with what arrives. Default: none.</summary>
    public WriteThroughOptions? WriteTo { get; set; }

    internal override void Validate(ClientOptions options)
    {
        ReadFirst?.Validate(options);
        WriteTo?.Validate();
        if (Initializers.Count == 0 && Synchronizers.Count == 0)
        {
            throw new ArgumentException("The chain of sources is empty: it needs at least one synchronizer or initializer. For a persistent store alone there is DataSystem.Daemon.");
        }

        foreach (var source in Initializers.Concat(Synchronizers))
        {
            (source ?? throw new ArgumentException("The chain of sources has a null among its sources.")).Validate(options);
        }

        if (Fdv1Fallback is StreamingOptions { Protocol: ProtocolVersion.Fdv2 } or PollingOptions { Protocol: ProtocolVersion.Fdv2 })
        {
            throw new ArgumentException("The chain's Fdv1Fallback speaks the newer protocol: it must be a source of the older one.");
        }

        Fdv1Fallback?.Validate(options);
        HttpOptionsValidation.CheckTimeout(FallbackAfter, "The chain's FallbackAfter");
        HttpOptionsValidation.CheckTimeout(RecoverAfter, "The chain's RecoverAfter");
        HttpOptionsValidation.CheckTimeout(SlowStartTimeout, "The chain's SlowStartTimeout");
        HttpOptionsValidation.CheckTimeout(InitializerTimeout, "The chain's InitializerTimeout");
    }

    internal override IDataSystem Build(DataSystemContext context)
    {
        // One set of connections for all: changing over need not connect anew.
        var usesHttp = Initializers.Concat(Synchronizers).Append(Fdv1Fallback).Any(static s => s is StreamingOptions or PollingOptions);
        var http = usesHttp ? context.Http(context.Logger("Http")) : null;
        var chain = new SourceChain(Settings(context with { SharedHttp = http }), context.Status, context.TimeProvider, context.Logger("Sources"), http);
        var sync = context.CreateBackgroundSync(chain, WriteTo);
        return ReadFirst is null ? sync : OpenStore(ReadFirst, sync, context);
    }

    private static StoreFirst OpenStore(LazyLoadOptions options, BackgroundSync sync, DataSystemContext context)
    {
        var logger = context.Logger("LazyLoad");
        var reader = options.Store.CreateReader(new PersistentStoreContext(context.Options.LoggerFactory, context.TimeProvider));
        var store = new LazyLoad(new MarkerGate(new JsonDeserializer(reader, logger)), options, new StoreReadReport(reader.Identity, logger), context.TimeProvider, logger);
        return new(store, sync, logger);
    }

    internal SourceChainSettings Settings(DataSystemContext context)
    {
        var names = new HashSet<string>();
        return new(
            [.. Initializers.Select(source => Unique(source.Prepare(context), " initializer", names))],
            [.. Synchronizers.Select(source => Unique(source.Prepare(context), "", names))],
            Fdv1Fallback is null ? null : Unique(Fdv1Fallback.Prepare(context), "", names),
            new(FallbackAfter, RecoverAfter, SlowStartTimeout, InitializerTimeout));
    }

    /// <summary>The status tells the sources apart by their names.</summary>
    private static SourceFactory Unique(SourceFactory entry, string suffix, HashSet<string> names)
    {
        var name = entry.Name + suffix;
        for (var number = 2; !names.Add(name); number++)
        {
            name = $"{entry.Name}{suffix} {number}";
        }

        return entry with { Name = name };
    }
}
