namespace Halyard.Simulation.World;

/// <summary>What an answer begins with.</summary>
/// <param name="Status">The status.</param>
/// <param name="Headers">The headers.</param>
/// <param name="State">What who has it knows of, without a body; null for nothing.</param>
internal sealed record AnswerHead(int Status, IReadOnlyList<(string Name, string Value)> Headers, int? State = null);
