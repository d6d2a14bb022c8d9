using Halyard.DataComponents;
using Halyard.DataInterfaces;
using Halyard.DataSystems;
using Halyard.Overrides;

namespace Halyard;

/// <summary>A data system that is wired and not started, seen from each side that a client needs.</summary>
/// <param name="System">What is started, read and disposed.</param>
/// <param name="Memory">Where all data of a pushed system is, for the shortest way of a read; null when reads may need more than memory.</param>
/// <param name="Lazy">The same system when it fetches what a read lacks; null for pushed data and offline.</param>
/// <param name="LazyLoad">The same system when it is Lazy Load alone, for the shortest way of a read; null for every other.</param>
/// <param name="Writer">What writes pushed data through to a persistent store, for its status; null when nothing does.</param>
internal sealed record BuiltDataSystem(
    IDataSystem System, MemoryStore? Memory = null, ILazyDataSystem? Lazy = null, LazyLoad? LazyLoad = null, PersistentStoreWriter? Writer = null)
{
    /// <summary>The files that are laid over it; null for none.</summary>
    public OverrideFiles? Overrides { get; init; }
}
