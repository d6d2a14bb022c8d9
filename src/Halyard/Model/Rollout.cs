using System.Collections.Immutable;

namespace Halyard.Model;

/// <summary>Whether a rollout is a plain percentage split or an experiment.</summary>
public enum RolloutKind : byte
{
    /// <summary>A percentage split.</summary>
    Rollout,

    /// <summary>An experiment: always bucketed by key, and marked in the reason.</summary>
    Experiment,
}

/// <summary>A split of contexts over variations by a hash of one attribute.</summary>
public sealed class Rollout
{
    /// <summary>Plain split or experiment.</summary>
    public RolloutKind Kind { get; init; }

    /// <summary>The kind of the context whose attribute is hashed; null reads as <c>user</c>.</summary>
    public string? ContextKind { get; init; }

    /// <summary>The attribute hashed; null means the key. Invalid references are kept, with their error.</summary>
    public AttributeReference? BucketBy { get; init; }

    /// <summary>Replaces flag key and salt in the hash when given.</summary>
    public long? Seed { get; init; }

    /// <summary>The shares, in order; weights add up to 100,000.</summary>
    public ImmutableArray<WeightedVariation> Variations { get; init; } = [];

    internal UnknownProperties? Unknown { get; init; }
}

/// <summary>One share of a rollout.</summary>
/// <param name="Variation">The index of the variation served.</param>
/// <param name="Weight">The share, in thousandths of a percent.</param>
/// <param name="Untracked">Whether contexts in this share are left out of the experiment.</param>
public readonly record struct WeightedVariation(int Variation, int Weight, bool Untracked = false)
{
    internal UnknownProperties? Unknown { get; init; }
}
