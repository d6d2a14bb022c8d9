using Halyard.Model;

namespace Halyard.Benchmarks.Candidates;

/// <summary>
/// A structure that the store's snapshots could be made of. Structs implement it, so that the loops over it are
/// compiled for each of them and no figure holds a virtual call.
/// </summary>
internal interface ICandidate
{
    static abstract string Name { get; }

    /// <summary>Whether a change of many items is visible at once, and a version once taken never changes.</summary>
    static abstract bool KeepsVersions { get; }

    void Build(ItemDescriptor<Flag>[] items);

    ItemDescriptor<Flag>? Find(string key);

    void Set(ItemDescriptor<Flag> item);

    void SetAll(ItemDescriptor<Flag>[] items);

    /// <summary>Enumerates all items; gives how many there were.</summary>
    int Enumerate();
}
