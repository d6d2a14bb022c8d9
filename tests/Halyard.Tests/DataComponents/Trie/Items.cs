using Halyard.Model;

namespace Halyard.Tests;

/// <summary>Short ways to make items.</summary>
internal static class Items
{
    public static ItemDescriptor<Flag> Flag(string key, long version = 1, string[]? prerequisites = null, string[]? segments = null) =>
        ItemDescriptor<Flag>.Of(key, version, new()
        {
            Key = key,
            Version = version,
            Prerequisites = [.. (prerequisites ?? []).Select(p => new Prerequisite { Key = p })],
            Rules = [.. (segments ?? []).Select(s => new Rule { Clauses = [SegmentMatch(s)] })],
        });

    public static ItemDescriptor<Segment> Segment(string key, long version = 1, params string[] segments) =>
        ItemDescriptor<Segment>.Of(key, version, new()
        {
            Key = key,
            Version = version,
            Rules = [.. segments.Select(s => new SegmentRule { Clauses = [SegmentMatch(s)] })],
        });

    public static ItemDescriptor<Flag> NoFlag(string key, long version = 1) => ItemDescriptor<Flag>.Tombstone(key, version);

    public static ItemDescriptor<Segment> NoSegment(string key, long version = 1) => ItemDescriptor<Segment>.Tombstone(key, version);

    public static Clause SegmentMatch(params string[] keys) =>
        new("user", null, "segmentMatch", [.. keys.Select(k => Value.Of(k))], negate: false);

    public static DataSet Set(params ItemDescriptor[] items) =>
        new([.. items.OfType<ItemDescriptor<Flag>>()], [.. items.OfType<ItemDescriptor<Segment>>()]);

    public static ChangeSet Full(params ItemDescriptor[] items) => new(ChangeSetKind.Full, [.. items], Selector.Empty);

    public static ChangeSet Partial(params ItemDescriptor[] items) => new(ChangeSetKind.Partial, [.. items], Selector.Empty);
}
