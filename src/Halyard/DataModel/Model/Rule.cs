using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Halyard.DataModel.Clauses;

namespace Halyard.Model;

/// <summary>
/// A targeting rule: when all clauses match, its variation or rollout is served. Immutable. A struct, so that a flag's rules lie
/// side by side in one array.
/// </summary>
public readonly struct Rule
{
    private readonly FlagText _id;
    private readonly int _variation;
    private readonly bool _hasVariation;

    /// <summary>Makes a rule without clauses that serves nothing.</summary>
    public Rule()
    {
    }

    internal Rule(FlagText id, ClauseList clauses, int? variation, Rollout? rollout, bool trackEvents, UnknownProperties? unknown)
    {
        _id = id;
        ClauseList = clauses;
        _variation = variation.GetValueOrDefault();
        _hasVariation = variation.HasValue;
        Rollout = rollout;
        TrackEvents = trackEvents;
        Unknown = unknown;
    }

    /// <summary>The identifier, reported in reasons; may be empty.</summary>
    public string Id
    {
        get => _id.ToString();
        init => _id = new(value);
    }

    /// <summary>The conditions, all of which must hold. May make a new array: not for hot paths.</summary>
    public ImmutableArray<Clause> Clauses
    {
        get => ClauseList.ToArray();
        init => ClauseList = ClauseList.Of(value);
    }

    /// <summary>What is served on a match.</summary>
    public VariationOrRollout Serve
    {
        get => new(Variation, Rollout);
        init => (_variation, _hasVariation, Rollout) = (value.Variation.GetValueOrDefault(), value.Variation.HasValue, value.Rollout);
    }

    /// <summary>Whether matches are to be reported in full: an experiment on this rule.</summary>
    public bool TrackEvents { get; init; }

    internal ClauseList ClauseList { get; init; }

    internal int? Variation => _hasVariation ? _variation : null;

    internal Rollout? Rollout { get; init; }

    internal UnknownProperties? Unknown { get; init; }

    /// <summary>Gives rules that were just read the texts among which their identifiers lie.</summary>
    internal static void SetTexts(Rule[] rules, byte[] texts)
    {
        foreach (ref var rule in rules.AsSpan())
        {
            Unsafe.AsRef(in rule._id) = rule._id.In(texts);
        }
    }

    internal void WriteId(Utf8JsonWriter writer)
    {
        if (!_id.IsEmpty)
        {
            _id.Write(writer, "id"u8);
        }
    }
}
