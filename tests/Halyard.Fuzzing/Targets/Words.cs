namespace Halyard.Fuzzing.Targets;

/// <summary>What the formats are made of.</summary>
internal static class Words
{
    /// <summary>The members and values of flags and segments.</summary>
    public static IReadOnlyList<string> Items { get; } =
    [
        "key", "version", "deleted", "on", "salt", "variations", "offVariation", "fallthrough", "variation", "rollout", "targets", "contextTargets", "values",
        "contextKind", "rules", "id", "clauses", "attribute", "op", "negate", "prerequisites", "trackEvents", "trackEventsFallthrough", "debugEventsUntilDate",
        "clientSideAvailability", "usingEnvironmentId", "usingMobileKey", "clientSide", "included", "excluded", "includedContexts", "excludedContexts", "unbounded",
        "unboundedContextKind", "generation", "weight", "bucketBy", "rolloutContextKind", "seed", "kind", "experiment", "untracked", "samplingRatio",
        "excludeFromSummaries", "migration", "checkRatio", "$deleted", "segmentMatch", "in", "matches", "semVerEqual", "before", "after", "lessThan", "startsWith",
        "user", "multi", "/a/b", "/", "/~0", "~2", "/a//b",
    ];

    /// <summary>The members of a data set, and of what is around it in a stream.</summary>
    public static IReadOnlyList<string> DataSets { get; } = ["flags", "segments", "data", "path", "/", "/flags/a", "/segments/s", "/flags/", .. Items];

    /// <summary>The members of FDv2's events.</summary>
    public static IReadOnlyList<string> Payloads { get; } =
    [
        "events", "event", "data", "server-intent", "put-object", "delete-object", "payload-transferred", "error", "goodbye", "heart-beat", "payloads", "intentCode",
        "xfer-full", "xfer-changes", "none", "state", "reason", "payloadId", "protocolFallbackTTL", "object", "flag", "segment", "target", "id", .. Items,
    ];
}
