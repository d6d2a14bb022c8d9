using System.Globalization;

namespace Halyard.Benchmarks.Suite;

/// <summary>
/// <c>bench/results</c>: a file of the run's own, by machine and time, and <c>latest</c>, in which each scenario stands as it
/// ran last. A quick look goes to <c>quick</c> and leaves <c>latest</c> alone.
/// </summary>
internal static class ResultFiles
{
    public static void Write(IReadOnlyList<ScenarioResult> run, bool quick)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Path.GetDirectoryName(Payload.Folder)!, "results")).FullName;
        if (quick)
        {
            Write(folder, "quick", new(run));
            return;
        }

        var own = string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName}-{DateTime.UtcNow:yyyy-MM-dd-HHmm}");
        Write(folder, own, new(run));

        // What failed does not take the place of what succeeded.
        var older = FigureJson.ReadResults(Path.Combine(folder, "latest.json")) ?? new([]);
        Write(folder, "latest", older.With([.. run.Where(static result => result.Failure is null)]));
    }

    private static void Write(string folder, string name, Results results)
    {
        File.WriteAllText(Path.Combine(folder, name + ".json"), FigureJson.Write(results) + "\n");
        File.WriteAllText(Path.Combine(folder, name + ".md"), MarkdownReport.Whole(results, name + ".svg"));
        File.WriteAllText(Path.Combine(folder, name + ".svg"), SvgPlot.Draw(results));
        Console.Error.WriteLine($"Written: {Path.Combine(folder, name)}.md, .json, .svg");
    }
}
