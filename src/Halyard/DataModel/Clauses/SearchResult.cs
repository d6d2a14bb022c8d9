namespace Halyard.DataModel.Clauses;

/// <summary>What a search by a regular expression found.</summary>
internal enum SearchResult : byte
{
    /// <summary>No match.</summary>
    No,

    /// <summary>A match.</summary>
    Yes,

    /// <summary>The time was up before it was known: the clause does not match, negated or not.</summary>
    RanOut,
}
