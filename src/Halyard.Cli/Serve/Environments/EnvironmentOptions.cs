namespace Halyard.Cli;

/// <summary>What a <see cref="ServedEnvironment"/> is made from.</summary>
internal sealed record EnvironmentOptions
{
    /// <summary>Names the environment for people and in <c>?env=</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Flag files, JSON or YAML; merged, and followed as they are edited. None, and no <see cref="Source"/>, starts empty.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];

    /// <summary>Where the data comes from when it does not come from files.</summary>
    public ServedSource? Source { get; init; }

    /// <summary>Flag files that are laid over the data, key by key, and followed as they are edited.</summary>
    public IReadOnlyList<string> OverrideFiles { get; init; } = [];

    /// <summary>The key of server-side SDKs; null for none of its own.</summary>
    public string? SdkKey { get; init; }

    /// <summary>The id that browsers name; null for none of its own.</summary>
    public string? ClientSideId { get; init; }

    /// <summary>The key of mobile SDKs; null for none of its own.</summary>
    public string? MobileKey { get; init; }

    /// <summary>
    /// What stands in place of keys and ids that are not given, as long as this machine alone can ask: it is no secret. Null lets any
    /// in, which only a single environment can.
    /// </summary>
    public string? DefaultKey { get; init; }

    /// <summary>What is given as the environment's id in each answer to an SDK; null gives none.</summary>
    public string? EnvironmentId { get; init; }

    /// <summary>Whether browsers must prove by a hash that the application let them evaluate for a context; needs <see cref="SdkKey"/>.</summary>
    public bool SecureMode { get; init; }

    /// <summary>The file that keeps the source's last known data over restarts; null for none.</summary>
    public string? Snapshot { get; init; }

    /// <summary>Says the name alone: the keys are nobody's business.</summary>
    public override string ToString() => Name;
}
