namespace Halyard.Benchmarks.Suite;

/// <summary>One measured figure: what was done, by whom, and what it took.</summary>
/// <param name="Work">What was done, the same words for all that are compared: <c>evaluate a rollout</c>.</param>
/// <param name="Subject">Who did it: <c>Halyard</c>, <c>naive</c>, <c>Utf8JsonReader</c>.</param>
/// <param name="Value">The figure, in <paramref name="Unit"/>.</param>
/// <param name="Unit">Its unit: <c>ns</c>, <c>µs</c>, <c>ms</c>, <c>MB</c>, <c>B</c>, <c>per s</c>.</param>
internal sealed record Figure(string Work, string Subject, double Value, string Unit)
{
    /// <summary>What an operation allocated, in bytes; exact. <see langword="null"/> where it was not measured.</summary>
    public double? AllocatedBytes { get; init; }

    /// <summary>The <see cref="Subject"/> of the same work and run that this figure is a ratio to.</summary>
    public string? Reference { get; init; }

    /// <summary>The largest ratio to <see cref="Reference"/> (for rates: the smallest) that meets the goal.</summary>
    public double? GoalRatio { get; init; }

    /// <summary>The largest value (for rates: the smallest) that meets the goal, in <see cref="Unit"/>.</summary>
    public double? Goal { get; init; }

    /// <summary>The most that an operation may allocate to meet the goal, in bytes.</summary>
    public double? GoalAllocatedBytes { get; init; }
}
