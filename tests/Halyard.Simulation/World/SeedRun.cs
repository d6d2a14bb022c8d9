using Halyard.Simulation.Engine;

namespace Halyard.Simulation.World;

/// <summary>Lives through a plan: its steps, the time in which everything must come right again, and the end.</summary>
internal static class SeedRun
{
    /// <summary>A process that was told to end has ended: a store may be written for 5 s, and a slow disk waited for.</summary>
    private static readonly TimeSpan EndTime = TimeSpan.FromSeconds(15);

    /// <summary>
    /// The longest that what passes takes to come right: a silent stream is left after 5 minutes, a request given up after 20 s,
    /// tried again after 30 s, a store looked at every 30 s and waited for as long.
    /// </summary>
    private static readonly TimeSpan Convergence = TimeSpan.FromMinutes(7);

    /// <summary>Until then a chain is back at its first source, which it tries again after 5 good minutes.</summary>
    private static readonly TimeSpan Recovery = TimeSpan.FromMinutes(20);

    /// <summary>What the service refused is tried again after an hour at most, and an order to fall back is over.</summary>
    private static readonly TimeSpan AfterRefusals = TimeSpan.FromMinutes(80);

    /// <summary>A last change is there for everybody: the longest interval of polls, or the time to live of what is read.</summary>
    private static readonly TimeSpan LastChange = TimeSpan.FromSeconds(65);

    public static async Task<SeedResult> OfAsync(Plan plan, TextWriter? output = null)
    {
        using var world = new SimWorld(plan, output);
        InvariantException? failure = null;
        try
        {
            await LiveAsync(world);
        }
        catch (InvariantException e)
        {
            failure = e;
            foreach (var process in world.Processes)
            {
                process?.Kill();
            }
        }

        return new(plan, failure, world.Trace.Hash, world.Steps, world.Trace.Last.ToList());
    }

    private static async Task LiveAsync(SimWorld world)
    {
        new StepRunner(world).Schedule();
        world.Begin();
        await world.RunUntilAsync(world.Plan.End + EndTime);
        Heal(world);
        await world.RunUntilAsync(world.Scheduler.Now + TimeSpan.FromSeconds(60));
        world.CheckEnded();
        await world.RunUntilAsync(world.Scheduler.Now + (world.HadRefusals ? AfterRefusals : Convergence));
        CheckSettled(world);
        if (world.Plan.Clients.Any(static client => client.IsChain))
        {
            await world.RunUntilAsync(world.Scheduler.Now + Recovery);
            CheckSettled(world);
            CheckRecovered(world);
        }

        // What was asked for then is answered before something new comes.
        await world.RunUntilAsync(world.Scheduler.Now + TimeSpan.FromSeconds(5));
        world.Service.Announce(world.History.Publish());
        world.Mirror();
        await world.RunUntilAsync(world.Scheduler.Now + LastChange);
        CheckSettled(world);
        foreach (var process in world.Processes)
        {
            world.End(process);
        }

        await world.RunUntilAsync(world.Scheduler.Now + EndTime);
        world.CheckEnded();
    }

    private static void CheckRecovered(SimWorld world)
    {
        foreach (var process in world.Processes.Where(static process => process.Plan.IsChain))
        {
            var active = process.Client.DataSourceStatus.Current.Active?.Name;
            var wanted = process.Plan.Kind == ClientKind.Chain1 ? "streaming" : "fdv2-streaming";
            process.Expect(active == wanted, "recovery", $"it uses {active} and not {wanted}");
        }
    }

    private static void CheckSettled(SimWorld world)
    {
        foreach (var process in world.Processes)
        {
            process.CheckSettled();
        }
    }

    private static void Heal(SimWorld world)
    {
        world.Trace.Note("everything is well again");
        world.Service.Heal();
        world.Store.Heal();
        foreach (var link in world.Links)
        {
            link.Heal();
        }

        foreach (var disk in world.Disks)
        {
            disk?.Heal();
        }

        if (world.Plan.IsStoreMirrored)
        {
            // What was lost is written again by whoever wrote it.
            world.Mirror();
            world.Store.NoteFault();
        }
    }
}
