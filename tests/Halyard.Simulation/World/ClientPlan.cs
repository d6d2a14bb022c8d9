namespace Halyard.Simulation.World;

/// <summary>What kind of client a process runs.</summary>
/// <param name="Kind">Its data system.</param>
/// <param name="WritesStore">Whether what arrives is copied into the store.</param>
/// <param name="HasSnapshot">Whether the last data is kept on disk.</param>
/// <param name="Ttl">How long what Lazy Load reads is fresh.</param>
internal sealed record ClientPlan(ClientKind Kind, bool WritesStore, bool HasSnapshot, TimeSpan Ttl)
{
    public bool IsPushed => Kind != ClientKind.LazyLoad;

    public bool UsesStore => WritesStore || Kind is ClientKind.StoreFirst or ClientKind.Record or ClientKind.LazyLoad;

    /// <summary>Whether it has sources of which it prefers the first.</summary>
    public bool IsChain => Kind is ClientKind.Chain or ClientKind.Chain1 or ClientKind.StoreFirst;
}
