namespace Halyard.Benchmarks.Suite;

/// <summary>All that a run of the suite found, scenario by scenario.</summary>
/// <param name="Scenarios">In the order of their names.</param>
internal sealed record Results(IReadOnlyList<ScenarioResult> Scenarios)
{
    /// <summary>These results with those of a later run in the place of the same scenarios' older ones.</summary>
    public Results With(IReadOnlyList<ScenarioResult> later) => new(
        [.. Scenarios.Where(old => later.All(scenario => scenario.Name != old.Name)).Concat(later).OrderBy(static scenario => scenario.Name, StringComparer.Ordinal)]);
}

/// <summary>What one scenario found.</summary>
/// <param name="Name">The scenario's word on the command line.</param>
/// <param name="Title">Its heading.</param>
/// <param name="Machine">Where and on what it ran.</param>
/// <param name="At">When it began (UTC).</param>
/// <param name="Figures">Its figures.</param>
internal sealed record ScenarioResult(string Name, string Title, Machine Machine, DateTime At, IReadOnlyList<Figure> Figures)
{
    /// <summary>Why it ended early; null when it did not.</summary>
    public string? Failure { get; init; }

    /// <summary>Each figure beside the one it is compared to.</summary>
    public IEnumerable<Comparison> Comparisons() => Figures.Select(figure => new Comparison(figure, figure.Reference is null
        ? null
        : Figures.FirstOrDefault(other => other.Work == figure.Work && other.Subject == figure.Reference && other.Unit == figure.Unit)));
}

/// <summary>A figure beside its reference.</summary>
/// <param name="Figure">The figure.</param>
/// <param name="Reference">What it is compared to; null for none, or where the reference was not measured.</param>
internal readonly record struct Comparison(Figure Figure, Figure? Reference)
{
    /// <summary>More of a rate is better; of everything else, less.</summary>
    public bool IsRate => Figure.Unit.EndsWith("per s", StringComparison.Ordinal) || Figure.Unit.EndsWith("/s", StringComparison.Ordinal);

    /// <summary>The figure over its reference; null without one.</summary>
    public double? Ratio => Reference is { Value: > 0 } ? Figure.Value / Reference.Value : null;

    /// <summary>How many times the cost of the reference: the ratio, or for rates its inverse.</summary>
    public double? Cost => Ratio is { } ratio ? IsRate ? 1 / ratio : ratio : null;

    /// <summary>Whether the goals are met; null when there is none, or when what it is a ratio to is missing.</summary>
    public bool? Met
    {
        get
        {
            var value = Figure.Goal is { } goal ? IsRate ? Figure.Value >= goal : Figure.Value <= goal : (bool?)null;
            var ratio = Figure.GoalRatio is { } goalRatio && Ratio is { } actual ? IsRate ? actual >= goalRatio : actual <= goalRatio : (bool?)null;
            // A fraction of a byte for each operation is the noise of the runtime's own threads.
            var bytes = Figure.GoalAllocatedBytes is { } most && Figure.AllocatedBytes is { } allocated ? allocated < most + 0.5 : (bool?)null;
            return (value, ratio, bytes) switch
            {
                (null, null, null) => null,
                (false, _, _) or (_, false, _) or (_, _, false) => false,
                _ => true,
            };
        }
    }
}
