namespace Halyard.Simulation.World;

/// <summary>What is wrong with the service's answers.</summary>
/// <param name="Kind">What.</param>
/// <param name="Number">A status, or seconds; as the kind needs it.</param>
internal sealed record ServiceFault(ServiceFaultKind Kind, int Number = 0);
