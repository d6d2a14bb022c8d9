using Halyard.Model;

namespace Halyard.Cli;

/// <summary>
/// Orders items so that whatever an item refers to comes before it: segments before flags, prerequisites before their
/// dependents. A client that reads the store while it is being filled then never sees a reference to nothing.
/// </summary>
internal static class StoreOrder
{
    /// <summary>All items of a moment as stores hold them, in that order.</summary>
    public static SerializedItem[] ItemsOf(DataSnapshot snapshot)
    {
        var ordered = new List<ItemDescriptor>();
        Append(ordered, snapshot.AllSegments(), DataKind.Segment, snapshot.GetSegment);
        Append(ordered, snapshot.AllFlags(), DataKind.Flag, snapshot.GetFlag);
        return [.. ordered.Select(SerializedItem.Of)];
    }

    // Depth first, with a stack of its own instead of recursion, because chains may be long. A cycle is cut where it closes.
    private static void Append(List<ItemDescriptor> ordered, IEnumerable<ItemDescriptor> items, DataKind kind, Func<string, ItemDescriptor?> find)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var path = new Stack<(ItemDescriptor Item, IEnumerator<(DataKind Kind, string Key)> Left)>();
        foreach (var start in items)
        {
            if (seen.Add(start.Key))
            {
                path.Push((start, ItemReferences.Of(start).GetEnumerator()));
            }

            while (path.TryPeek(out var top))
            {
                if (!top.Left.MoveNext())
                {
                    path.Pop();
                    ordered.Add(top.Item);
                }
                else if (top.Left.Current is var next && next.Kind == kind && find(next.Key) is { } item && seen.Add(item.Key))
                {
                    path.Push((item, ItemReferences.Of(item).GetEnumerator()));
                }
            }
        }
    }
}
