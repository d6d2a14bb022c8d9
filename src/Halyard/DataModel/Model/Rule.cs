using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Halyard.DataModel.Clauses;
using Halyard.DataModel.Json.Tokens;

namespace Halyard.Model;

/// <summary>
/// A targeting rule: when all clauses match, its variation or rollout is served. Immutable. A struct, so that a flag's rules lie
/// side by side in one array.
/// </summary>
public readonly struct Rule
{
    // The identifier, or the texts of the flag among which it lies as UTF-8. It becomes a string when somebody asks for it.
    private readonly object? _id;
    private readonly int _idStart;
    private readonly int _idLength;
    private readonly int _variation;
    private readonly bool _hasVariation;

    /// <summary>Makes a rule without clauses that serves nothing.</summary>
    public Rule()
    {
    }

    internal Rule(TextPlace id, ClauseList clauses, int? variation, Rollout? rollout, bool trackEvents, UnknownProperties? unknown)
    {
        (_idStart, _idLength) = (id.Start, id.Length);
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
        get => _id as string ?? MakeId();
        init => _id = value;
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
            Unsafe.AsRef(in rule._id) = texts;
        }
    }

    internal void WriteId(Utf8JsonWriter writer)
    {
        if (_id is byte[] texts)
        {
            if (_idLength != 0)
            {
                writer.WriteString("id"u8, texts.AsSpan(_idStart, _idLength));
            }
        }
        else if (Id is { Length: not 0 } id)
        {
            writer.WriteString("id"u8, id);
        }
    }

    // Two threads may both make it, of equal text, so either may win. Of a rule that lies in its flag's array the string is kept, and
    // of a copy it is made again.
    private string MakeId()
    {
        if (_id is not byte[] texts)
        {
            return "";
        }

        var id = Utf8Text.ToString(texts.AsSpan(_idStart, _idLength));
        Volatile.Write(ref Unsafe.AsRef(in _id), id);
        return id;
    }
}
