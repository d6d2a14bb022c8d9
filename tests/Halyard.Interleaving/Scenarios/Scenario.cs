namespace Halyard.Interleaving.Scenarios;

/// <summary>Threads over a part of the product, and what must hold when they have ended.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsPlanted">Whether it is a fault that must be found.</param>
/// <param name="Make">Makes it anew, for one run.</param>
/// <param name="Hangs">Whether the fault is that it does not come to an end.</param>
internal sealed record Scenario(string Name, bool IsPlanted, Func<Run> Make, bool Hangs = false);
