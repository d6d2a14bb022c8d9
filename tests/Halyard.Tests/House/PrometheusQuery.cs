using System.Text.RegularExpressions;

namespace Halyard.Tests.House;

/// <summary>What a query of Prometheus names: enough of its language for the rules and dashboards of this repository.</summary>
internal sealed partial class PrometheusQuery
{
    public PrometheusQuery(string text)
    {
        Groupings = [.. Grouping().Matches(text).SelectMany(match => match.Groups[1].Value.Split(',', StringSplitOptions.TrimEntries))];
        Selectors = [.. Selector().Matches(Grouping().Replace(text, " ")).Select(match => (
            match.Groups[1].Value,
            (IReadOnlyList<(string, string)>)[.. Matcher().Matches(match.Groups[2].Value).Select(label => (label.Groups[1].Value, label.Groups[2].Value))]))];
    }

    /// <summary>Each series that is asked for, with the labels that it is chosen by and their values.</summary>
    public IReadOnlyList<(string Metric, IReadOnlyList<(string Label, string Value)> Labels)> Selectors { get; }

    /// <summary>The labels that results are grouped by.</summary>
    public IReadOnlyList<string> Groupings { get; }

    [GeneratedRegex(@"\b(?:by|without|on|ignoring)\s*\(([^)]*)\)")]
    private static partial Regex Grouping();

    [GeneratedRegex(@"\b(halyard_\w+)\s*(?:\{([^}]*)\})?")]
    private static partial Regex Selector();

    [GeneratedRegex("(\\w+)\\s*(?:=~|!~|!=|=)\\s*\"([^\"]*)\"")]
    private static partial Regex Matcher();
}
