namespace Halyard.FlagGeneration;

/// <summary>What a flag file says of a flag, as far as code is concerned. Immutable; equal by its content.</summary>
internal sealed class FlagShape(string key, FlagType type, string defaultCode, string summary) : IEquatable<FlagShape>
{
    public string Key { get; } = key;

    public FlagType Type { get; } = type;

    /// <summary>The default, as code.</summary>
    public string DefaultCode { get; } = defaultCode;

    /// <summary>What there is to know, as a sentence.</summary>
    public string Summary { get; } = summary;

    public bool Equals(FlagShape? other) =>
        other is not null && Key == other.Key && Type == other.Type && DefaultCode == other.DefaultCode && Summary == other.Summary;

    public override bool Equals(object? obj) => Equals(obj as FlagShape);

    public override int GetHashCode() => Key.GetHashCode();
}
