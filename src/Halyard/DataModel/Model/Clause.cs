using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Halyard.DataModel.Clauses;

namespace Halyard.Model;

/// <summary>One condition of a rule. The test is prepared once, when the clause is made. Immutable.</summary>
public sealed class Clause
{
    /// <summary>Makes a clause and prepares its test.</summary>
    /// <param name="contextKind">The kind of the context tested; null reads as <c>user</c> and marks old data, in which the attribute is a literal name.</param>
    /// <param name="attribute">The attribute tested; null when the JSON gave none or an empty one (only <c>segmentMatch</c> may).</param>
    /// <param name="op">The operator's name as on the wire, also when unknown.</param>
    /// <param name="values">The values compared with.</param>
    /// <param name="negate">Whether the result is reversed.</param>
    public Clause(string? contextKind, AttributeReference? attribute, string op, ImmutableArray<Value> values, bool negate)
        : this(contextKind, attribute, op, ImmutableCollectionsMarshal.AsArray(values) ?? [], negate, null)
    {
    }

    internal Clause(
        string? contextKind, AttributeReference? attribute, string op, Value[] values, bool negate, UnknownProperties? unknown)
    {
        ContextKind = contextKind;
        Attribute = attribute;
        Op = op;
        OwnValues = values;
        Negate = negate;
        Unknown = unknown;
        Test = ClauseTest.Prepare(op, values);
        Way = WayOf(Test, attribute);
    }

    /// <summary>The kind of the context tested; null reads as <c>user</c>.</summary>
    public string? ContextKind { get; }

    /// <summary>The attribute tested; null when undefined.</summary>
    public AttributeReference? Attribute { get; }

    /// <summary>The operator's name as on the wire.</summary>
    public string Op { get; }

    /// <summary>The values compared with; any one of them matching is a match.</summary>
    public ImmutableArray<Value> Values => ImmutableCollectionsMarshal.AsImmutableArray(OwnValues);

    /// <summary><see cref="Values"/> as the array that they are, which is never changed.</summary>
    internal Value[] OwnValues { get; }

    /// <summary>Whether the result is reversed.</summary>
    public bool Negate { get; }

    internal UnknownProperties? Unknown { get; }

    /// <summary>The prepared test of an attribute value; null for <c>segmentMatch</c>, which tests no attribute.</summary>
    internal ClauseTest? Test { get; }

    /// <summary>How the clause is tested.</summary>
    internal ClauseWay Way { get; }

    internal bool IsSegmentMatch => Test is null;

    /// <summary>Whether an attribute is the kind of the context: a path such as <c>/kind</c> is an ordinary attribute.</summary>
    internal static bool IsKind(AttributeReference attribute) => attribute.Text == "kind";

    private static ClauseWay WayOf(ClauseTest? test, AttributeReference? attribute) => test switch
    {
        null => ClauseWay.Segments,
        _ when attribute is not { IsValid: true } => ClauseWay.Malformed,
        PatternTest => ClauseWay.Pattern,
        _ => IsKind(attribute) ? ClauseWay.Kinds : ClauseWay.Value,
    };
}
