using System.Globalization;
using System.Text;

namespace Halyard.Benchmarks.Suite;

/// <summary>Results as tables.</summary>
internal static class MarkdownReport
{
    public static string Whole(Results results, string plot)
    {
        var text = new StringBuilder("# Results\n\n");
        text.Append("Written by `bench/run`. Ratios are to the reference named, measured in the same run. `≤` and `≥` are goals.\n\n");
        text.Append(CultureInfo.InvariantCulture, $"![Cost as a multiple of the reference]({plot})\n\n");
        foreach (var result in results.Scenarios)
        {
            text.Append(Section(result)).Append('\n');
        }

        return text.ToString();
    }

    public static string Section(ScenarioResult result)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"## {result.Title}\n\n");
        text.Append(CultureInfo.InvariantCulture, $"`{result.Name}`, {result.At:yyyy-MM-dd HH:mm} UTC, commit {result.Machine.Commit}, {result.Machine.Description}");
        if (result.Machine.Load is { } load)
        {
            text.Append(CultureInfo.InvariantCulture, $", load before the run {load:0.0}");
        }

        text.Append("\n\n| work | subject | value | allocated | ratio to | goal | met |\n|---|---|--:|--:|--:|--:|---|\n");
        var work = "";
        foreach (var comparison in result.Comparisons())
        {
            var figure = comparison.Figure;
            text.Append(CultureInfo.InvariantCulture, $"| {(figure.Work == work ? "" : figure.Work)} | {figure.Subject} | {Value(figure.Value, figure.Unit)} ");
            text.Append(CultureInfo.InvariantCulture, $"| {(figure.AllocatedBytes is { } bytes ? Bytes(bytes) : "")} ");
            text.Append(CultureInfo.InvariantCulture, $"| {(comparison.Ratio is { } ratio ? $"{Times(ratio)} {figure.Reference}" : "")} ");
            text.Append(CultureInfo.InvariantCulture, $"| {Goal(comparison)} | {comparison.Met switch { true => "yes", false => "**no**", null => "" }} |\n");
            work = figure.Work;
        }

        if (result.Failure is not null)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n**{result.Failure}**\n");
        }

        return text.ToString();
    }

    /// <summary>A ratio, with as many digits as mean something.</summary>
    public static string Times(double ratio) => Number(ratio) + "×";

    public static string Value(double value, string unit) => $"{Number(value)} {unit}";

    private static string Goal(Comparison comparison)
    {
        var sign = comparison.IsRate ? "≥" : "≤";
        var figure = comparison.Figure;
        return string.Join(", ", new[]
        {
            figure.Goal is { } goal ? $"{sign} {Value(goal, figure.Unit)}" : null,
            figure.GoalRatio is { } ratio ? $"{sign} {Times(ratio)}" : null,
            figure.GoalAllocatedBytes is { } bytes ? bytes == 0 ? "0 B" : $"≤ {Bytes(bytes)}" : null,
        }.Where(static part => part is not null));
    }

    private static string Bytes(double bytes) => bytes switch
    {
        >= 1e6 => Number(bytes / 1e6) + " MB",
        >= 10e3 => Number(bytes / 1e3) + " kB",
        _ => Number(bytes) + " B",
    };

    private static string Number(double number) => number.ToString(
        Math.Abs(number) switch { 0 => "0", >= 100 => "#,0", >= 10 => "0.0", >= 0.1 => "0.00", _ => "0.####" }, CultureInfo.InvariantCulture);
}
