using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Halyard.DataModel.Json.Tokens;
using Halyard.Model;

namespace Halyard.DataModel.Json.Reading;

// Every object is read the same way: a switch on the length of a member's name picks the one name it can be, which
// one comparison confirms; what no case takes is kept as unknown.
internal static partial class ModelReader
{
    private static ItemDescriptor<Flag> FlagAt(ref JsonCursor reader, ReadScratch scratch, string? outerKey)
    {
        JsonWalk.ExpectObject(ref reader);
        string? key = null;
        long? version = null;
        var deleted = false;
        var on = false;
        ImmutableArray<Prerequisite> prerequisites = [];
        ImmutableArray<Target> targets = [];
        ImmutableArray<Target> contextTargets = [];
        ImmutableArray<Rule> rules = [];
        VariationOrRollout fallthrough = default;
        int? offVariation = null;
        ImmutableArray<Value> variations = [];
        var salt = "";
        var trackEvents = false;
        var trackEventsFallthrough = false;
        long? debugEventsUntilDate = null;
        var clientSide = false;
        ClientSideAvailability? availability = null;
        long? samplingRatio = null;
        var excludeFromSummaries = false;
        MigrationSettings? migration = null;
        List<KeyValuePair<string, byte[]>>? unknown = null;
        while (JsonWalk.NextMember(ref reader))
        {
            var name = scratch.Text(ref reader);
            switch (name.Length)
            {
                case 2 when name.SequenceEqual("on"u8):
                    on = JsonWalk.Bool(ref reader);
                    continue;
                case 3 when name.SequenceEqual("key"u8):
                    key = OwnKey(ref reader, scratch, outerKey);
                    continue;
                case 4 when name.SequenceEqual("salt"u8):
                    salt = JsonWalk.String(ref reader, scratch) ?? "";
                    continue;
                case 5 when name.SequenceEqual("rules"u8):
                    rules = JsonWalk.Array(ref reader, scratch, scratch.Rules, RuleAt);
                    continue;
                case 7 when name.SequenceEqual("version"u8):
                    version = JsonWalk.Int64(ref reader);
                    continue;
                case 7 when name.SequenceEqual("deleted"u8):
                    deleted = JsonWalk.Bool(ref reader);
                    continue;
                case 7 when name.SequenceEqual("targets"u8):
                    targets = JsonWalk.Array(ref reader, scratch, scratch.Targets, TargetAt);
                    continue;
                case 9 when name.SequenceEqual("migration"u8):
                    migration = JsonWalk.NextValue(ref reader) ? MigrationAt(ref reader, scratch) : null;
                    continue;
                case 10 when name.SequenceEqual("variations"u8):
                    variations = JsonWalk.NextValue(ref reader)
                        ? ImmutableCollectionsMarshal.AsImmutableArray(JsonText.ElementsAt(ref reader, scratch))
                        : [];
                    continue;
                case 10 when name.SequenceEqual("clientSide"u8):
                    clientSide = JsonWalk.Bool(ref reader);
                    continue;
                case 11 when name.SequenceEqual("fallthrough"u8):
                    fallthrough = JsonWalk.NextValue(ref reader) ? FallthroughAt(ref reader, scratch) : default;
                    continue;
                case 11 when name.SequenceEqual("trackEvents"u8):
                    trackEvents = JsonWalk.Bool(ref reader);
                    continue;
                case 12 when name.SequenceEqual("offVariation"u8):
                    offVariation = JsonWalk.Int32(ref reader);
                    continue;
                case 13 when name.SequenceEqual("prerequisites"u8):
                    prerequisites = JsonWalk.Array(ref reader, scratch, scratch.Prerequisites, PrerequisiteAt);
                    continue;
                case 13 when name.SequenceEqual("samplingRatio"u8):
                    samplingRatio = JsonWalk.Int64(ref reader);
                    continue;
                case 14 when name.SequenceEqual("contextTargets"u8):
                    contextTargets = JsonWalk.Array(ref reader, scratch, scratch.Targets, TargetAt);
                    continue;
                case 20 when name.SequenceEqual("debugEventsUntilDate"u8):
                    debugEventsUntilDate = JsonWalk.Int64(ref reader);
                    continue;
                case 20 when name.SequenceEqual("excludeFromSummaries"u8):
                    excludeFromSummaries = JsonWalk.Bool(ref reader);
                    continue;
                case 22 when name.SequenceEqual("clientSideAvailability"u8):
                    availability = JsonWalk.NextValue(ref reader) ? AvailabilityAt(ref reader, scratch) : null;
                    continue;
                case 22 when name.SequenceEqual("trackEventsFallthrough"u8):
                    trackEventsFallthrough = JsonWalk.Bool(ref reader);
                    continue;
            }

            JsonWalk.Keep(ref reader, scratch, ref unknown);
        }

        if (deleted)
        {
            return Tombstone<Flag>(ref reader, outerKey, key, version);
        }

        var own = RequiredKey(ref reader, key);
        var flag = new Flag
        {
            Key = own,
            Version = version ?? throw Missing(ref reader, "version"),
            On = on,
            Prerequisites = prerequisites,
            Targets = targets,
            ContextTargets = contextTargets,
            Rules = rules,
            Fallthrough = fallthrough,
            OffVariation = offVariation,
            Variations = variations,
            Salt = salt,
            TrackEvents = trackEvents,
            TrackEventsFallthrough = trackEventsFallthrough,
            DebugEventsUntilDate = debugEventsUntilDate,
            ClientSide = clientSide,
            ClientSideAvailability = availability,
            SamplingRatio = samplingRatio,
            ExcludeFromSummaries = excludeFromSummaries,
            Migration = migration,
            Unknown = JsonWalk.Kept(unknown),
        };
        return ItemDescriptor<Flag>.Of(outerKey ?? own, flag.Version, flag);
    }

    private static Prerequisite PrerequisiteAt(ref JsonCursor reader, ReadScratch scratch)
    {
        JsonWalk.ExpectObject(ref reader);
        var key = "";
        var variation = 0;
        List<KeyValuePair<string, byte[]>>? unknown = null;
        while (JsonWalk.NextMember(ref reader))
        {
            var name = scratch.Text(ref reader);
            switch (name.Length)
            {
                case 3 when name.SequenceEqual("key"u8):
                    key = JsonWalk.Pooled(ref reader, scratch) ?? "";
                    continue;
                case 9 when name.SequenceEqual("variation"u8):
                    variation = JsonWalk.Int32(ref reader) ?? 0;
                    continue;
            }

            JsonWalk.Keep(ref reader, scratch, ref unknown);
        }

        return new() { Key = key, Variation = variation, Unknown = JsonWalk.Kept(unknown) };
    }

    private static Target TargetAt(ref JsonCursor reader, ReadScratch scratch)
    {
        JsonWalk.ExpectObject(ref reader);
        string? contextKind = null;
        var variation = 0;
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
                case 9 when name.SequenceEqual("variation"u8):
                    variation = JsonWalk.Int32(ref reader) ?? 0;
                    continue;
                case 11 when name.SequenceEqual("contextKind"u8):
                    contextKind = JsonWalk.ContextKind(ref reader, scratch);
                    continue;
            }

            JsonWalk.Keep(ref reader, scratch, ref unknown);
        }

        return new() { ContextKind = contextKind, Variation = variation, Values = values, Unknown = JsonWalk.Kept(unknown) };
    }

    private static Rule RuleAt(ref JsonCursor reader, ReadScratch scratch)
    {
        JsonWalk.ExpectObject(ref reader);
        var id = "";
        ImmutableArray<Clause> clauses = [];
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
                    id = JsonWalk.String(ref reader, scratch) ?? "";
                    continue;
                case 7 when name.SequenceEqual("clauses"u8):
                    clauses = JsonWalk.Array(ref reader, scratch, scratch.Clauses, ClauseAt);
                    continue;
                case 7 when name.SequenceEqual("rollout"u8):
                    rollout = JsonWalk.NextValue(ref reader) ? RolloutAt(ref reader, scratch) : null;
                    continue;
                case 9 when name.SequenceEqual("variation"u8):
                    variation = JsonWalk.Int32(ref reader);
                    continue;
                case 11 when name.SequenceEqual("trackEvents"u8):
                    trackEvents = JsonWalk.Bool(ref reader);
                    continue;
            }

            JsonWalk.Keep(ref reader, scratch, ref unknown);
        }

        return new()
        {
            Id = id,
            Clauses = clauses,
            Serve = new(variation, rollout),
            TrackEvents = trackEvents,
            Unknown = JsonWalk.Kept(unknown),
        };
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
                    variation = JsonWalk.Int32(ref reader);
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
        ImmutableArray<WeightedVariation> variations = [];
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
                    seed = JsonWalk.Int64(ref reader);
                    continue;
                case 8 when name.SequenceEqual("bucketBy"u8):
                    bucketBy = JsonWalk.Pooled(ref reader, scratch);
                    continue;
                case 10 when name.SequenceEqual("variations"u8):
                    variations = JsonWalk.Array(ref reader, scratch, scratch.Shares, ShareAt);
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
            Variations = variations,
            Unknown = JsonWalk.Kept(unknown),
        });
    }

    // A kind that a newer service may have reads as a plain split, but is kept as it was written.
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
                    weight = JsonWalk.Int32(ref reader) ?? 0;
                    continue;
                case 9 when name.SequenceEqual("variation"u8):
                    variation = JsonWalk.Int32(ref reader) ?? 0;
                    continue;
                case 9 when name.SequenceEqual("untracked"u8):
                    untracked = JsonWalk.Bool(ref reader);
                    continue;
            }

            JsonWalk.Keep(ref reader, scratch, ref unknown);
        }

        return new(variation, weight, untracked) { Unknown = JsonWalk.Kept(unknown) };
    }

    private static ClientSideAvailability AvailabilityAt(ref JsonCursor reader, ReadScratch scratch)
    {
        JsonWalk.ExpectObject(ref reader);
        var mobile = false;
        var environment = false;
        List<KeyValuePair<string, byte[]>>? unknown = null;
        while (JsonWalk.NextMember(ref reader))
        {
            var name = scratch.Text(ref reader);
            switch (name.Length)
            {
                case 14 when name.SequenceEqual("usingMobileKey"u8):
                    mobile = JsonWalk.Bool(ref reader);
                    continue;
                case 18 when name.SequenceEqual("usingEnvironmentId"u8):
                    environment = JsonWalk.Bool(ref reader);
                    continue;
            }

            JsonWalk.Keep(ref reader, scratch, ref unknown);
        }

        return unknown is null
            ? Availabilities[(mobile ? 1 : 0) + (environment ? 2 : 0)]
            : new() { UsingMobileKey = mobile, UsingEnvironmentId = environment, Unknown = JsonWalk.Kept(unknown) };
    }

    // There are only four, so flags share them.
    private static readonly ClientSideAvailability[] Availabilities =
    [
        new(),
        new() { UsingMobileKey = true },
        new() { UsingEnvironmentId = true },
        new() { UsingMobileKey = true, UsingEnvironmentId = true },
    ];

    private static MigrationSettings MigrationAt(ref JsonCursor reader, ReadScratch scratch)
    {
        JsonWalk.ExpectObject(ref reader);
        long? checkRatio = null;
        List<KeyValuePair<string, byte[]>>? unknown = null;
        while (JsonWalk.NextMember(ref reader))
        {
            if (scratch.Text(ref reader).SequenceEqual("checkRatio"u8))
            {
                checkRatio = JsonWalk.Int64(ref reader);
            }
            else
            {
                JsonWalk.Keep(ref reader, scratch, ref unknown);
            }
        }

        return new() { CheckRatio = checkRatio, Unknown = JsonWalk.Kept(unknown) };
    }
}
