namespace Halyard.DataInterfaces;

/// <summary>The destination refused data.</summary>
internal sealed class StoreWriteException(Exception cause)
    : Exception("the data could not be stored: " + cause.Message, cause);
