using System.Globalization;

namespace Halyard.Simulation;

/// <summary>What the command line asks for.</summary>
/// <param name="From">The first seed.</param>
/// <param name="To">The last seed.</param>
/// <param name="Time">After how long no further seed is begun; null for no limit.</param>
/// <param name="IsTraced">Whether everything is told.</param>
/// <param name="IsTwice">Whether each seed runs twice, to see that it repeats itself.</param>
/// <param name="Only">The steps of the plan that happen; null for all.</param>
/// <param name="MostFailures">After how many failures no further seed is begun.</param>
internal sealed record SimulationOptions(
    ulong From, ulong To, TimeSpan? Time, bool IsTraced, bool IsTwice, IReadOnlyCollection<int>? Only, int MostFailures)
{
    public const string Usage =
        "usage: eng/simulate [--seeds FROM..TO | --seed N [--only N,N,...]] [--hours N | --minutes N] [--twice] [--failures N]";

    public static SimulationOptions Parse(IReadOnlyList<string> args)
    {
        var options = new SimulationOptions(1, 300, null, false, false, null, 10);
        for (var i = 0; i < args.Count; i++)
        {
            string Value() => ++i < args.Count ? args[i] : throw new FormatException($"{args[i - 1]} needs a value");
            options = args[i] switch
            {
                "--seeds" => Range(options, Value()),
                "--seed" when Number(Value()) is var seed => options with { From = seed, To = seed, IsTraced = true },
                "--only" => options with { Only = [.. Value().Split(',', StringSplitOptions.RemoveEmptyEntries).Select(static n => int.Parse(n, CultureInfo.InvariantCulture))] },
                "--hours" => options with { Time = TimeSpan.FromHours(double.Parse(Value(), CultureInfo.InvariantCulture)), To = ulong.MaxValue },
                "--minutes" => options with { Time = TimeSpan.FromMinutes(double.Parse(Value(), CultureInfo.InvariantCulture)), To = ulong.MaxValue },
                "--twice" => options with { IsTwice = true },
                "--failures" => options with { MostFailures = (int)Number(Value()) },
                var other => throw new FormatException($"unknown option '{other}'"),
            };
        }

        return options;
    }

    private static SimulationOptions Range(SimulationOptions options, string range)
    {
        var ends = range.Split("..");
        return ends.Length == 2 ? options with { From = Number(ends[0]), To = Number(ends[1]) } : throw new FormatException("--seeds takes FROM..TO");
    }

    private static ulong Number(string text) => ulong.Parse(text, CultureInfo.InvariantCulture);
}
