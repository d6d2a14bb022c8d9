using System.Globalization;

namespace Halyard.Benchmarks.Suite;

/// <summary>
/// <c>bench/run</c>: runs each scenario in a process of its own, so that neither memory nor compiled code of one reaches
/// another, and writes tables, JSON and a plot. A scenario is any class of this assembly that implements
/// <see cref="IScenario"/>.
/// </summary>
internal static class SuiteRunner
{
    /// <summary>Set for the scenarios' processes when a quick look is wanted.</summary>
    public const string QuickVariable = "HALYARD_BENCH_QUICK";

    private const string Usage = "usage: bench/run [scenario ...] [--quick]";

    /// <summary>Runs the scenarios of the given names, or all.</summary>
    /// <returns>The exit code: 0 when all ran, whether or not goals were met.</returns>
    public static async Task<int> RunAsync(string[] arguments, CancellationToken cancellationToken)
    {
        var all = Scenarios();
        var quick = arguments.Contains("--quick");
        string[] names = [.. arguments.Where(static argument => argument != "--quick")];
        if (names.FirstOrDefault(name => all.All(scenario => scenario.Name != name)) is { } unknown)
        {
            Console.Error.WriteLine($"error: There is no scenario '{unknown}'. {Usage}");
            foreach (var scenario in all)
            {
                Console.Error.WriteLine($"  {scenario.Name,-14} {scenario.Title}");
            }

            return 2;
        }

        var results = new List<ScenarioResult>();
        foreach (var scenario in all.Where(scenario => names.Length == 0 || names.Contains(scenario.Name)))
        {
            var result = await RunInChildAsync(scenario, quick, cancellationToken);
            results.Add(result);
            Console.WriteLine(MarkdownReport.Section(result));
        }

        ResultFiles.Write(results, quick);
        return results.Exists(static result => result.Failure is not null) ? 1 : 0;
    }

    /// <summary>The child's part: measures one scenario and prints each figure as a line of JSON.</summary>
    public static async Task<int> RunScenarioAsync(string name, CancellationToken cancellationToken)
    {
        // Whatever a scenario prints must not get among the figures.
        var output = Console.Out;
        Console.SetOut(Console.Error);
        await foreach (var figure in Scenarios().Single(scenario => scenario.Name == name).RunAsync(cancellationToken))
        {
            await output.WriteLineAsync(FigureJson.Write(figure).AsMemory(), cancellationToken);
            await output.FlushAsync(cancellationToken);
        }

        return 0;
    }

    private static List<IScenario> Scenarios() =>
    [
        .. typeof(IScenario).Assembly.GetTypes()
            .Where(static type => type is { IsAbstract: false, IsInterface: false } && type.IsAssignableTo(typeof(IScenario)))
            .Select(static type => (IScenario)Activator.CreateInstance(type, nonPublic: true)!)
            .OrderBy(static scenario => scenario.Name, StringComparer.Ordinal),
    ];

    private static async Task<ScenarioResult> RunInChildAsync(IScenario scenario, bool quick, CancellationToken cancellationToken)
    {
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{DateTime.UtcNow:HH:mm:ss} {scenario.Name} ..."));
        var (machine, at) = (Machine.Here(), DateTime.UtcNow);
        using var child = SelfProcess.Start(["scenario", scenario.Name], environment: (QuickVariable, quick ? "1" : "0"));
        var figures = new List<Figure>();
        try
        {
            while (await child.StandardOutput.ReadLineAsync(cancellationToken) is { } line)
            {
                figures.Add(FigureJson.Read(line));
            }

            await child.WaitForExitAsync(cancellationToken);
        }
        finally
        {
            if (!child.HasExited)
            {
                child.Kill(entireProcessTree: true);
            }
        }

        return new(scenario.Name, scenario.Title, machine, at, figures)
        {
            Failure = child.ExitCode == 0 ? null : $"The scenario ended early (exit code {child.ExitCode}).",
        };
    }
}
