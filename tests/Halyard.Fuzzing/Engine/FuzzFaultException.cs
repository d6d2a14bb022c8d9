namespace Halyard.Fuzzing;

/// <summary>A reader has not kept what it promises.</summary>
/// <param name="kind">The promise, the same for every input that shows the fault.</param>
/// <param name="details">What this input shows.</param>
internal sealed class FuzzFaultException(string kind, string details) : Exception($"{kind}: {details}")
{
    public string Kind { get; } = kind;
}
