using Halyard.Simulation.Engine;

namespace Halyard.Simulation.World;

/// <summary>How a plan went.</summary>
/// <param name="Plan">The plan.</param>
/// <param name="Failure">What did not hold; null when everything did.</param>
/// <param name="Hash">The trace's; equal for runs that did the same.</param>
/// <param name="Steps">How many steps were taken.</param>
/// <param name="Last">The last lines of the trace.</param>
internal sealed record SeedResult(Plan Plan, InvariantException? Failure, ulong Hash, int Steps, IReadOnlyList<string> Last);
