using System.Collections.Immutable;
using Halyard.DataModel.Clauses;
using Halyard.DataModel.Json.Tokens;
using Halyard.Model;

namespace Halyard.DataModel.Json.Reading;

internal static partial class ModelReader
{
    private static ItemDescriptor<Segment>? SegmentAt(ref JsonCursor reader, ReadScratch scratch, string? outerKey)
    {
        JsonWalk.ExpectObject(ref reader);
        var included = KeySet.Empty;
        var excluded = KeySet.Empty;
        ImmutableArray<SegmentTarget> includedContexts = [];
        ImmutableArray<SegmentTarget> excludedContexts = [];
        ImmutableArray<SegmentRule> rules = [];
        var unbounded = false;
        string? unboundedContextKind = null;
        long? generation = null;
        var head = new ItemHead();
        while (JsonWalk.NextMember(ref reader))
        {
            var name = scratch.Text(ref reader);
            switch (name.Length)
            {
                case 5 when name.SequenceEqual("rules"u8):
                    rules = JsonWalk.Array(ref reader, scratch, scratch.SegmentRules, SegmentRuleAt);
                    continue;
                case 8 when name.SequenceEqual("included"u8):
                    included = JsonWalk.KeySet(ref reader, scratch);
                    continue;
                case 8 when name.SequenceEqual("excluded"u8):
                    excluded = JsonWalk.KeySet(ref reader, scratch);
                    continue;
                case 9 when name.SequenceEqual("unbounded"u8):
                    unbounded = JsonWalk.Bool(ref reader);
                    continue;
                case 10 when name.SequenceEqual("generation"u8):
                    generation = JsonWalk.Int64(ref reader);
                    continue;
                case 16 when name.SequenceEqual("includedContexts"u8):
                    includedContexts = JsonWalk.Array(ref reader, scratch, scratch.SegmentTargets, SegmentTargetAt);
                    continue;
                case 16 when name.SequenceEqual("excludedContexts"u8):
                    excludedContexts = JsonWalk.Array(ref reader, scratch, scratch.SegmentTargets, SegmentTargetAt);
                    continue;
                case 20 when name.SequenceEqual("unboundedContextKind"u8):
                    unboundedContextKind = JsonWalk.ContextKind(ref reader, scratch);
                    continue;
            }

            head.Take(ref reader, scratch, name, outerKey);
        }

        if (head.IsDeleted)
        {
            return Tombstone<Segment>(ref reader, outerKey, head.Key, head.Version);
        }

        var own = RequiredKey(ref reader, head.Key);
        if (own.Length == 0)
        {
            return null;
        }

        var segment = new Segment
        {
            Key = own,
            Version = head.Version ?? throw Missing(ref reader, "version"),
            Included = included,
            Excluded = excluded,
            IncludedContexts = includedContexts,
            ExcludedContexts = excludedContexts,
            Rules = rules,
            Salt = head.Salt ?? "",
            Unbounded = unbounded,
            UnboundedContextKind = unboundedContextKind,
            Generation = generation,
            Unknown = JsonWalk.Kept(head.Unknown),
        };
        return ItemDescriptor<Segment>.Of(outerKey ?? own, segment.Version, segment);
    }

    private static SegmentTarget SegmentTargetAt(ref JsonCursor reader, ReadScratch scratch)
    {
        JsonWalk.ExpectObject(ref reader);
        string? contextKind = null;
        var values = KeySet.Empty;
        List<KeyValuePair<string, byte[]>>? unknown = null;
        while (JsonWalk.NextMember(ref reader))
        {
            var name = scratch.Text(ref reader);
            switch (name.Length)
            {
                case 6 when name.SequenceEqual("values"u8):
                    values = JsonWalk.KeySet(ref reader, scratch);
                    continue;
                case 11 when name.SequenceEqual("contextKind"u8):
                    contextKind = JsonWalk.ContextKind(ref reader, scratch);
                    continue;
            }

            JsonWalk.Keep(ref reader, scratch, ref unknown);
        }

        return new() { ContextKind = contextKind, Values = values, Unknown = JsonWalk.Kept(unknown) };
    }

    private static SegmentRule SegmentRuleAt(ref JsonCursor reader, ReadScratch scratch)
    {
        JsonWalk.ExpectObject(ref reader);
        var id = "";
        ClauseList clauses = default;
        int? weight = null;
        string? bucketBy = null;
        string? rolloutContextKind = null;
        List<KeyValuePair<string, byte[]>>? unknown = null;
        while (JsonWalk.NextMember(ref reader))
        {
            var name = scratch.Text(ref reader);
            switch (name.Length)
            {
                case 2 when name.SequenceEqual("id"u8):
                    id = JsonWalk.UnreadString(ref reader, scratch) ?? "";
                    continue;
                case 6 when name.SequenceEqual("weight"u8):
                    weight = JsonWalk.Weight(ref reader);
                    continue;
                case 7 when name.SequenceEqual("clauses"u8):
                    clauses = ClausesAt(ref reader, scratch);
                    continue;
                case 8 when name.SequenceEqual("bucketBy"u8):
                    bucketBy = JsonWalk.Pooled(ref reader, scratch);
                    continue;
                case 18 when name.SequenceEqual("rolloutContextKind"u8):
                    rolloutContextKind = JsonWalk.ContextKind(ref reader, scratch);
                    continue;
            }

            JsonWalk.Keep(ref reader, scratch, ref unknown);
        }

        return new()
        {
            Id = id,
            ClauseList = clauses,
            Weight = weight,
            BucketBy = scratch.Strings.Reference(bucketBy, isPath: rolloutContextKind is not null),
            RolloutContextKind = rolloutContextKind,
            Unknown = JsonWalk.Kept(unknown),
        };
    }
}
