namespace Halyard.DataModel.Clauses;

/// <summary>How a clause is tested. It is found out once, when the clause is made, because evaluations ask for each clause.</summary>
internal enum ClauseWay : byte
{
    /// <summary>An attribute's value, by a test that always answers.</summary>
    Value,

    /// <summary>Segments.</summary>
    Segments,

    /// <summary>An attribute's value, or the kinds, by expressions, whose time may run out.</summary>
    Pattern,

    /// <summary>The kinds of the context's members.</summary>
    Kinds,

    /// <summary>Not at all: the clause names no attribute, or an invalid one, and its flag is malformed.</summary>
    Malformed,
}
