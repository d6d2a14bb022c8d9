using System.Globalization;
using System.Text;

namespace Halyard.Benchmarks.Suite;

/// <summary><c>bench/compare</c>: two files of results of one machine as one table, so that a change shows what it cost.</summary>
internal static class ResultComparison
{
    private const string Usage = "usage: bench/compare OTHER-RESULTS [RESULTS]    (the later ones are bench/results/latest.json unless given)";

    // Less than this is the noise of a quiet machine.
    private const double Noise = 0.05;

    /// <returns>The exit code: 0 for a table, 2 for files that give none.</returns>
    public static int Run(string[] arguments)
    {
        if (arguments.Length is < 1 or > 2)
        {
            return Fail(Usage);
        }

        var laterPath = arguments.Length == 2 ? arguments[1] : Path.Combine(Path.GetDirectoryName(Payload.Folder)!, "results", "latest.json");
        if (!TryRead(arguments[0], out var earlier, out var problem) || !TryRead(laterPath, out var later, out problem))
        {
            return Fail(problem);
        }

        var text = Table(earlier, later);
        if (text.Length == 0)
        {
            return Fail($"'{arguments[0]}' and '{laterPath}' have no figure in common.");
        }

        Console.Write(text);
        return 0;
    }

    /// <summary>The figures that both have, with the ratio of the later one to the earlier one; empty for none.</summary>
    public static string Table(Results earlier, Results later)
    {
        var text = new StringBuilder();
        foreach (var scenario in later.Scenarios)
        {
            if (earlier.Scenarios.FirstOrDefault(other => other.Name == scenario.Name) is not { } other)
            {
                continue;
            }

            var rows = scenario.Figures
                .Select(figure => (After: figure, Before: other.Figures.FirstOrDefault(before => (before.Work, before.Subject, before.Unit) == (figure.Work, figure.Subject, figure.Unit))))
                .Where(static row => row.Before is not null)
                .ToList();
            if (rows.Count != 0)
            {
                Section(text, scenario, other, rows!);
            }
        }

        return text.ToString();
    }

    private static void Section(StringBuilder text, ScenarioResult after, ScenarioResult before, List<(Figure After, Figure Before)> rows)
    {
        text.Append(CultureInfo.InvariantCulture, $"## {after.Title}\n\n`{after.Name}`: {before.Machine.Commit} ({before.At:yyyy-MM-dd HH:mm}) and {after.Machine.Commit} ({after.At:yyyy-MM-dd HH:mm})\n");
        if (before.Machine.Description != after.Machine.Description)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n**Of two machines, so the ratios mean little:** {before.Machine.Description}; {after.Machine.Description}\n");
        }

        text.Append("\n| work | subject | before | after | ratio | allocated before | after |\n|---|---|--:|--:|--:|--:|--:|\n");
        var work = "";
        foreach (var (now, then) in rows)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {(now.Work == work ? "" : now.Work)} | {now.Subject} ");
            text.Append(CultureInfo.InvariantCulture, $"| {MarkdownReport.Value(then.Value, then.Unit)} | {MarkdownReport.Value(now.Value, now.Unit)} | {Ratio(now, then)} ");
            text.Append(CultureInfo.InvariantCulture, $"| {Bytes(then)} | {Bytes(now)} |\n");
            work = now.Work;
        }

        text.Append('\n');
    }

    private static string Ratio(Figure now, Figure then)
    {
        if (then.Value <= 0)
        {
            return "";
        }

        var ratio = now.Value / then.Value;
        return Math.Abs(ratio - 1) < Noise ? "same" : MarkdownReport.Times(ratio);
    }

    private static string Bytes(Figure figure) => figure.AllocatedBytes is { } bytes ? MarkdownReport.Value(bytes, "B") : "";

    private static bool TryRead(string path, out Results results, out string problem)
    {
        results = new([]);
        problem = "";
        try
        {
            if (FigureJson.ReadResults(path) is { Scenarios: not null } read)
            {
                results = read;
                return true;
            }

            problem = $"There is no file of results '{path}'.";
        }
        catch (Exception fault) when (fault is System.Text.Json.JsonException or IOException or UnauthorizedAccessException)
        {
            problem = $"'{path}' cannot be read as results: {fault.Message}";
        }

        return false;
    }

    private static int Fail(string problem)
    {
        Console.Error.WriteLine($"error: {problem}");
        return 2;
    }
}
