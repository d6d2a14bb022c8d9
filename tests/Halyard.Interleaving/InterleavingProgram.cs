using System.Diagnostics;
using System.Globalization;
using Halyard.Interleaving.Engine;
using Halyard.Interleaving.Scenarios;

namespace Halyard.Interleaving;

/// <summary>The program of eng/interleave: goes through the orders in which the threads of each scenario may take turns.</summary>
internal static class InterleavingProgram
{
    private const string Usage = "usage: eng/interleave [--preemptions N] [--schedules N] [--random N] [--seed N] [--only NAME]";

    private static readonly Scenario[] All =
    [
        new("ring", false, RingScenarios.Make),
        new("ring-readers", false, RingScenarios.MakeReaders),
        new("publication", false, StoreScenarios.Publication),
        new("door", false, StoreScenarios.Door),
        new("read-time", false, StoreScenarios.Time),
        new("listener", false, HubScenarios.Handler),
        new("listener-removal", false, HubScenarios.Removal),
        new("flights", false, static () => FlightScenarios.Make(1, isEnded: false)),
        new("flights-gathered", false, static () => FlightScenarios.Make(2, isEnded: false)),
        new("flights-ended", false, static () => FlightScenarios.Make(2, isEnded: true)),
        new("planted-early-turn", true, PlantedScenarios.EarlyTurn),
        new("planted-lost-update", true, PlantedScenarios.LostUpdate),
        new("planted-lost-wake", true, PlantedScenarios.LostWake),
        new("planted-lock-order", true, PlantedScenarios.LockOrder),
        new("planted-late-end", true, PlantedScenarios.LateEnd),
    ];

    public static int Main(string[] args)
    {
        var (preemptions, most, random, seed, only) = (2, 100_000L, 0L, 1UL, (string?)null);
        try
        {
            for (var i = 0; i < args.Length; i++)
            {
                string Value() => ++i < args.Length ? args[i] : throw new FormatException($"{args[i - 1]} needs a value");
                switch (args[i])
                {
                    case "--preemptions":
                        preemptions = int.Parse(Value(), CultureInfo.InvariantCulture);
                        break;
                    case "--schedules":
                        most = long.Parse(Value(), CultureInfo.InvariantCulture);
                        break;
                    case "--random":
                        random = long.Parse(Value(), CultureInfo.InvariantCulture);
                        break;
                    case "--seed":
                        seed = ulong.Parse(Value(), CultureInfo.InvariantCulture);
                        break;
                    case "--only":
                        only = Value();
                        break;
                    default:
                        throw new FormatException($"unknown option '{args[i]}'");
                }
            }
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            Console.Error.WriteLine($"error: {e.Message}\n{Usage}");
            return 2;
        }

        var isGood = true;
        var total = 0L;
        foreach (var scenario in All.Where(scenario => only is null || scenario.Name == only))
        {
            var watch = Stopwatch.StartNew();
            var (schedules, isWhole, failure) = Explore(scenario, preemptions, most);
            var walks = 0L;
            while (failure is null && walks < random)
            {
                failure = Once(scenario, new RandomWalk(seed + (ulong)walks++), () => $"--only {scenario.Name} --schedules 0 --random 1 --seed {seed + (ulong)walks - 1}");
            }

            total += schedules + walks;
            isGood &= failure is null != scenario.IsPlanted;
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{scenario.Name,-20} {schedules,8} schedules{(isWhole ? ", all of them" : "")}, {walks} by chance, {watch.Elapsed.TotalSeconds:F1} s: {(failure is null ? scenario.IsPlanted ? "NOT FOUND" : "held" : scenario.IsPlanted ? $"found: {failure.Split('\n')[0]}" : "FAILED " + failure)}"));
        }

        Console.WriteLine($"{total} schedules, up to {preemptions} turns taken away: {(isGood ? "all as it should be" : "NOT as it should be")}");
        return isGood ? 0 : 1;
    }

    private static (long Schedules, bool IsWhole, string? Failure) Explore(Scenario scenario, int preemptions, long most)
    {
        var exploration = new Exploration(preemptions);
        var schedules = 0L;
        while (schedules < most)
        {
            schedules++;
            if (Once(scenario, exploration, () => $"schedule {schedules}") is { } failure)
            {
                return (schedules, false, failure);
            }

            if (!exploration.Next())
            {
                return (schedules, true, null);
            }
        }

        return (schedules, false, null);
    }

    private static string? Once(Scenario scenario, IChooser chooser, Func<string> again)
    {
        var run = scenario.Make();
        var (failure, trace) = Schedule.Run(chooser, run.Threads);
        if (failure is null)
        {
            try
            {
                run.Check();
            }
            catch (InterleavingException e)
            {
                failure = e;
            }
        }

        return failure is null ? null : $"{(failure is InterleavingException ? failure.Message : failure.ToString())} ({again()})\n  {string.Join("\n  ", trace)}";
    }
}
