using Halyard.Fuzzing.Targets;

namespace Halyard.Fuzzing;

/// <summary>All targets: a reader each.</summary>
internal static class FuzzTargets
{
    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        ItemTarget.Target,
        DataSetTarget.Target,
        PutTarget.Target,
        PatchTarget.Target,
        PayloadBodyTarget.Target,
        PayloadEventsTarget.Target,
        FramingTarget.Target,
        ContextTarget.Target,
        AttributeTarget.Target,
        StoreItemTarget.Target,
        SnapshotTarget.Target,
        FlagFileTarget.Target,
        YamlTarget.Target,
        RedisConfigurationTarget.Target,
        RespTarget.Target,
        ConsulTarget.Target,
        VersionTarget.Target,
        InstantTarget.Target,
        PatternTarget.Target,
    ];

    public static FuzzTarget? Find(string name) => All.FirstOrDefault(target => target.Name == name);
}
