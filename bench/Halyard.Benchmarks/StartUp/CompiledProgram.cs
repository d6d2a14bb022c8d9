using System.Diagnostics;

namespace Halyard.Benchmarks.StartUp;

/// <summary>The program <c>bench/Halyard.ColdStart</c>, compiled in one of several ways.</summary>
/// <param name="Way">How, for people.</param>
/// <param name="Command">What starts it.</param>
internal sealed record CompiledProgram(string Way, string[] Command)
{
    private const string Name = "Halyard.ColdStart";

    /// <summary>Publishes it in every way that this machine has the tools for; says of the others why not.</summary>
    public static async Task<List<CompiledProgram>> PublishAsync(CancellationToken cancellationToken)
    {
        var root = Path.GetFullPath(Path.Combine(Payload.Folder, "..", ".."));
        string FolderOf(string way) => Path.Combine(root, "artifacts", "bench", "coldstart", way);

        var programs = new List<CompiledProgram>();
        foreach (var (way, title) in new[] { ("jit", "JIT"), ("r2r", "ReadyToRun"), ("aot", "native AOT") })
        {
            var folder = FolderOf(way);
            if (await RunAsync(["publish", Path.Combine(root, "bench", Name), "-c", "Release", "--nologo", "-v", "quiet", $"-p:ColdStartWay={way}", "-p:RunAnalyzers=false", "-o", folder], cancellationToken))
            {
                programs.Add(new(title, way == "jit" ? ["dotnet", Path.Combine(folder, Name + ".dll")] : [Path.Combine(folder, Name)]));
            }
            else
            {
                Console.Error.WriteLine($"The program cannot be published as {title} here: its rows are left out.");
            }
        }

        if (programs.Exists(static program => program.Way == "ReadyToRun"))
        {
            // What a plain program gets from a package that holds a compiled assembly: that assembly, and nothing else compiled.
            var folder = FolderOf("package");
            Copy(FolderOf("jit"), folder);
            File.Copy(Path.Combine(FolderOf("r2r"), "Halyard.dll"), Path.Combine(folder, "Halyard.dll"), overwrite: true);
            programs.Insert(1, new("JIT, ReadyToRun package", ["dotnet", Path.Combine(folder, Name + ".dll")]));
        }

        return programs;
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)), overwrite: true);
        }
    }

    private static async Task<bool> RunAsync(string[] arguments, CancellationToken cancellationToken)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true })!;
        var output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 0)
        {
            Console.Error.WriteLine(output);
        }

        return process.ExitCode == 0;
    }
}
