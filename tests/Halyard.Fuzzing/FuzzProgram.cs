using System.Globalization;
using SharpFuzz;

namespace Halyard.Fuzzing;

/// <summary>What <c>eng/fuzz</c> runs.</summary>
internal static class FuzzProgram
{
    private const string Usage = """
        Usage: eng/fuzz list
               eng/fuzz TARGET|all [--inputs N] [--minutes N] [--seed S] [--from N] [--artifacts FOLDER]
               eng/fuzz replay TARGET FILE...
               eng/fuzz afl TARGET [MINUTES]
        """;

    public static int Main(string[] arguments)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        switch (arguments)
        {
            case ["list"]:
                foreach (var target in FuzzTargets.All)
                {
                    Console.WriteLine($"{target.Name,-20} {target.Reads}");
                }

                return 0;
            case ["replay", var name, .. var files] when FuzzTargets.Find(name) is { } target && files.Length > 0:
                return Replay(target, files, Console.Out);
            case ["afl", var name]:
                Obey(name);
                return 0;
            case [var name, .. var rest] when FuzzOptions.TryParse(rest, out var options):
                IReadOnlyList<FuzzTarget> chosen = name == "all" ? FuzzTargets.All : FuzzTargets.Find(name) is { } one ? [one] : [];
                return chosen.Count != 0 ? Run(chosen, options, Console.Out) : Refuse($"There is no target '{name}'; eng/fuzz list names them.");
            default:
                return Refuse(Usage);
        }
    }

    /// <summary>Reads inputs from files.</summary>
    /// <returns>The exit code: 1 when one of them shows a fault.</returns>
    internal static int Replay(FuzzTarget target, IReadOnlyList<string> files, TextWriter output)
    {
        var faults = 0;
        foreach (var file in files)
        {
            var finding = FuzzCheck.Run(target, File.ReadAllBytes(file));
            faults += finding is null ? 0 : 1;
            output.WriteLine($"{file}: {(finding is null ? "read without a fault" : $"{finding.Kind}\n{finding.Message}")}");
        }

        return faults == 0 ? 0 : 1;
    }

    /// <summary>Runs targets one after the other and prints the table.</summary>
    /// <returns>The exit code: 1 when a fault was found.</returns>
    internal static int Run(IReadOnlyList<FuzzTarget> targets, FuzzOptions options, TextWriter output)
    {
        var results = new List<FuzzResult>();
        foreach (var target in targets)
        {
            results.Add(new FuzzRun(target, SeedFiles.Of(target), options.Seed, options.Artifacts, output).Run(options.From, options.Inputs, options.Time / targets.Count));
        }

        output.WriteLine();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{"target",-20} {"inputs",12} {"inputs/s",10} {"faults",7}   (seed {options.Seed}, from {options.From})"));
        foreach (var result in results)
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{result.Target,-20} {result.Inputs,12:N0} {result.InputsASecond,10:N0} {result.Kinds.Count,7}"));
        }

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{"all",-20} {results.Sum(result => result.Inputs),12:N0} {"",10} {results.Sum(result => result.Kinds.Count),7}"));
        return results.TrueForAll(result => result.Kinds.Count == 0) ? 0 : 1;
    }

    // AFL++ starts the program, gives it one input after the other, and takes an exception for a crash. Instrumented code may
    // run only inside of that: no target is looked up before.
    private static void Obey(string name) => Fuzzer.OutOfProcess.Run(stream =>
    {
        var target = FuzzTargets.Find(name)!;
        using var input = new MemoryStream();
        stream.CopyTo(input);
        if (FuzzCheck.Run(target, input.GetBuffer().AsSpan(0, (int)input.Length)) is { } finding)
        {
            throw new FuzzFaultException(finding.Kind, finding.Message);
        }
    });

    private static int Refuse(string message)
    {
        Console.Error.WriteLine(message);
        return 2;
    }
}
