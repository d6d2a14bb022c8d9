using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using Halyard.Benchmarks.Suite;

namespace Halyard.Benchmarks.StartUp;

/// <summary>
/// The first start in a fresh process by how the program was compiled, beside an empty program and a bare transfer of the same
/// kind. Publishes them first, where the tools are there. Linux only: it reads <c>/proc</c>.
/// </summary>
internal sealed class WaysScenario : IScenario
{
    private const string Empty = "an empty program";
    private const string Http = "HttpClient, bytes dropped";
    private const string Halyard = "Halyard, FDv1";

    // Milliseconds and megabytes that are wanted, by the number of flags and the way.
    private static readonly Dictionary<(int Flags, string Way), (double Milliseconds, double? Megabytes)> Goals = new()
    {
        [(10_000, "JIT, ReadyToRun package")] = (350, 60),
        [(1, "JIT, ReadyToRun package")] = (180, null),
        [(10_000, "ReadyToRun")] = (350, null),
        [(1, "ReadyToRun")] = (180, null),
        [(10_000, "native AOT")] = (120, null),
        [(1, "native AOT")] = (22, null),
    };

    public string Name => "ways";

    public string Title => "First start in a fresh process, by how the program was compiled";

    public async IAsyncEnumerable<Figure> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var programs = await CompiledProgram.PublishAsync(cancellationToken);
        foreach (var flags in new[] { 1, 10_000 })
        {
            await using var server = await StreamServerProcess.StartAsync(flags, cancellationToken);
            foreach (var program in programs)
            {
                var starts = await StartsAsync(program, server.Address, flags, cancellationToken);
                var work = string.Create(CultureInfo.InvariantCulture, $"{program.Way}, {flags:#,0} {(flags == 1 ? "flag" : "flags")}");
                (double Milliseconds, double? Megabytes)? goal = Goals.TryGetValue((flags, program.Way), out var known) ? known : null;
                foreach (var (what, unit, value, wanted) in new (string, string, Func<ColdStart, double>, double?)[]
                {
                    ("from the process's start", "ms", static start => start.FromProcess, goal?.Milliseconds),
                    ("peak resident memory", "MB", static start => start.PeakMegabytes, goal?.Megabytes),
                })
                {
                    foreach (var (subject, all) in starts)
                    {
                        yield return new($"{work}: {what}", subject, Measure.Median(all.Select(value)), unit)
                        {
                            Reference = subject == Halyard ? Http : null,
                            Goal = subject == Halyard ? wanted : null,
                        };
                    }
                }
            }
        }
    }

    private static async Task<Dictionary<string, List<ColdStart>>> StartsAsync(
        CompiledProgram program, Uri address, int flags, CancellationToken cancellationToken)
    {
        (string Subject, string Argument)[] subjects = [(Empty, "empty"), (Http, "http"), (Halyard, "halyard-fdv1")];
        var starts = subjects.ToDictionary(static subject => subject.Subject, static _ => new List<ColdStart>());
        for (var round = -1; round < Measure.Rounds(10); round++)
        {
            foreach (var (subject, argument) in subjects)
            {
                string[] command = [.. program.Command, argument, address.ToString(), flags.ToString(CultureInfo.InvariantCulture)];
                var start = new ProcessStartInfo(command[0]) { RedirectStandardOutput = true };
                foreach (var part in command.Skip(1))
                {
                    start.ArgumentList.Add(part);
                }

                start.ArgumentList.Add(Stopwatch.GetTimestamp().ToString(CultureInfo.InvariantCulture));
                using var process = Process.Start(start)!;
                var line = await process.StandardOutput.ReadLineAsync(cancellationToken) ?? throw new InvalidOperationException($"'{subject}' did not start.");
                await process.WaitForExitAsync(cancellationToken);
                if (round >= 0)
                {
                    starts[subject].Add(ColdStart.Parse(line));
                }
            }
        }

        return starts;
    }
}
