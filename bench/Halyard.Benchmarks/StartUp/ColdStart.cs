using System.Diagnostics;
using System.Globalization;
using Halyard.Benchmarks.Peers;
using Halyard.Benchmarks.Suite;

namespace Halyard.Benchmarks.StartUp;

/// <summary>The first start in a process, told by that process itself.</summary>
/// <param name="FromProcess">Milliseconds from before the process was started until flags could be read.</param>
/// <param name="FromCall">Milliseconds from the call that starts the client.</param>
/// <param name="PeakMegabytes">The most memory that was resident.</param>
internal sealed record ColdStart(double FromProcess, double FromCall, double PeakMegabytes)
{
    public const string Empty = "an empty process";

    /// <summary>Halyard with 1,000 flags from text, without a connection.</summary>
    public const string OfText = "Halyard, flags from text";

    /// <summary>The child's part.</summary>
    /// <param name="subject">Who starts.</param>
    /// <param name="address">The service's address.</param>
    /// <param name="processStarted">The parent's clock before it started this process; one clock serves the machine.</param>
    public static async Task RunAsync(string subject, Uri address, long processStarted)
    {
        var called = Stopwatch.GetTimestamp();
        object? started = subject switch
        {
            Subjects.Older => await Subjects.ClientAsync(address, ProtocolVersion.Fdv1, 10_000),
            Subjects.Newer => await Subjects.ClientAsync(address, ProtocolVersion.Fdv2, 10_000),
            Subjects.Naive => await Subjects.NaiveAsync(address),
            OfText => await PeersScenario.StartHalyardAsync(),
            FeatureManagementPeer.Name => PeersScenario.StartPeer(),
            _ => null,
        };
        var now = Stopwatch.GetTimestamp();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{Stopwatch.GetElapsedTime(processStarted, now).TotalMilliseconds} {Stopwatch.GetElapsedTime(called, now).TotalMilliseconds} {ProcessStatus.Kilobytes("VmHWM") / 1e3}"));
        GC.KeepAlive(started);
    }

    /// <summary>Starts a process for the subject and waits for what it tells.</summary>
    public static async Task<ColdStart> MeasureAsync(string subject, Uri address, CancellationToken cancellationToken)
    {
        using var process = SelfProcess.Start(
            ["cold-start", subject, address.ToString(), Stopwatch.GetTimestamp().ToString(CultureInfo.InvariantCulture)]);
        var line = await process.StandardOutput.ReadLineAsync(cancellationToken) ?? throw new InvalidOperationException($"'{subject}' did not start.");
        await process.WaitForExitAsync(cancellationToken);
        return Parse(line);
    }

    /// <summary>Reads what a process told.</summary>
    public static ColdStart Parse(string line)
    {
        var parts = Array.ConvertAll(line.Split(' '), static part => double.Parse(part, CultureInfo.InvariantCulture));
        return new(parts[0], parts[1], parts[2]);
    }
}
