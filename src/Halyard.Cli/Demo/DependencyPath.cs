using Halyard.Model;

namespace Halyard.Cli;

/// <summary>Explains why a change of one item touches a flag.</summary>
internal static class DependencyPath
{
    /// <summary>
    /// The shortest way from a flag to what it depends on, without the flag itself, such as
    /// <c>flag b → segment s</c>; null when it does not depend on it.
    /// </summary>
    public static string? Find(DataSet data, string flag, DataKind kind, string key)
    {
        var flags = data.Flags.ToDictionary(static item => item.Key, StringComparer.Ordinal);
        var segments = data.Segments.ToDictionary(static item => item.Key, StringComparer.Ordinal);
        var start = new Node(DataKind.Flag, flag);
        var cameFrom = new Dictionary<Node, Node?> { [start] = null };
        var queue = new Queue<Node>([start]);
        while (queue.TryDequeue(out var node))
        {
            if (node == new Node(kind, key))
            {
                return Describe(node, cameFrom);
            }

            foreach (var next in References(node, flags, segments))
            {
                if (cameFrom.TryAdd(next, node))
                {
                    queue.Enqueue(next);
                }
            }
        }

        return null;
    }

    private static IEnumerable<Node> References(
        Node node, Dictionary<string, ItemDescriptor<Flag>> flags, Dictionary<string, ItemDescriptor<Segment>> segments) =>
        (node.Kind == DataKind.Flag ? flags.GetValueOrDefault(node.Key) : (ItemDescriptor?)segments.GetValueOrDefault(node.Key)) is { } item
            ? ItemReferences.Of(item).Select(static reference => new Node(reference.Kind, reference.Key))
            : [];

    private static string Describe(Node end, Dictionary<Node, Node?> cameFrom)
    {
        var parts = new List<string>();
        for (Node? at = end; at is { } node && cameFrom[node] is not null; at = cameFrom[node])
        {
            parts.Add($"{node.Kind.Noun()} {node.Key}");
        }

        parts.Reverse();
        return string.Join(" → ", parts);
    }

    private readonly record struct Node(DataKind Kind, string Key);
}
