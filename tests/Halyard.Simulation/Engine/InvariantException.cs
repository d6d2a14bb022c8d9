namespace Halyard.Simulation.Engine;

/// <summary>Something that must always hold does not.</summary>
/// <param name="invariant">Its name.</param>
/// <param name="message">What was seen.</param>
internal sealed class InvariantException(string invariant, string message) : Exception($"{invariant}: {message}")
{
    public string Invariant => invariant;
}
