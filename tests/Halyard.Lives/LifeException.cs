namespace Halyard.Lives;

/// <summary>What must hold of a life does not.</summary>
internal sealed class LifeException(string message) : Exception(message);
