namespace Halyard.Model;

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
