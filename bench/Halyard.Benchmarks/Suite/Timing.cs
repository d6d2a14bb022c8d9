namespace Halyard.Benchmarks.Suite;

/// <summary>What one operation took, over several rounds.</summary>
/// <param name="MedianNanoseconds">The median of the rounds.</param>
/// <param name="MinNanoseconds">The best round: the one that was disturbed least.</param>
/// <param name="AllocatedBytes">What an operation allocated.</param>
internal sealed record Timing(double MedianNanoseconds, double MinNanoseconds, double AllocatedBytes)
{
    public double MedianMicroseconds => MedianNanoseconds / 1e3;

    public double MedianMilliseconds => MedianNanoseconds / 1e6;

    public double MinMilliseconds => MinNanoseconds / 1e6;

    public static Timing Of(IReadOnlyCollection<double> nanoseconds, double allocatedBytes) =>
        new(Measure.Median(nanoseconds), nanoseconds.Min(), allocatedBytes);
}
