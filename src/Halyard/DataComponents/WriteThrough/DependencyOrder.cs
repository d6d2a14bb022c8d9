using Halyard.DataComponents.Trie;
using Halyard.Model;

namespace Halyard.DataComponents;

/// <summary>
/// Orders items so that whatever an item refers to comes before it: segments before flags, prerequisites before their
/// dependents. A reader of a store that is being filled item by item then never sees a reference to nothing.
/// </summary>
internal static class DependencyOrder
{
    public static List<ItemDescriptor> Of(DataSnapshot snapshot)
    {
        var ordered = new List<ItemDescriptor>(snapshot.Flags.Count + snapshot.Segments.Count);
        Append(ordered, snapshot.Segments, static segment => segment.Item is { } item ? SegmentsOf(item) : []);
        Append(ordered, snapshot.Flags, static flag => flag.Item is { } item ? item.Prerequisites.Select(static p => p.Key) : []);
        return ordered;
    }

    // Depth first, with a stack of its own: chains may be long. A cycle is cut where it closes.
    private static void Append<T>(
        List<ItemDescriptor> ordered, ItemMap<ItemDescriptor<T>> items, Func<ItemDescriptor<T>, IEnumerable<string>> references)
        where T : class
    {
        var seen = new HashSet<string>(items.Count, StringComparer.Ordinal);
        var path = new Stack<(ItemDescriptor<T> Item, IEnumerator<string> Left)>();
        foreach (var start in items)
        {
            if (seen.Add(start.Key))
            {
                path.Push((start, references(start).GetEnumerator()));
            }

            while (path.TryPeek(out var top))
            {
                if (!top.Left.MoveNext())
                {
                    path.Pop();
                    ordered.Add(top.Item);
                }
                else if (items.Find(top.Left.Current) is { } next && seen.Add(next.Key))
                {
                    path.Push((next, references(next).GetEnumerator()));
                }
            }
        }
    }

    private static IEnumerable<string> SegmentsOf(Segment segment) =>
        from rule in segment.Rules
        from clause in rule.Clauses
        where clause.IsSegmentMatch
        from value in clause.Values
        let key = value.AsString
        where key is not null
        select key;
}
