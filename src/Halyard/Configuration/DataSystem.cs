namespace Halyard;

/// <summary>The choices of where flag data comes from, for <see cref="ClientOptions.DataSystem"/>.</summary>
public static class DataSystem
{
    /// <summary>
    /// FDv2 as LaunchDarkly recommends it: one poll for a quick start, then a stream, with polling in its place while it
    /// fails, and polling in FDv1 when the service orders that. Everything can be changed in the options that this gives.
    /// </summary>
    public static SourceChainOptions Default() => Chain()
        .AddInitializers(Polling(ProtocolVersion.Fdv2))
        .AddSynchronizers(Streaming(ProtocolVersion.Fdv2), Polling(ProtocolVersion.Fdv2))
        .UseFdv1Fallback(Polling());

    /// <summary>Sources of one's own choice in order of preference: none yet, to be added by the options' methods.</summary>
    /// <example><code>
    /// options.DataSystem = DataSystem.Chain()
    ///     .AddInitializers(DataSystem.File("bootstrap.json"))
    ///     .AddSynchronizers(DataSystem.Streaming(ProtocolVersion.Fdv2), DataSystem.Polling(ProtocolVersion.Fdv2))
    ///     .UseFdv1Fallback(DataSystem.Polling());
    /// </code></example>
    public static SourceChainOptions Chain() => new();

    /// <summary>Server-sent events: changes arrive within milliseconds.</summary>
    /// <param name="protocol">Which protocol is spoken.</param>
    public static StreamingOptions Streaming(ProtocolVersion protocol = ProtocolVersion.Fdv1) => new() { Protocol = protocol };

    /// <summary>Asking for the data at an interval, for networks that do not let streams through.</summary>
    /// <param name="protocol">Which protocol is spoken.</param>
    public static PollingOptions Polling(ProtocolVersion protocol = ProtocolVersion.Fdv1) => new() { Protocol = protocol };

    /// <summary>Flag data from files, loaded again when they change.</summary>
    /// <param name="paths">JSON files, in order; with the package Halyard.Yaml also YAML.</param>
    public static FileSourceOptions File(params ReadOnlySpan<string> paths)
    {
        var options = new FileSourceOptions();
        foreach (var path in paths)
        {
            options.Paths.Add(path);
        }

        return options;
    }

    /// <summary>Flag data from a test's own code.</summary>
    /// <param name="data">The data; it may feed several clients.</param>
    public static TestDataOptions TestData(TestData data) => new(data);

    /// <summary>Flag data from a synchronizer of the application's own.</summary>
    /// <param name="factory">Makes the synchronizer of one client, which disposes it.</param>
    public static CustomSourceOptions FromSynchronizer(Func<DataSourceContext, IDataSynchronizer> factory) => new(factory);

    /// <summary>
    /// The same as <see cref="Default"/> with a persistent store beside it: read item by item until the first data has
    /// arrived, and from then on written, so that the next start has the data even when the service is away.
    /// </summary>
    /// <param name="store">The store.</param>
    public static SourceChainOptions PersistentStore(IPersistentStore store) => Default().UsePersistentStore(store);

    /// <summary>
    /// A persistent store that something else fills, read item by item as asked for: no connection but that to the store.
    /// LaunchDarkly's SDKs call this daemon mode.
    /// </summary>
    /// <param name="store">The store.</param>
    public static LazyLoadOptions LazyLoad(IPersistentStore store) => new(store);
}
