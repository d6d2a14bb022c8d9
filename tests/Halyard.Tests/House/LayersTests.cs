using System.Text;

namespace Halyard.Tests.House;

/// <summary>
/// The rooms of the core and what each may use: an arrow between folders points down. What a type's room is, its path
/// says and not its namespace.
/// </summary>
public sealed class LayersTests
{
    // From the ground up: a room may use the rooms that it names, and those stand above it in this list.
    private static readonly (string Room, string[] MayUse)[] Layers =
    [
        ("DataModel/Json/Tokens", []),
        ("DataModel", ["DataModel/Json/Tokens"]),
        ("DataComponents/Trie", ["DataModel"]),
        ("Concurrency", []),
        ("Files", []),
        ("DataInterfaces", ["DataModel/Json/Tokens", "DataModel", "DataComponents/Trie"]),
        ("Evaluation", ["DataModel", "DataComponents/Trie", "DataInterfaces"]),
        ("Hooks", ["DataModel", "Evaluation"]),
        ("Testing", ["DataModel", "DataInterfaces"]),
        ("Configuration", ["DataModel", "DataInterfaces", "Hooks", "Testing"]),
        ("Telemetry", ["DataModel", "DataInterfaces", "Evaluation", "Hooks", "Configuration"]),
        ("Http", ["Concurrency", "Configuration"]),
        ("DataComponents/Listeners", []),
        ("DataComponents/Status", ["DataModel", "Concurrency", "DataInterfaces", "DataComponents/Listeners"]),
        ("DataComponents", ["DataModel/Json/Tokens", "DataModel", "DataComponents/Trie", "DataInterfaces", "Telemetry"]),
        ("DataComponents/WriteThrough",
            ["DataModel", "DataComponents/Trie", "Concurrency", "DataInterfaces", "Configuration", "Telemetry", "DataComponents"]),
        ("DataComponents/DiskSnapshot",
            ["DataModel/Json/Tokens", "DataModel", "Concurrency", "Files", "DataInterfaces", "Configuration", "Telemetry", "DataComponents"]),
        ("DataComponents/ChangeNotifier",
            ["DataModel", "DataComponents/Trie", "DataInterfaces", "Telemetry", "DataComponents/Listeners", "DataComponents",
                "DataComponents/WriteThrough", "DataComponents/DiskSnapshot"]),
        ("Overrides",
            ["DataModel", "DataComponents/Trie", "DataInterfaces", "DataComponents/ChangeNotifier"]),
        ("BigSegments", ["Concurrency", "DataInterfaces", "Evaluation", "Configuration", "Telemetry", "DataComponents/Listeners"]),
        ("Migrations", ["DataModel", "Evaluation"]),
        ("AnalyticsEvents",
            ["DataModel", "Concurrency", "DataInterfaces", "Evaluation", "Configuration", "Telemetry", "Http", "Migrations"]),
        ("DataSystems/Offline", ["DataInterfaces"]),
        ("DataSystems/BackgroundSync/Sources",
            ["DataModel/Json/Tokens", "DataModel", "Concurrency", "Files", "DataInterfaces", "Configuration", "Http"]),
        ("DataSystems/BackgroundSync/SourceChain",
            ["DataModel", "Concurrency", "DataInterfaces", "Configuration", "DataComponents/Status", "DataSystems/BackgroundSync/Sources"]),
        ("DataSystems/BackgroundSync",
            ["DataModel", "Concurrency", "DataInterfaces", "Telemetry", "DataComponents", "DataComponents/WriteThrough", "DataComponents/DiskSnapshot",
                "DataComponents/ChangeNotifier"]),
        ("DataSystems/LazyLoad",
            ["DataModel", "DataComponents/Trie", "Concurrency", "DataInterfaces", "Configuration", "Telemetry", "DataComponents",
                "DataComponents/ChangeNotifier"]),
        ("DataSystems/StoreFirst", ["DataModel", "DataInterfaces", "DataSystems/BackgroundSync"]),
        ("DataSystems/SystemOfRecord",
            ["DataModel", "Concurrency", "DataInterfaces", "DataComponents", "DataComponents/WriteThrough", "DataSystems/BackgroundSync", "DataSystems/LazyLoad"]),
        ("Client",
            ["DataModel", "DataComponents/Trie", "Concurrency", "DataInterfaces", "Evaluation", "Hooks", "Testing", "Configuration", "Telemetry",
                "Http", "DataComponents/Status", "DataComponents", "DataComponents/WriteThrough", "DataComponents/DiskSnapshot",
                "DataComponents/ChangeNotifier", "Overrides", "BigSegments", "Migrations", "AnalyticsEvents", "DataSystems/Offline",
                "DataSystems/BackgroundSync/Sources", "DataSystems/BackgroundSync/SourceChain", "DataSystems/BackgroundSync",
                "DataSystems/LazyLoad", "DataSystems/StoreFirst", "DataSystems/SystemOfRecord"]),
    ];

    private static readonly DependencyMatrix Matrix = DependencyMatrix.Of(ProductSources.Instance, Layers.Select(layer => layer.Room));

    [Fact]
    public void A_room_uses_only_what_the_table_allows()
    {
        var allowed = Allowed().ToHashSet();
        var report = new StringBuilder();
        foreach (var ((from, to), references) in Matrix.Edges.Where(edge => !allowed.Contains(edge.Key)).OrderBy(edge => edge.Key))
        {
            report.AppendLine().Append(from).Append(" must not use ").Append(to).AppendLine(":");
            report.AppendJoin('\n', references.Select(reference => "  " + reference).Distinct().Take(10));
        }

        Assert.True(report.Length == 0, report.ToString());
    }

    [Fact]
    public void The_table_has_no_cycle()
    {
        var below = new HashSet<string>();
        foreach (var (room, mayUse) in Layers)
        {
            Assert.All(mayUse, used => Assert.True(below.Contains(used), $"{room} may use {used}, which does not stand below it"));
            Assert.True(below.Add(room), $"{room} stands in the table twice");
        }
    }

    [Fact]
    public void The_table_lists_nothing_that_is_not_so()
    {
        Assert.Empty(Matrix.Homeless);
        Assert.All(Allowed(), edge => Assert.True(Matrix.Edges.ContainsKey(edge), $"{edge.From} does not use {edge.To}"));
    }

    private static IEnumerable<(string From, string To)> Allowed() =>
        Layers.SelectMany(layer => layer.MayUse.Select(used => (layer.Room, used)));
}
