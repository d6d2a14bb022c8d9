using System.Collections.Immutable;
using System.Text.Json;

namespace Halyard.Model;

/// <summary>A feature flag with its targeting. Immutable; absent optional JSON properties read as the defaults here.</summary>
public sealed class Flag
{
    private readonly VariationOrRollout _fallthrough;
    private readonly FlagText _salt;

    // Filled while the flag is made; null when it has nothing of it.
    private FlagExtras? _extras;

    /// <summary>Makes a flag whose required properties are set by the caller.</summary>
    public Flag()
    {
    }

    internal Flag(FlagText salt) => _salt = salt;

    /// <summary>The key.</summary>
    public required string Key { get; init; }

    /// <summary>The version: a higher number is newer.</summary>
    public long Version { get; init; }

    /// <summary>Whether targeting is on; when it is off, <see cref="OffVariation"/> is served.</summary>
    public bool On { get; init; }

    /// <summary>Flags that must be on and serve a given variation first.</summary>
    public ImmutableArray<Prerequisite> Prerequisites { get; init; } = [];

    /// <summary>Targets of kind <c>user</c>.</summary>
    public ImmutableArray<Target> Targets { get; init; } = [];

    /// <summary>Targets of any kind, in the order of evaluation; empty in flags that target users alone.</summary>
    public ImmutableArray<Target> ContextTargets { get; init; } = [];

    /// <summary>Rules, in the order of evaluation.</summary>
    public ImmutableArray<Rule> Rules { get; init; } = [];

    /// <summary>What is served when nothing before it matched.</summary>
    public VariationOrRollout Fallthrough
    {
        get => _fallthrough;
        init => _fallthrough = value;
    }

    /// <summary>The variation served when the flag is off or a prerequisite fails; null means the caller's default.</summary>
    public int? OffVariation { get; init; }

    /// <summary>The possible values.</summary>
    public ImmutableArray<Value> Variations { get; init; } = [];

    /// <summary>The salt of the bucketing hash.</summary>
    public string Salt
    {
        get => _salt.ToString();
        init => _salt = new(value);
    }

    /// <summary>Whether every evaluation is to be reported in full.</summary>
    public bool TrackEvents { get; init; }

    /// <summary>Whether evaluations that fall through are to be reported in full: an experiment on the default rule.</summary>
    public bool TrackEventsFallthrough { get; init; }

    /// <summary>Until when evaluations are reported for debugging, in Unix milliseconds.</summary>
    public long? DebugEventsUntilDate
    {
        get => _extras?.DebugEventsUntilDate;
        init => Extras(value is null)?.DebugEventsUntilDate = value;
    }

    /// <summary>The older form of <see cref="ClientSideAvailability"/>.</summary>
    public bool ClientSide { get; init; }

    /// <summary>Which kinds of front end may see the flag; null in old data.</summary>
    public ClientSideAvailability? ClientSideAvailability { get; init; }

    /// <summary>One in how many evaluation events is sent; null means every one, 0 none.</summary>
    public long? SamplingRatio
    {
        get => _extras?.SamplingRatio;
        init => Extras(value is null)?.SamplingRatio = value;
    }

    /// <summary>Whether the flag is left out of summary events.</summary>
    public bool ExcludeFromSummaries { get; init; }

    /// <summary>Settings of a migration flag; null for every other flag.</summary>
    public MigrationSettings? Migration
    {
        get => _extras?.Migration;
        init => Extras(value is null)?.Migration = value;
    }

    /// <summary>Properties of the JSON that Halyard does not know, kept so that writing loses nothing.</summary>
    internal UnknownProperties? Unknown
    {
        get => _extras?.Unknown;
        init => Extras(value is null)?.Unknown = value;
    }

    /// <summary>Whether the flag stands in place of the data's own.</summary>
    internal bool IsOverride { get; private set; }

    /// <summary><see cref="Fallthrough"/> without a copy.</summary>
    internal ref readonly VariationOrRollout FallthroughRef => ref _fallthrough;

    /// <summary>Whether front ends that use an environment id may see the flag.</summary>
    internal bool IsVisibleToClientSide => ClientSideAvailability?.UsingEnvironmentId ?? ClientSide;

    /// <summary>Whether front ends with a mobile key may see the flag; data older than the setting says nothing, which allows it.</summary>
    internal bool IsVisibleToMobile => ClientSideAvailability?.UsingMobileKey ?? true;

    /// <summary>The same flag as one that stands in place of the data's own.</summary>
    internal Flag AsOverride()
    {
        var copy = (Flag)MemberwiseClone();
        copy.IsOverride = true;
        return copy;
    }

    internal void WriteSalt(Utf8JsonWriter writer) => _salt.Write(writer, "salt"u8);

    // Room for what few flags have; none is made to say that there is nothing.
    private FlagExtras? Extras(bool isNothing) => isNothing ? _extras : _extras ??= new();
}
