namespace Halyard.FlagGeneration;

/// <summary>What the values of a flag are.</summary>
internal enum FlagType
{
    Bool,
    Text,
    Int,
    Long,
    Double,

    /// <summary>Objects, arrays, or values of several types.</summary>
    Json,
}
