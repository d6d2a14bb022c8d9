namespace Halyard;

/// <summary>What a destination holds before a synchronizer starts.</summary>
/// <param name="Selector">The state reached before; empty when unknown.</param>
public sealed record Bootstrap(Selector Selector);
