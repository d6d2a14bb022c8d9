namespace Halyard.Simulation.World;

/// <summary>A place in an answer: who has read up to it knows of a state.</summary>
/// <param name="Offset">How many bytes lie before it; the answer's end counts as one more.</param>
/// <param name="State">The index of the state.</param>
internal readonly record struct Mark(long Offset, int State);
