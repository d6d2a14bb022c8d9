using System.Diagnostics;

namespace Halyard.Benchmarks.Suite;

/// <summary>This program once more, in a process of its own.</summary>
internal static class SelfProcess
{
    /// <summary>Starts it with other arguments; its standard output is to be read, its errors go where ours go.</summary>
    /// <param name="arguments">The arguments.</param>
    /// <param name="standardInput">Whether its input is a pipe of ours.</param>
    /// <param name="environment">Variables to set.</param>
    public static Process Start(IEnumerable<string> arguments, bool standardInput = false, params ReadOnlySpan<(string Name, string Value)> environment)
    {
        var dll = typeof(SelfProcess).Assembly.Location;
        var start = new ProcessStartInfo("dotnet", [dll, .. arguments]) { RedirectStandardOutput = true, RedirectStandardInput = standardInput };
        if (Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet")
        {
            start.FileName = path;
        }

        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start) ?? throw new InvalidOperationException("The process did not start.");
    }
}
