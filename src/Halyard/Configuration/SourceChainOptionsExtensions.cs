namespace Halyard;

/// <summary>Puts a chain of sources together in one expression.</summary>
public static class SourceChainOptionsExtensions
{
    /// <summary>Adds initializers after those there are.</summary>
    public static SourceChainOptions Initializers(this SourceChainOptions options, params ReadOnlySpan<SourceOptions> sources)
    {
        ArgumentNullException.ThrowIfNull(options);
        foreach (var source in sources)
        {
            options.Initializers.Add(source);
        }

        return options;
    }

    /// <summary>Adds synchronizers after those there are.</summary>
    public static SourceChainOptions Synchronizers(this SourceChainOptions options, params ReadOnlySpan<SourceOptions> sources)
    {
        ArgumentNullException.ThrowIfNull(options);
        foreach (var source in sources)
        {
            options.Synchronizers.Add(source);
        }

        return options;
    }

    /// <summary>Puts a persistent store beside the sources: read until the first data has arrived, and written from then on.</summary>
    /// <param name="options">The chain.</param>
    /// <param name="store">The store.</param>
    /// <param name="isWritten">Whether the store is written too, or something else fills it.</param>
    public static SourceChainOptions PersistentStore(this SourceChainOptions options, IPersistentStore store, bool isWritten = true)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.ReadFirst = new(store);
        options.WriteTo = isWritten ? new(store) : null;
        return options;
    }

    /// <summary>Sets the source of the older protocol.</summary>
    public static SourceChainOptions Fdv1Fallback(this SourceChainOptions options, SourceOptions? source)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Fdv1Fallback = source;
        return options;
    }
}
