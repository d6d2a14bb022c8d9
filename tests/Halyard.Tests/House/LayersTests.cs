namespace Halyard.Tests.House;

public sealed class LayersTests
{
    private static readonly string[] Rooms =
    [
        "DataModel/Json/Tokens", "DataModel", "Concurrency", "DataComponents/Trie", "DataInterfaces", "Evaluation", "Hooks", "Testing", "Configuration", "Http",
        "DataComponents/Listeners", "DataComponents/Status", "DataComponents", "DataComponents/ChangeNotifier", "DataComponents/WriteThrough", "DataComponents/DiskSnapshot",
        "Telemetry", "BigSegments", "AnalyticsEvents", "Migrations", "DataSystems/BackgroundSync", "DataSystems/BackgroundSync/Sources",
        "DataSystems/BackgroundSync/SourceChain", "DataSystems/LazyLoad", "DataSystems/StoreFirst", "DataSystems/Offline", "Client",
    ];

    [Fact]
    public void Dump()
    {
        var begun = System.Diagnostics.Stopwatch.StartNew();
        var sources = ProductSources.Instance;
        var loaded = begun.Elapsed;
        var matrix = DependencyMatrix.Of(sources, Rooms);
        using var file = new StreamWriter("/tmp/d-matrix.txt");
        file.WriteLine($"loaded {loaded} total {begun.Elapsed} refs {sources.All.Count} homeless {string.Join(" ", matrix.Homeless)}");
        foreach (var error in sources.Compilation.GetDiagnostics().Where(d => d.Severity == Microsoft.CodeAnalysis.DiagnosticSeverity.Error).Where(d => d.Id != "CS8795").Take(20))
        {
            file.WriteLine(error);
        }

        foreach (var (edge, refs) in matrix.Edges.OrderBy(e => e.Key))
        {
            foreach (var line in refs.Select(r => r.ToString()).Order())
            {
                file.WriteLine($"E\t{edge.From}\t{edge.To}\t{line}");
            }
        }
    }
}
