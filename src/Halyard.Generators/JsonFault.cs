namespace Halyard.FlagGeneration;

/// <summary>Text that is no JSON.</summary>
internal sealed class JsonFault(string problem, int position) : Exception(problem)
{
    /// <summary>Where, in characters from the start.</summary>
    public int Position { get; } = position;
}
