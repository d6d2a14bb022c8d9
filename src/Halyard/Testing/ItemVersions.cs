using Halyard.Model;

namespace Halyard.Testing;

/// <summary>Copies of immutable items that differ in nothing but the version.</summary>
internal static class ItemVersions
{
    public static Flag WithVersion(this Flag flag, long version) => flag.Version == version ? flag : new()
    {
        Key = flag.Key,
        Version = version,
        On = flag.On,
        Prerequisites = flag.Prerequisites,
        Targets = flag.Targets,
        ContextTargets = flag.ContextTargets,
        Rules = flag.Rules,
        Fallthrough = flag.Fallthrough,
        OffVariation = flag.OffVariation,
        Variations = flag.Variations,
        Salt = flag.Salt,
        TrackEvents = flag.TrackEvents,
        TrackEventsFallthrough = flag.TrackEventsFallthrough,
        DebugEventsUntilDate = flag.DebugEventsUntilDate,
        ClientSide = flag.ClientSide,
        ClientSideAvailability = flag.ClientSideAvailability,
        SamplingRatio = flag.SamplingRatio,
        ExcludeFromSummaries = flag.ExcludeFromSummaries,
        Migration = flag.Migration,
        Unknown = flag.Unknown,
    };

    public static Segment WithVersion(this Segment segment, long version) => segment.Version == version ? segment : new()
    {
        Key = segment.Key,
        Version = version,
        Included = segment.Included,
        Excluded = segment.Excluded,
        IncludedContexts = segment.IncludedContexts,
        ExcludedContexts = segment.ExcludedContexts,
        Rules = segment.Rules,
        Salt = segment.Salt,
        Unbounded = segment.Unbounded,
        UnboundedContextKind = segment.UnboundedContextKind,
        Generation = segment.Generation,
        Unknown = segment.Unknown,
    };
}
