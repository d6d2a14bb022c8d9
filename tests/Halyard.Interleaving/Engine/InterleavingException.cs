namespace Halyard.Interleaving.Engine;

/// <summary>What must hold of a scenario does not.</summary>
internal sealed class InterleavingException(string message) : Exception(message);
