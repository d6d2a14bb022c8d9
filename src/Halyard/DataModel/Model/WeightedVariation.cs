namespace Halyard.Model;

/// <summary>One share of a rollout.</summary>
/// <param name="Variation">The index of the variation served.</param>
/// <param name="Weight">The share, in thousandths of a percent.</param>
/// <param name="Untracked">Whether contexts in this share are left out of the experiment.</param>
public readonly record struct WeightedVariation(int Variation, int Weight, bool Untracked = false)
{
    internal UnknownProperties? Unknown { get; init; }
}
