namespace Halyard.Model;

/// <summary>Context keys of one kind, listed by a segment.</summary>
public sealed class SegmentTarget
{
    /// <summary>The kind of the contexts; null reads as <c>user</c>.</summary>
    public string? ContextKind { get; init; }

    /// <summary>The context keys.</summary>
    public KeySet Values { get; init; } = KeySet.Empty;

    internal UnknownProperties? Unknown { get; init; }
}
