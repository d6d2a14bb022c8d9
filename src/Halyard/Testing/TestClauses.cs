using System.Collections.Immutable;
using Halyard.Model;

namespace Halyard;

/// <summary>The conditions of a rule, all of which must hold. Not thread-safe.</summary>
/// <typeparam name="TSelf">The rule's builder.</typeparam>
public abstract class TestClauses<TSelf>
    where TSelf : TestClauses<TSelf>
{
    private readonly List<Clause> _clauses = [];

    private protected TestClauses()
    {
    }

    /// <summary>And the attribute equals one of the values, or holds one of them if it is an array.</summary>
    /// <param name="contextKind">The kind of the context, such as <c>user</c>.</param>
    /// <param name="attribute">The attribute's name, or a path such as <c>/address/city</c>.</param>
    /// <param name="values">The values.</param>
    public TSelf AndMatch(string contextKind, string attribute, params ReadOnlySpan<Value> values) =>
        Add(contextKind, attribute, "in", values, negate: false);

    /// <summary>And the context has the attribute, and it equals none of the values.</summary>
    public TSelf AndNotMatch(string contextKind, string attribute, params ReadOnlySpan<Value> values) =>
        Add(contextKind, attribute, "in", values, negate: true);

    /// <summary>And the operator, such as <c>startsWith</c> or <c>semVerGreaterThan</c>, holds for one of the values.</summary>
    public TSelf And(string contextKind, string attribute, string op, params ReadOnlySpan<Value> values) =>
        Add(contextKind, attribute, op, values, negate: false);

    /// <summary>And the operator holds for none of the values.</summary>
    public TSelf AndNot(string contextKind, string attribute, string op, params ReadOnlySpan<Value> values) =>
        Add(contextKind, attribute, op, values, negate: true);

    /// <summary>And the context is in one of the segments.</summary>
    public TSelf AndInSegment(params ReadOnlySpan<string> segmentKeys) => AddSegments(segmentKeys, negate: false);

    /// <summary>And the context is in none of the segments.</summary>
    public TSelf AndNotInSegment(params ReadOnlySpan<string> segmentKeys) => AddSegments(segmentKeys, negate: true);

    private protected ImmutableArray<Clause> Clauses => [.. _clauses];

    private TSelf Add(string contextKind, string attribute, string op, ReadOnlySpan<Value> values, bool negate)
    {
        ArgumentException.ThrowIfNullOrEmpty(contextKind);
        ArgumentException.ThrowIfNullOrEmpty(op);
        var reference = AttributeReference.Parse(attribute);
        if (!reference.IsValid)
        {
            throw new ArgumentException($"\"{attribute}\": {reference.Error}.", nameof(attribute));
        }

        _clauses.Add(new(contextKind, reference, op, [.. values], negate));
        return (TSelf)this;
    }

    private TSelf AddSegments(ReadOnlySpan<string> segmentKeys, bool negate)
    {
        var values = ImmutableArray.CreateBuilder<Value>(segmentKeys.Length);
        foreach (var key in segmentKeys)
        {
            ArgumentException.ThrowIfNullOrEmpty(key, nameof(segmentKeys));
            values.Add(key);
        }

        _clauses.Add(new(null, null, "segmentMatch", values.DrainToImmutable(), negate));
        return (TSelf)this;
    }
}
