using System.Collections.Immutable;
using Halyard.DataModel.Clauses;

namespace Halyard.Model;

/// <summary>A segment's rule: when all clauses match, the context is in, or in by a share.</summary>
public sealed class SegmentRule
{
    /// <summary>The identifier; may be empty.</summary>
    public string Id { get; init; } = "";

    /// <summary>The conditions, all of which must hold. May make a new array: not for hot paths.</summary>
    public ImmutableArray<Clause> Clauses
    {
        get => ClauseList.ToArray();
        init => ClauseList = ClauseList.Of(value);
    }

    /// <summary>The share of matching contexts that is in, in thousandths of a percent; null means all.</summary>
    public int? Weight { get; init; }

    /// <summary>The attribute hashed for the share; null means the key.</summary>
    public AttributeReference? BucketBy { get; init; }

    /// <summary>The kind of the context hashed; null reads as <c>user</c> and marks old data.</summary>
    public string? RolloutContextKind { get; init; }

    internal ClauseList ClauseList { get; init; }

    internal UnknownProperties? Unknown { get; init; }
}
