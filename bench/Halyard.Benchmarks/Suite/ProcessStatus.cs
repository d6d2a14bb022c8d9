using System.Globalization;

namespace Halyard.Benchmarks.Suite;

/// <summary>What the system tells of this process. Linux alone has it.</summary>
internal static class ProcessStatus
{
    /// <summary>A line of <c>/proc/self/status</c>, in units of 1,000 bytes: <c>VmRSS</c> is resident now, <c>VmHWM</c> was at most.</summary>
    public static double Kilobytes(string name)
    {
        var line = File.ReadLines("/proc/self/status").First(line => line.StartsWith(name + ":", StringComparison.Ordinal));
        return double.Parse(line[(name.Length + 1)..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture) * 1024 / 1e3;
    }
}
