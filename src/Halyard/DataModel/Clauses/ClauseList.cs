using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Halyard.DataModel.Json.Tokens;
using Halyard.Model;

namespace Halyard.DataModel.Clauses;

/// <summary>The clauses of a rule. Most rules have one, which needs no array then. Immutable.</summary>
internal readonly struct ClauseList
{
    // Null, a clause, or an array of them.
    private readonly object? _clauses;

    private ClauseList(object? clauses) => _clauses = clauses;

    public int Count => _clauses switch
    {
        null => 0,
        Clause => 1,
        _ => ((Clause[])_clauses).Length,
    };

    /// <summary>The only clause; null where there are several or none.</summary>
    public Clause? Single => _clauses as Clause;

    /// <summary>The clauses where there are several; otherwise empty.</summary>
    public ReadOnlySpan<Clause> Several => _clauses as Clause[];

    public Clause this[int index] => _clauses is Clause only && index == 0 ? only : ((Clause[])_clauses!)[index];

    public static ClauseList Of(BufferPart<Clause> clauses) => clauses.Length switch
    {
        0 => default,
        1 => new(clauses[0]),
        _ => new(clauses.ToArray()),
    };

    public static ClauseList Of(ImmutableArray<Clause> clauses) =>
        clauses.IsDefaultOrEmpty ? default : new(clauses.Length == 1 ? clauses[0] : ImmutableCollectionsMarshal.AsArray(clauses));

    /// <summary>The clauses as an array, which is a new one where there is one clause.</summary>
    public ImmutableArray<Clause> ToArray() => _clauses switch
    {
        null => [],
        Clause only => [only],
        _ => ImmutableCollectionsMarshal.AsImmutableArray((Clause[])_clauses),
    };
}
