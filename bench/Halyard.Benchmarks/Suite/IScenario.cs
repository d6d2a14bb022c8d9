namespace Halyard.Benchmarks.Suite;

/// <summary>A part of <c>bench/run</c>: measures one kind of work, Halyard's and what it is compared to, in one run.</summary>
internal interface IScenario
{
    /// <summary>The word that selects it on the command line: <c>evaluation</c>.</summary>
    string Name { get; }

    /// <summary>The heading of its table.</summary>
    string Title { get; }

    /// <summary>Measures, in rounds that take turns between the subjects so that noise reaches all of them.</summary>
    IAsyncEnumerable<Figure> RunAsync(CancellationToken cancellationToken);
}
