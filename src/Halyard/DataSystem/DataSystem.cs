namespace Halyard;

/// <summary>The choices of where flag data comes from, for <see cref="ClientOptions.DataSystem"/>.</summary>
public static class DataSystem
{
    /// <summary>Server-sent events: changes arrive within milliseconds.</summary>
    public static StreamingOptions Streaming() => new();

    /// <summary>Asking for the whole data set at an interval, for networks that do not let streams through.</summary>
    public static PollingOptions Polling() => new();

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
    public static CustomSourceOptions Custom(Func<DataSourceContext, IDataSynchronizer> factory) => new(factory);

    /// <summary>A persistent store that something else fills, read item by item as asked for.</summary>
    /// <param name="store">The store.</param>
    public static LazyLoadOptions LazyLoad(IPersistentStore store) => new(store);

    /// <summary>The same as <see cref="LazyLoad"/>, under the name it has in LaunchDarkly's SDKs: no connection but that to the store.</summary>
    /// <param name="store">The store.</param>
    public static LazyLoadOptions Daemon(IPersistentStore store) => new(store);
}
