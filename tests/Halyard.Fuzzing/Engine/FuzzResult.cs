namespace Halyard.Fuzzing;

/// <summary>A line of the table at the end of a run.</summary>
/// <param name="Target">The target's name.</param>
/// <param name="Inputs">How many inputs were read.</param>
/// <param name="Elapsed">How long that took.</param>
/// <param name="Kinds">The kinds of faults that were found.</param>
internal sealed record FuzzResult(string Target, long Inputs, TimeSpan Elapsed, IReadOnlyList<string> Kinds)
{
    public double InputsASecond => Inputs / Math.Max(0.001, Elapsed.TotalSeconds);
}
