using System.Collections.Immutable;
using Halyard.Model;

namespace Halyard.DataComponents;

/// <summary>The flags that depend on changed items by the references of several trackers.</summary>
internal static class DependencyClosure
{
    /// <summary>
    /// The flags among the changed items and all that depend on any of them, each once, nearer ones first. A way from a
    /// change to a dependent may use references of all trackers in turn: an item sent again may refer to others than before,
    /// and what is laid over the data refers into it and is referred to from it.
    /// </summary>
    public static ImmutableArray<string> Of(IEnumerable<ItemDescriptor> changed, params ReadOnlySpan<DependencyTracker?> trackers)
    {
        var seen = new HashSet<(DataKind, string)>();
        var queue = new List<(DataKind Kind, string Key)>();
        var next = new List<(DataKind Kind, string Key)>();
        foreach (var item in changed)
        {
            if (seen.Add((item.Kind, item.Key)))
            {
                queue.Add((item.Kind, item.Key));
            }
        }

        for (var at = 0; at < queue.Count; at++)
        {
            next.Clear();
            foreach (var tracker in trackers)
            {
                tracker?.AddDirectDependents(queue[at].Kind, queue[at].Key, next);
            }

            foreach (var dependent in next)
            {
                if (seen.Add(dependent))
                {
                    queue.Add(dependent);
                }
            }
        }

        var keys = ImmutableArray.CreateBuilder<string>();
        foreach (var (kind, key) in queue)
        {
            if (kind == DataKind.Flag)
            {
                keys.Add(key);
            }
        }

        return keys.DrainToImmutable();
    }
}
