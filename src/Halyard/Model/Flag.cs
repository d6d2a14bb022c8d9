using System.Collections.Immutable;

namespace Halyard.Model;

/// <summary>A feature flag with its targeting. Immutable; absent optional JSON properties read as the defaults here.</summary>
public sealed class Flag
{
    private readonly VariationOrRollout _fallthrough;

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
    public string Salt { get; init; } = "";

    /// <summary>Whether every evaluation is to be reported in full.</summary>
    public bool TrackEvents { get; init; }

    /// <summary>Whether evaluations that fall through are to be reported in full: an experiment on the default rule.</summary>
    public bool TrackEventsFallthrough { get; init; }

    /// <summary>Until when evaluations are reported for debugging, in Unix milliseconds.</summary>
    public long? DebugEventsUntilDate { get; init; }

    /// <summary>The older form of <see cref="ClientSideAvailability"/>.</summary>
    public bool ClientSide { get; init; }

    /// <summary>Which kinds of front end may see the flag; null in old data.</summary>
    public ClientSideAvailability? ClientSideAvailability { get; init; }

    /// <summary>One in how many evaluation events is sent; null means every one, 0 none.</summary>
    public long? SamplingRatio { get; init; }

    /// <summary>Whether the flag is left out of summary events.</summary>
    public bool ExcludeFromSummaries { get; init; }

    /// <summary>Settings of a migration flag; null for every other flag.</summary>
    public MigrationSettings? Migration { get; init; }

    /// <summary>Properties of the JSON that Halyard does not know, kept so that writing loses nothing.</summary>
    internal UnknownProperties? Unknown { get; init; }

    /// <summary><see cref="Fallthrough"/> without a copy.</summary>
    internal ref readonly VariationOrRollout FallthroughRef => ref _fallthrough;

    /// <summary>Whether front ends that use an environment id may see the flag.</summary>
    internal bool IsVisibleToClientSide => ClientSideAvailability?.UsingEnvironmentId ?? ClientSide;
}

/// <summary>A flag that must be on and serve a given variation before the dependent flag is targeted.</summary>
public sealed class Prerequisite
{
    /// <summary>The key of the prerequisite flag.</summary>
    public required string Key { get; init; }

    /// <summary>The index of the variation it must serve.</summary>
    public int Variation { get; init; }

    internal UnknownProperties? Unknown { get; init; }
}

/// <summary>Context keys that get one variation.</summary>
public sealed class Target
{
    /// <summary>The kind of the contexts listed; null reads as <c>user</c>.</summary>
    public string? ContextKind { get; init; }

    /// <summary>The index of the variation served.</summary>
    public int Variation { get; init; }

    /// <summary>The context keys.</summary>
    public KeySet Values { get; init; } = KeySet.Empty;

    internal UnknownProperties? Unknown { get; init; }
}

/// <summary>A targeting rule: when all clauses match, its variation or rollout is served.</summary>
public sealed class Rule
{
    private readonly VariationOrRollout _serve;

    /// <summary>The identifier, reported in reasons; may be empty.</summary>
    public string Id { get; init; } = "";

    /// <summary>The conditions, all of which must hold.</summary>
    public ImmutableArray<Clause> Clauses { get; init; } = [];

    /// <summary>What is served on a match.</summary>
    public VariationOrRollout Serve
    {
        get => _serve;
        init => _serve = value;
    }

    /// <summary>Whether matches are to be reported in full: an experiment on this rule.</summary>
    public bool TrackEvents { get; init; }

    internal UnknownProperties? Unknown { get; init; }

    /// <summary><see cref="Serve"/> without a copy.</summary>
    internal ref readonly VariationOrRollout ServeRef => ref _serve;
}

/// <summary>A fixed variation, or a rollout that picks one by percentage; neither is a malformed flag.</summary>
/// <param name="Variation">The fixed variation's index.</param>
/// <param name="Rollout">The rollout; used when <paramref name="Variation"/> is null.</param>
public readonly record struct VariationOrRollout(int? Variation, Rollout? Rollout)
{
    internal UnknownProperties? Unknown { get; init; }
}

/// <summary>Which kinds of front end may see a flag.</summary>
public sealed class ClientSideAvailability
{
    /// <summary>Front ends that use a mobile key.</summary>
    public bool UsingMobileKey { get; init; }

    /// <summary>Front ends that use an environment id.</summary>
    public bool UsingEnvironmentId { get; init; }

    internal UnknownProperties? Unknown { get; init; }
}

/// <summary>Settings of a migration flag.</summary>
public sealed class MigrationSettings
{
    /// <summary>One in how many consistency checks is carried out; null means every one, 0 none.</summary>
    public long? CheckRatio { get; init; }

    internal UnknownProperties? Unknown { get; init; }
}
