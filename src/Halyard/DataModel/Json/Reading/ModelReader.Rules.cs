using Halyard.DataModel.Clauses;
using Halyard.DataModel.Json.Tokens;
using Halyard.Model;

namespace Halyard.DataModel.Json.Reading;

// What a flag's rules and its fallthrough serve.
internal static partial class ModelReader
{
    private static Rule RuleAt(ref JsonCursor reader, ReadScratch scratch)
    {
        JsonWalk.ExpectObject(ref reader);
        FlagText id = default;
        ClauseList clauses = default;
        int? variation = null;
        Rollout? rollout = null;
        var trackEvents = false;
        List<KeyValuePair<string, byte[]>>? unknown = null;
        while (JsonWalk.NextMember(ref reader))
        {
            var name = scratch.Text(ref reader);
            switch (name.Length)
            {
                case 2 when name.SequenceEqual("id"u8):
                    id = JsonWalk.Text(ref reader, scratch);
                    continue;
                case 7 when name.SequenceEqual("clauses"u8):
                    clauses = ClausesAt(ref reader, scratch);
                    continue;
                case 7 when name.SequenceEqual("rollout"u8):
                    rollout = JsonWalk.NextValue(ref reader) ? RolloutAt(ref reader, scratch) : null;
                    continue;
                case 9 when name.SequenceEqual("variation"u8):
                    variation = JsonWalk.Index(ref reader);
                    continue;
                case 11 when name.SequenceEqual("trackEvents"u8):
                    trackEvents = JsonWalk.UnreadBool(ref reader);
                    continue;
            }

            JsonWalk.Keep(ref reader, scratch, ref unknown);
        }

        return new(id, clauses, variation, rollout, trackEvents, JsonWalk.Kept(unknown));
    }

    private static VariationOrRollout FallthroughAt(ref JsonCursor reader, ReadScratch scratch)
    {
        JsonWalk.ExpectObject(ref reader);
        int? variation = null;
        Rollout? rollout = null;
        List<KeyValuePair<string, byte[]>>? unknown = null;
        while (JsonWalk.NextMember(ref reader))
        {
            var name = scratch.Text(ref reader);
            switch (name.Length)
            {
                case 7 when name.SequenceEqual("rollout"u8):
                    rollout = JsonWalk.NextValue(ref reader) ? RolloutAt(ref reader, scratch) : null;
                    continue;
                case 9 when name.SequenceEqual("variation"u8):
                    variation = JsonWalk.Index(ref reader);
                    continue;
            }

            JsonWalk.Keep(ref reader, scratch, ref unknown);
        }

        return new(variation, rollout) { Unknown = JsonWalk.Kept(unknown) };
    }

    private static Rollout RolloutAt(ref JsonCursor reader, ReadScratch scratch)
    {
        JsonWalk.ExpectObject(ref reader);
        var kind = RolloutKind.Rollout;
        string? contextKind = null;
        string? bucketBy = null;
        long? seed = null;
        WeightedVariation[] variations = [];
        List<KeyValuePair<string, byte[]>>? unknown = null;
        while (JsonWalk.NextMember(ref reader))
        {
            var name = scratch.Text(ref reader);
            switch (name.Length)
            {
                case 4 when name.SequenceEqual("kind"u8):
                    kind = RolloutKindAt(ref reader, scratch, ref unknown);
                    continue;
                case 4 when name.SequenceEqual("seed"u8):
                    seed = JsonWalk.CutInt64(ref reader);
                    continue;
                case 8 when name.SequenceEqual("bucketBy"u8):
                    bucketBy = JsonWalk.Pooled(ref reader, scratch);
                    continue;
                case 10 when name.SequenceEqual("variations"u8):
                    variations = JsonWalk.NextValue(ref reader) ? JsonWalk.Elements(ref reader, scratch, scratch.Shares, ShareAt) : [];
                    continue;
                case 11 when name.SequenceEqual("contextKind"u8):
                    contextKind = JsonWalk.ContextKind(ref reader, scratch);
                    continue;
            }

            JsonWalk.Keep(ref reader, scratch, ref unknown);
        }

        return scratch.Shared.Rollout(new()
        {
            Kind = kind,
            ContextKind = contextKind,
            BucketBy = scratch.Strings.Reference(bucketBy, isPath: contextKind is not null),
            Seed = seed,
            Shares = variations,
            Unknown = JsonWalk.Kept(unknown),
        });
    }

    // An unknown kind reads as a plain split, and is kept as it was written for peers that know it.
    private static RolloutKind RolloutKindAt(
        ref JsonCursor reader, ReadScratch scratch, ref List<KeyValuePair<string, byte[]>>? unknown)
    {
        unknown?.RemoveAll(member => member.Key == "kind");
        var name = reader;
        if (!JsonWalk.NextValue(ref reader))
        {
            return RolloutKind.Rollout;
        }

        JsonWalk.ExpectString(ref reader);
        var text = scratch.Text(ref reader);
        if (text.SequenceEqual("experiment"u8))
        {
            return RolloutKind.Experiment;
        }

        if (!text.SequenceEqual("rollout"u8))
        {
            JsonWalk.Keep(ref name, scratch, ref unknown);
        }

        return RolloutKind.Rollout;
    }

    private static WeightedVariation ShareAt(ref JsonCursor reader, ReadScratch scratch)
    {
        JsonWalk.ExpectObject(ref reader);
        var variation = 0;
        var weight = 0;
        var untracked = false;
        List<KeyValuePair<string, byte[]>>? unknown = null;
        while (JsonWalk.NextMember(ref reader))
        {
            var name = scratch.Text(ref reader);
            switch (name.Length)
            {
                case 6 when name.SequenceEqual("weight"u8):
                    weight = JsonWalk.Weight(ref reader) ?? 0;
                    continue;
                case 9 when name.SequenceEqual("variation"u8):
                    variation = JsonWalk.Index(ref reader) ?? 0;
                    continue;
                case 9 when name.SequenceEqual("untracked"u8):
                    untracked = JsonWalk.Bool(ref reader);
                    continue;
            }

            JsonWalk.Keep(ref reader, scratch, ref unknown);
        }

        return new(variation, weight, untracked) { Unknown = JsonWalk.Kept(unknown) };
    }
}
