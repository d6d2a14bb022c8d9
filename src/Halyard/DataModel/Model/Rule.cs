using System.Collections.Immutable;

namespace Halyard.Model;

/// <summary>A targeting rule: when all clauses match, its variation or rollout is served.</summary>
public sealed class Rule
{
    private readonly VariationOrRollout _serve;

    /// <summary>The identifier, reported in reasons; may be empty.</summary>
    public string Id { get; init; } = "";

    /// <summary>The conditions, all of which must hold.</summary>
    public ImmutableArray<Clause> Clauses { get; init; } = [];

    /// <summary>What is served on a match.</summary>
    public VariationOrRollout Serve
    {
        get => _serve;
        init => _serve = value;
    }

    /// <summary>Whether matches are to be reported in full: an experiment on this rule.</summary>
    public bool TrackEvents { get; init; }

    internal UnknownProperties? Unknown { get; init; }

    /// <summary><see cref="Serve"/> without a copy.</summary>
    internal ref readonly VariationOrRollout ServeRef => ref _serve;
}
