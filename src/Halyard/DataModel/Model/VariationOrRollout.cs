namespace Halyard.Model;

/// <summary>A fixed variation, or a rollout that picks one by percentage; neither is a malformed flag.</summary>
/// <param name="Variation">The fixed variation's index.</param>
/// <param name="Rollout">The rollout; used when <paramref name="Variation"/> is null.</param>
public readonly record struct VariationOrRollout(int? Variation, Rollout? Rollout)
{
    internal UnknownProperties? Unknown { get; init; }
}
