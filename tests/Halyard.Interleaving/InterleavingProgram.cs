using System.Diagnostics;
using System.Globalization;
using Halyard.Interleaving.Engine;
using Halyard.Interleaving.Scenarios;

namespace Halyard.Interleaving;

/// <summary>The program of eng/interleave: goes through the orders in which the threads of each scenario may take turns.</summary>
internal static class InterleavingProgram
{
    private const string Usage = "usage: eng/interleave [--preemptions N] [--schedules N] [--random N] [--seed N] [--only NAME]";

    // Threads that take steps have more orders than this, with two turns taken away. A part of the product that moved to a file
    // which is not compiled here takes none, and would hold without having been looked at.
    private const long FewestOrders = 100;

    private static readonly Scenario[] All =
    [
        new("ring", false, RingScenarios.Make),
        new("ring-readers", false, RingScenarios.MakeReaders),
        new("ring-growth", false, RingScenarios.MakeGrowth),
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
        new("planted-hang", true, PlantedScenarios.Hang, Hangs: true),
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

            if (only is not null && !All.Any(scenario => scenario.Name == only))
            {
                throw new FormatException($"there is no scenario '{only}'");
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
            var schedules = 0L;
            var outcome = "";
            try
            {
                var failure = Explore(scenario, preemptions, most, random, seed, ref schedules, ref outcome);
                isGood &= failure is null != scenario.IsPlanted && !scenario.Hangs;
                outcome += ": " + (failure, scenario.IsPlanted) switch
                {
                    (null, false) => "held",
                    (null, true) => "NOT FOUND",
                    ({ } found, true) => $"found: {found.Split('\n')[0]}",
                    ({ } fault, false) => $"FAILED {fault}",
                };
            }
            catch (TimeoutException e)
            {
                isGood &= scenario.Hangs;
                outcome += $": {(scenario.Hangs ? "found:" : "HUNG")} {e.Message}";
            }

            total += schedules;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{scenario.Name,-20} {schedules,8} schedules in {watch.Elapsed.TotalSeconds:F1} s{outcome}"));
        }

        Console.WriteLine($"{total} schedules, up to {preemptions} turns taken away: {(isGood ? "all as it should be" : "NOT as it should be")}");
        return isGood ? 0 : 1;
    }

    // What went wrong in one of them; null when nothing did. How far it came is in the last two.
    private static string? Explore(Scenario scenario, int preemptions, long most, long random, ulong seed, ref long schedules, ref string outcome)
    {
        var exploration = new Exploration(preemptions);
        while (schedules < most)
        {
            var number = ++schedules;
            if (Once(scenario, exploration, () => $"schedule {number}") is { } failure)
            {
                return failure;
            }

            if (!exploration.Next())
            {
                outcome = $", the first {schedules} all there are";
                if (schedules < FewestOrders && preemptions > 1 && !scenario.IsPlanted)
                {
                    return $"only {schedules} orders: what it runs takes no steps that the schedule sees";
                }

                break;
            }
        }

        for (var i = 0UL; i < (ulong)random; i++)
        {
            schedules++;
            var walk = seed + i;
            if (Once(scenario, new RandomWalk(walk), () => $"--only {scenario.Name} --schedules 0 --random 1 --seed {walk}") is { } failure)
            {
                return failure;
            }
        }

        return null;
    }

    private static string? Once(Scenario scenario, IChooser chooser, Func<string> again)
    {
        var run = scenario.Make();
        var (failure, trace) = Schedule.Run(chooser, run.Threads, run.Limit);
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
