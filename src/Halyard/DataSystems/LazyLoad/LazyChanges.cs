using Halyard.DataComponents;
using Halyard.DataInterfaces;
using Halyard.Model;

namespace Halyard.DataSystems;

/// <summary>
/// Announces what answers of the store have changed in the cache: flags that exist now and did not, or the other way
/// round, that have another version, or that depend on such an item; as far as they are held. What was never held before
/// is no change. Thread-safe.
/// </summary>
/// <param name="changes">Where changes are announced.</param>
internal sealed class LazyChanges(FlagChanges changes)
{
    /// <summary>Whether anybody listens; otherwise nothing need be compared.</summary>
    public bool HasListeners => changes.HasListeners;

    /// <summary>Announces how the items of a kind differ between two moments of the cache.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="keys">The keys that may differ; null for all that were held.</param>
    /// <param name="before">The moment before.</param>
    /// <param name="after">The moment after.</param>
    public void Announce(DataKind kind, IEnumerable<string>? keys, DataSnapshot before, DataSnapshot after)
    {
        var changed = new List<ItemDescriptor>();
        foreach (var key in keys ?? Keys(kind, before))
        {
            var (old, now) = kind == DataKind.Flag
                ? ((ItemDescriptor?)before.Flags.Find(key), (ItemDescriptor?)after.Flags.Find(key))
                : (before.Segments.Find(key), after.Segments.Find(key));
            if (old is not null && (Placeholder.IsKnown(old) || Placeholder.IsMalformed(old)) && Differ(old, now))
            {
                changed.Add(old);
            }
        }

        if (changed.Count == 0)
        {
            return;
        }

        // The dependents' own references have not moved, so those after the change are the ones to follow.
        var touched = DependencyClosure.Of(changed, DependencyTracker.Of(after), changes.OverrideDependencies());
        if (!touched.IsEmpty)
        {
            changes.Publish(new(touched));
        }
    }

    private static bool Differ(ItemDescriptor old, ItemDescriptor? now) =>
        IsLive(old) != IsLive(now) || (IsLive(old) && old.Version != now!.Version);

    private static bool IsLive(ItemDescriptor? item) => item is { IsTombstone: false };

    private static IEnumerable<string> Keys(DataKind kind, DataSnapshot snapshot) => kind == DataKind.Flag
        ? snapshot.Flags.Select(static flag => flag.Key)
        : snapshot.Segments.Select(static segment => segment.Key);
}
