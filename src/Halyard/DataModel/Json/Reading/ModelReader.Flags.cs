using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Halyard.DataModel.Json.Tokens;
using Halyard.Model;

namespace Halyard.DataModel.Json.Reading;

// Every object is read the same way: a switch on the length of a member's name picks the one name it can be, which
// one comparison confirms. The members that flags and segments share are left to ItemHead. What no case takes is kept
// as unknown. The loop is written out for each type: a shared one would call a delegate that needs a closure for each
// object, and a patch allocates 1,000 bytes, all of them its flag's (ReadingCostTests).
internal static partial class ModelReader
{
    private static ItemDescriptor<Flag>? FlagAt(ref JsonCursor reader, ReadScratch scratch, string? outerKey)
    {
        JsonWalk.ExpectObject(ref reader);
        var on = false;
        ImmutableArray<Prerequisite> prerequisites = [];
        ImmutableArray<Target> targets = [];
        ImmutableArray<Target> contextTargets = [];
        VariationOrRollout fallthrough = default;
        int? offVariation = null;
        ImmutableArray<Value> variations = [];
        var trackEvents = false;
        var trackEventsFallthrough = false;
        long? debugEventsUntilDate = null;
        var clientSide = false;
        ClientSideAvailability? availability = null;
        long? samplingRatio = null;
        var excludeFromSummaries = false;
        MigrationSettings? migration = null;
        scratch.Texts.Drop(0);
        FlagText salt = default;
        Rule[] rules = [];
        var head = new ItemHead();
        while (JsonWalk.NextMember(ref reader))
        {
            var name = scratch.Text(ref reader);
            switch (name.Length)
            {
                case 2 when name.SequenceEqual("on"u8):
                    on = JsonWalk.Bool(ref reader);
                    continue;
                case 4 when name.SequenceEqual("salt"u8):
                    salt = JsonWalk.Text(ref reader, scratch);
                    continue;
                case 5 when name.SequenceEqual("rules"u8):
                    rules = JsonWalk.NextValue(ref reader) ? JsonWalk.Elements(ref reader, scratch, scratch.Rules, RuleAt) : [];
                    continue;
                case 7 when name.SequenceEqual("targets"u8):
                    targets = JsonWalk.Array(ref reader, scratch, scratch.Targets, TargetAt);
                    continue;
                case 9 when name.SequenceEqual("migration"u8):
                    migration = JsonWalk.NextUnreadObject(ref reader) ? MigrationAt(ref reader, scratch) : null;
                    continue;
                case 10 when name.SequenceEqual("variations"u8):
                    variations = JsonWalk.NextValue(ref reader)
                        ? ImmutableCollectionsMarshal.AsImmutableArray(JsonText.ElementsAt(ref reader, scratch))
                        : [];
                    continue;
                case 10 when name.SequenceEqual("clientSide"u8):
                    clientSide = JsonWalk.UnreadBool(ref reader);
                    continue;
                case 11 when name.SequenceEqual("fallthrough"u8):
                    fallthrough = JsonWalk.NextValue(ref reader) ? FallthroughAt(ref reader, scratch) : default;
                    continue;
                case 11 when name.SequenceEqual("trackEvents"u8):
                    trackEvents = JsonWalk.UnreadBool(ref reader);
                    continue;
                case 12 when name.SequenceEqual("offVariation"u8):
                    offVariation = JsonWalk.Index(ref reader);
                    continue;
                case 13 when name.SequenceEqual("prerequisites"u8):
                    prerequisites = JsonWalk.Array(ref reader, scratch, scratch.Prerequisites, PrerequisiteAt);
                    continue;
                case 13 when name.SequenceEqual("samplingRatio"u8):
                    samplingRatio = JsonWalk.UnreadInt64(ref reader);
                    continue;
                case 14 when name.SequenceEqual("contextTargets"u8):
                    contextTargets = JsonWalk.Array(ref reader, scratch, scratch.Targets, TargetAt);
                    continue;
                case 20 when name.SequenceEqual("debugEventsUntilDate"u8):
                    debugEventsUntilDate = JsonWalk.UnreadInt64(ref reader);
                    continue;
                case 20 when name.SequenceEqual("excludeFromSummaries"u8):
                    excludeFromSummaries = JsonWalk.UnreadBool(ref reader);
                    continue;
                case 22 when name.SequenceEqual("clientSideAvailability"u8):
                    availability = JsonWalk.NextUnreadObject(ref reader) ? AvailabilityAt(ref reader, scratch) : null;
                    continue;
                case 22 when name.SequenceEqual("trackEventsFallthrough"u8):
                    trackEventsFallthrough = JsonWalk.UnreadBool(ref reader);
                    continue;
            }

            head.Take(ref reader, scratch, name, outerKey);
        }

        if (head.IsDeleted)
        {
            return Tombstone<Flag>(ref reader, outerKey, head.Key, head.Version);
        }

        var own = RequiredKey(ref reader, head.Key);
        if (own.Length == 0)
        {
            return null;
        }

        // Identifiers and the salt lie in one array as they were read: most are never asked for.
        var texts = scratch.Texts.Take(0);
        Rule.SetTexts(rules, texts);
        var flag = new Flag(salt.In(texts))
        {
            Key = own,
            Version = head.Version ?? throw Missing(ref reader, "version"),
            On = on,
            Prerequisites = prerequisites,
            Targets = targets,
            ContextTargets = contextTargets,
            Rules = ImmutableCollectionsMarshal.AsImmutableArray(rules),
            Fallthrough = fallthrough,
            OffVariation = offVariation,
            Variations = variations,
            TrackEvents = trackEvents,
            TrackEventsFallthrough = trackEventsFallthrough,
            DebugEventsUntilDate = debugEventsUntilDate,
            ClientSide = clientSide,
            ClientSideAvailability = availability,
            SamplingRatio = samplingRatio,
            ExcludeFromSummaries = excludeFromSummaries,
            Migration = migration,
            Unknown = JsonWalk.Kept(head.Unknown),
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
                    variation = JsonWalk.Index(ref reader) ?? 0;
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
                    variation = JsonWalk.Index(ref reader) ?? 0;
                    continue;
                case 11 when name.SequenceEqual("contextKind"u8):
                    contextKind = JsonWalk.ContextKind(ref reader, scratch);
                    continue;
            }

            JsonWalk.Keep(ref reader, scratch, ref unknown);
        }

        return new() { ContextKind = contextKind, Variation = variation, Values = values, Unknown = JsonWalk.Kept(unknown) };
    }

    private static ClientSideAvailability AvailabilityAt(ref JsonCursor reader, ReadScratch scratch)
    {
        var mobile = false;
        var environment = false;
        List<KeyValuePair<string, byte[]>>? unknown = null;
        while (JsonWalk.NextMember(ref reader))
        {
            var name = scratch.Text(ref reader);
            switch (name.Length)
            {
                case 14 when name.SequenceEqual("usingMobileKey"u8):
                    mobile = JsonWalk.UnreadBool(ref reader);
                    continue;
                case 18 when name.SequenceEqual("usingEnvironmentId"u8):
                    environment = JsonWalk.UnreadBool(ref reader);
                    continue;
            }

            JsonWalk.Keep(ref reader, scratch, ref unknown);
        }

        return unknown is null
            ? Availabilities[(mobile ? 1 : 0) + (environment ? 2 : 0)]
            : new() { UsingMobileKey = mobile, UsingEnvironmentId = environment, Unknown = JsonWalk.Kept(unknown) };
    }

    // Flags share these four, since there are no others without unknown members.
    private static readonly ClientSideAvailability[] Availabilities =
    [
        new(),
        new() { UsingMobileKey = true },
        new() { UsingEnvironmentId = true },
        new() { UsingMobileKey = true, UsingEnvironmentId = true },
    ];

    private static MigrationSettings MigrationAt(ref JsonCursor reader, ReadScratch scratch)
    {
        long? checkRatio = null;
        List<KeyValuePair<string, byte[]>>? unknown = null;
        while (JsonWalk.NextMember(ref reader))
        {
            if (scratch.Text(ref reader).SequenceEqual("checkRatio"u8))
            {
                checkRatio = JsonWalk.UnreadInt64(ref reader);
            }
            else
            {
                JsonWalk.Keep(ref reader, scratch, ref unknown);
            }
        }

        return new() { CheckRatio = checkRatio, Unknown = JsonWalk.Kept(unknown) };
    }
}
