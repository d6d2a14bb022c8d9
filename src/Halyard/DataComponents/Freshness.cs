namespace Halyard.DataComponents;

/// <summary>What the cache may say about something.</summary>
internal enum Freshness : byte
{
    /// <summary>Never asked for.</summary>
    NotTracked,

    /// <summary>Read, and not yet outdated.</summary>
    Fresh,

    /// <summary>Read, and outdated.</summary>
    Stale,
}
