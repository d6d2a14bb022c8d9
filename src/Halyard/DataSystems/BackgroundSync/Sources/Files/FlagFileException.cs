namespace Halyard.DataSystems.Sources.Files;

/// <summary>A fault in a flag file; the message names the file and the place.</summary>
internal sealed class FlagFileException(string message, Exception? innerException = null) : Exception(message, innerException);
