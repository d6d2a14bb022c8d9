namespace Halyard.DataComponents;

/// <summary>A file is no snapshot to be used; the message says why, as the end of a sentence.</summary>
internal sealed class SnapshotRefusedException(string message) : Exception(message);
