using Halyard.Model;

namespace Halyard;

/// <summary>
/// A flag or segment that was delivered and could not be understood. Its last good version stays in force; without one the
/// flag evaluates to MALFORMED_FLAG, and the segment matches nobody. Immutable.
/// </summary>
/// <param name="Kind">The kind.</param>
/// <param name="Key">The key.</param>
/// <param name="Version">The version that could not be understood; null when not even that could be read.</param>
/// <param name="Path">The JSON path of the fault, from the data set's root, such as <c>flags.my-flag.rules[2].clauses</c>.</param>
/// <param name="Problem">What is wrong, for people.</param>
public sealed record QuarantinedItem(DataKind Kind, string Key, long? Version, string Path, string Problem);
