namespace Halyard.DataComponents;

/// <summary>How old something in the cache is.</summary>
internal enum Freshness : byte
{
    /// <summary>Never asked for.</summary>
    NotTracked,

    /// <summary>Read, and not yet outdated.</summary>
    Fresh,

    /// <summary>Read, and outdated.</summary>
    Stale,
}
