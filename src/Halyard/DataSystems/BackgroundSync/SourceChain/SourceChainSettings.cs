namespace Halyard.DataSystems;

/// <summary>What a chain works with.</summary>
/// <param name="Initializers">In order of preference.</param>
/// <param name="Synchronizers">In order of preference.</param>
/// <param name="Fdv1Fallback">The source of FDv1; null for none.</param>
/// <param name="Rules">When to change.</param>
internal sealed record SourceChainSettings(
    IReadOnlyList<SourceFactory> Initializers, IReadOnlyList<SourceFactory> Synchronizers, SourceFactory? Fdv1Fallback, SwitchingRules Rules);
