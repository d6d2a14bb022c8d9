using System.Text.Json;

namespace Halyard.Benchmarks.Naive;

/// <summary>The result of an evaluation.</summary>
/// <param name="Value">The value; null when there is none.</param>
/// <param name="Index">The variation's index.</param>
/// <param name="Reason">The reason, as its JSON names it: <c>RULE_MATCH</c>.</param>
internal sealed record NaiveDetail(JsonElement? Value, int? Index, string Reason);
