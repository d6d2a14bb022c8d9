using System.Text.Json;

namespace Halyard;

/// <summary>What <see cref="AllFlagsState"/> is to hold.</summary>
[Flags]
public enum AllFlagsOptions
{
    /// <summary>Every flag, without reasons.</summary>
    None = 0,

    /// <summary>Only flags that front ends with an environment id may see.</summary>
    ClientSideOnly = 1,

    /// <summary>With evaluation reasons.</summary>
    WithReasons = 2,

    /// <summary>Versions and reasons only for flags that are tracked, debugged or in an experiment; makes the text smaller.</summary>
    DetailsOnlyForTrackedFlags = 4,
}

/// <summary>The values of all flags for one context. Immutable.</summary>
public sealed class AllFlagsState
{
    /// <summary>Whether there was data and the context was valid.</summary>
    public bool IsValid => throw new NotImplementedException();

    /// <summary>The values by flag key.</summary>
    public IReadOnlyDictionary<string, Value> Values => throw new NotImplementedException();

    /// <summary>The reason for a flag's value; null for an unknown flag or when reasons were not asked for.</summary>
    public EvaluationReason? GetReason(string key) => throw new NotImplementedException();

    /// <summary>Writes the bootstrap JSON for front ends.</summary>
    public void WriteTo(Utf8JsonWriter writer) => throw new NotImplementedException();

    /// <summary>The bootstrap JSON for front ends.</summary>
    public string ToJson() => throw new NotImplementedException();
}
