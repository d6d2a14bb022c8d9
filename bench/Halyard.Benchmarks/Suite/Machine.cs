using System.Globalization;
using System.Runtime.InteropServices;

namespace Halyard.Benchmarks.Suite;

/// <summary>Where figures were taken.</summary>
/// <param name="Description">Processor, cores, memory, system and runtime.</param>
/// <param name="Commit">The checkout's commit, with a mark when it had changes.</param>
/// <param name="Load">How many other programs wanted the processor when the scenario began (the load average of a minute).</param>
internal sealed record Machine(string Description, string Commit, double? Load)
{
    public static Machine Here() => new(
        $"{Processor()}, {Environment.ProcessorCount} cores, {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1e9:0} GB, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}",
        Environment.GetEnvironmentVariable("HALYARD_BENCH_COMMIT") is { Length: > 0 } commit ? commit : "unknown",
        LoadNow());

    private static string Processor()
    {
        const string name = "model name";
        return File.Exists("/proc/cpuinfo") && File.ReadLines("/proc/cpuinfo").FirstOrDefault(static line => line.StartsWith(name, StringComparison.Ordinal)) is { } line
            ? line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim()
            : RuntimeInformation.ProcessArchitecture.ToString();
    }

    private static double? LoadNow() =>
        File.Exists("/proc/loadavg") ? double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture) : null;
}
