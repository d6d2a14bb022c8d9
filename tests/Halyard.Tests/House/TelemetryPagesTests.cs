using System.Text.Json;
using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace Halyard.Tests.House;

/// <summary>Holds what is said and drawn of the metrics against the meter: the page, the dashboard and the alert rules.</summary>
public sealed partial class TelemetryPagesTests
{
    // What Prometheus adds to every series, and what a histogram's buckets are told apart by.
    private static readonly string[] Ambient = ["job", "instance"];

    private static readonly Dictionary<string, InstrumentFacts> Series = Instruments.All
        .SelectMany(instrument => instrument.InPrometheus().Select(name => (name, instrument))).ToDictionary();

    private static readonly string Folder = Path.Combine(Repository.Root, "docs", "grafana");

    private static readonly JsonElement Dashboard = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder, "halyard.json"))).RootElement;

    public static TheoryData<string> Queries =>
    [
        .. Panels().SelectMany(panel => panel.GetProperty("targets").EnumerateArray()).Select(target => target.GetProperty("expr").GetString()!)
            .Concat(Rules().Select(rule => Text(rule, "expr"))).Distinct(),
    ];

    [Fact]
    public void Every_instrument_is_listed_with_its_kind_its_unit_and_its_tags()
    {
        var listed = MarkdownPage.At("docs/telemetry.md").Table(head => head.StartsWith("| instrument |", StringComparison.Ordinal))
            .Select(cells => $"{cells[0].Trim('`')} | {cells[1]} | {cells[2].Trim('`')} | {string.Join(", ", cells[3].Split(',', StringSplitOptions.TrimEntries).Select(tag => tag.Trim('`')).Order(StringComparer.Ordinal))}")
            .Order(StringComparer.Ordinal);
        var there = Instruments.All
            .Select(facts => $"{facts.Name} | {facts.Kind} | {facts.Unit} | {string.Join(", ", facts.Tags.Where(tag => tag != Instruments.ClientTag).Order(StringComparer.Ordinal))}")
            .Order(StringComparer.Ordinal);
        Assert.Equal(there, listed);
        Assert.All(Instruments.All, facts => Assert.Contains(Instruments.ClientTag, facts.Tags));
    }

    [Fact]
    public void Every_metric_that_a_page_names_is_there()
    {
        var known = Instruments.All.SelectMany(facts => facts.Tags.Append(facts.Name)).Concat(Series.Keys).ToHashSet();
        var named = MarkdownPage.All.Where(path => path.StartsWith("docs/", StringComparison.Ordinal))
            .SelectMany(path => MarkdownPage.At(path).Quoted.Where(text => MetricName().IsMatch(text)).Select(text => text.Split('{')[0]))
            .ToList();
        Assert.NotEmpty(named);
        Assert.Empty(named.Except(known));
    }

    [Theory]
    [MemberData(nameof(Queries))]
    public void A_query_names_series_and_labels_that_there_are(string text)
    {
        var query = new PrometheusQuery(text);
        Assert.NotEmpty(query.Selectors);
        Assert.All(query.Selectors, selector =>
        {
            Assert.True(Series.TryGetValue(selector.Metric, out var facts), $"{selector.Metric} is no series of the meter");
            Assert.Empty(selector.Labels.Select(label => label.Label).Except(LabelsOf(facts)));
            Assert.All(selector.Labels.Where(label => label.Label == "halyard_source_state"), label =>
                Assert.Contains(label.Value, Enum.GetNames<DataSourceState>(), StringComparer.OrdinalIgnoreCase));
        });
        Assert.Empty(query.Groupings.Except(query.Selectors.SelectMany(selector => LabelsOf(Series[selector.Metric])).Append("le")));
    }

    [Fact]
    public void A_legend_names_labels_that_its_query_is_grouped_by() =>
        Assert.All(Panels().SelectMany(panel => panel.GetProperty("targets").EnumerateArray()), target =>
        {
            var query = new PrometheusQuery(target.GetProperty("expr").GetString()!);
            Assert.Empty(LegendLabel().Matches(target.GetProperty("legendFormat").GetString()!).Select(match => match.Groups[1].Value).Except(query.Groupings));
        });

    [Fact]
    public void The_dashboard_can_be_imported_anywhere()
    {
        var panels = Dashboard.GetProperty("panels").EnumerateArray().ToList();
        Assert.Equal(panels.Count, panels.Select(panel => panel.GetProperty("id").GetInt32()).Distinct().Count());
        var variables = Dashboard.GetProperty("templating").GetProperty("list").EnumerateArray().ToDictionary(variable => variable.GetProperty("name").GetString()!);
        Assert.Equal("datasource", variables["datasource"].GetProperty("type").GetString());
        Assert.All(Panels(), panel => Assert.Equal("${datasource}", panel.GetProperty("datasource").GetProperty("uid").GetString()));
        Assert.All(
            VariableInUse().Matches(string.Join('\n', Queries.Select(row => row.Data))).Select(match => match.Groups[1].Value).Distinct(),
            name => Assert.True(name.StartsWith("__", StringComparison.Ordinal) || variables.ContainsKey(name), name));
        Assert.All(variables.Values.Where(variable => variable.GetProperty("type").GetString() == "query"), variable =>
            Assert.All(new PrometheusQuery(variable.GetProperty("definition").GetString()!).Selectors, selector => Assert.Contains(selector.Metric, Series.Keys)));
        Assert.Equal(JsonValueKind.Null, Dashboard.GetProperty("id").ValueKind);
        Assert.All(panels, panel =>
        {
            var place = panel.GetProperty("gridPos");
            Assert.InRange(place.GetProperty("x").GetInt32() + place.GetProperty("w").GetInt32(), 1, 24);
        });
    }

    [Fact]
    public void Every_alert_says_what_is_wrong_and_has_a_row_that_says_what_to_do()
    {
        Assert.All(Rules(), rule =>
        {
            Assert.Matches("^[0-9]+[mh]$", Text(rule, "for"));
            Assert.Contains(Text((YamlMappingNode)rule["labels"], "severity"), new[] { "critical", "warning", "info" });
            Assert.NotEqual("", Text((YamlMappingNode)rule["annotations"], "summary"));
            Assert.NotEqual("", Text((YamlMappingNode)rule["annotations"], "description"));
        });
        var explained = MarkdownPage.At("docs/operating.md").Table(head => head.StartsWith("| alert |", StringComparison.Ordinal)).Select(cells => cells[0].Trim('`'));
        Assert.Equal(Rules().Select(rule => Text(rule, "alert")).Order(StringComparer.Ordinal), explained.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("halyard_no_such_thing > 0")]
    [InlineData("halyard_source_failures{error_type=\"x\"}")]
    [InlineData("sum by (halyard_store) (halyard_data_age_seconds)")]
    [InlineData("halyard_data_age_seconds{halyard_store=\"redis\"}")]
    [InlineData("halyard_source_state{halyard_source_state=\"asleep\"}")]
    public void A_query_that_asks_for_what_there_is_not_is_seen(string text) =>
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => A_query_names_series_and_labels_that_there_are(text));

    private static IEnumerable<string> LabelsOf(InstrumentFacts facts) => facts.Tags.Select(InstrumentFacts.Escape).Concat(Ambient);

    private static IEnumerable<JsonElement> Panels() =>
        Dashboard.GetProperty("panels").EnumerateArray().Where(panel => panel.GetProperty("type").GetString() != "row");

    private static List<YamlMappingNode> Rules()
    {
        var stream = new YamlStream();
        using var text = new StreamReader(Path.Combine(Folder, "alerts.yml"));
        stream.Load(text);
        var groups = (YamlSequenceNode)((YamlMappingNode)stream.Documents[0].RootNode)["groups"];
        return [.. groups.Cast<YamlMappingNode>().SelectMany(group => (YamlSequenceNode)group["rules"]).Cast<YamlMappingNode>()];
    }

    private static string Text(YamlMappingNode node, string name) => ((YamlScalarNode)node[name]).Value!;

    [GeneratedRegex(@"^halyard(\.[a-z_]+|_[a-z_]+)+(\{.*\})?$")]
    private static partial Regex MetricName();

    [GeneratedRegex(@"\{\{\s*(\w+)\s*\}\}")]
    private static partial Regex LegendLabel();

    [GeneratedRegex(@"\$\{?(\w+)")]
    private static partial Regex VariableInUse();
}
