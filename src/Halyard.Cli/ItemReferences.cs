using Halyard.Model;

namespace Halyard.Cli;

/// <summary>What a flag or segment refers to.</summary>
internal static class ItemReferences
{
    /// <summary>A flag's prerequisites and segments, or a segment's segments; none for a tombstone.</summary>
    public static IEnumerable<(DataKind Kind, string Key)> Of(ItemDescriptor item) => item switch
    {
        ItemDescriptor<Flag> { Item: { } flag } =>
            flag.Prerequisites.Select(static prerequisite => (DataKind.Flag, prerequisite.Key))
                .Concat(flag.Rules.SelectMany(static rule => rule.Clauses).SelectMany(Segments)),
        ItemDescriptor<Segment> { Item: { } segment } => segment.Rules.SelectMany(static rule => rule.Clauses).SelectMany(Segments),
        _ => [],
    };

    private static IEnumerable<(DataKind Kind, string Key)> Segments(Clause clause) => clause.Op == "segmentMatch"
        ? clause.Values.Where(static value => value.AsString is not null).Select(static value => (DataKind.Segment, value.AsString!))
        : [];
}
