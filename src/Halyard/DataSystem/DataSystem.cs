namespace Halyard;

/// <summary>The choices of where flag data comes from, for <see cref="ClientOptions.DataSystem"/>.</summary>
public static class DataSystem
{
    /// <summary>Server-sent events: changes arrive within milliseconds.</summary>
    public static StreamingOptions Streaming() => new();

    /// <summary>A persistent store that something else fills, read item by item as asked for.</summary>
    /// <param name="store">The store.</param>
    public static LazyLoadOptions LazyLoad(IPersistentStore store) => new(store);

    /// <summary>The same as <see cref="LazyLoad"/>, under the name it has in LaunchDarkly's SDKs: no connection but that to the store.</summary>
    /// <param name="store">The store.</param>
    public static LazyLoadOptions Daemon(IPersistentStore store) => new(store);
}
