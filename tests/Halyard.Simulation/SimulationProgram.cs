using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using Halyard.Model;
using Halyard.Simulation.Engine;
using Halyard.Simulation.World;

namespace Halyard.Simulation;

/// <summary>The program of eng/simulate: runs seeds, and shrinks those that fail.</summary>
internal static class SimulationProgram
{
    private const int Good = 0;
    private const int Failed = 1;
    private const int WrongUsage = 2;

    public static int Main(string[] args)
    {
        SimulationOptions options;
        try
        {
            options = SimulationOptions.Parse(args);
        }
        catch (FormatException e)
        {
            Console.Error.WriteLine($"error: {e.Message}");
            Console.Error.WriteLine(SimulationOptions.Usage);
            return WrongUsage;
        }

        if (!Stillness.IsPossible)
        {
            Console.Error.WriteLine("error: the pool must have one thread (Halyard.Simulation.runtimeconfig.json says so)");
            return WrongUsage;
        }

        // Where items lie in a map, and so in which order they are written, is decided by a secret of the process.
        Unsafe.AsRef(in KeyHash.Secret0) = 0x1234_5678_9ABC_DEF1;
        Unsafe.AsRef(in KeyHash.Secret1) = 0x0FED_CBA9_8765_4321;
        return Task.Run(() => RunAsync(options)).GetAwaiter().GetResult();
    }

    private static async Task<int> RunAsync(SimulationOptions options)
    {
        var watch = Stopwatch.StartNew();
        var (seeds, steps, failures, deviations, hash) = (0L, 0L, 0, 0L, 0UL);
        for (var seed = options.From; seed <= options.To && (options.Time is not { } time || watch.Elapsed < time); seed++)
        {
            using var alarm = new SeedAlarm(seed);
            var plan = Plan.Of(seed);
            plan = options.Only is { } only ? Shrinker.Only(plan, only) : plan;
            if (options.IsTraced)
            {
                Describe(plan);
            }

            var result = await SeedRun.OfAsync(plan, options.IsTraced ? Console.Out : null);
            seeds++;
            steps += result.Steps;
            hash = (hash * 31) + result.Hash;
            if (options.IsTwice && (await SeedRun.OfAsync(plan)).Hash != result.Hash)
            {
                deviations++;
                Console.WriteLine($"seed {seed}: a second run did something else");
            }

            if (result.Failure is not null)
            {
                await TellAsync(result, shrinks: options.Only is null);
                if (++failures >= options.MostFailures)
                {
                    break;
                }
            }

            if (seed == ulong.MaxValue)
            {
                break;
            }
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{seeds} seeds from {options.From}, {steps} steps in {watch.Elapsed.TotalSeconds:F1} s: {failures} failed, {(options.IsTwice ? $"{deviations} did not repeat themselves" : "each run once")}; trace {hash:x16}"));
        return failures + deviations > 0 ? Failed : Good;
    }

    private static void Describe(Plan plan)
    {
        foreach (var client in plan.Clients)
        {
            Console.WriteLine(client);
        }

        foreach (var step in plan.Steps)
        {
            Console.WriteLine(step);
        }
    }

    private static async Task TellAsync(SeedResult result, bool shrinks)
    {
        Console.WriteLine($"seed {result.Plan.Seed} FAILED {result.Failure!.Message}");
        if (!shrinks)
        {
            return;
        }

        var small = await Shrinker.ShrinkAsync(result);
        Console.WriteLine($"  shrunk from {result.Plan.Steps.Count} to {small.Plan.Steps.Count} steps: {small.Failure!.Message}");
        Console.WriteLine($"  again: eng/simulate --seed {result.Plan.Seed} --only {string.Join(',', small.Plan.Steps.Select(static step => step.Number))},");
    }
}
