using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Halyard.Model;

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
    public ImmutableArray<WeightedVariation> Variations
    {
        get => ImmutableCollectionsMarshal.AsImmutableArray(Shares);
        init => Shares = ImmutableCollectionsMarshal.AsArray(value) ?? [];
    }

    /// <summary><see cref="Variations"/> as the array that they are.</summary>
    internal WeightedVariation[] Shares { get; init; } = [];

    internal UnknownProperties? Unknown { get; init; }
}
