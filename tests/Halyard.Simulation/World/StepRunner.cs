using Halyard.Simulation.Engine;

namespace Halyard.Simulation.World;

/// <summary>Has the steps of a plan happen.</summary>
internal sealed class StepRunner(SimWorld world)
{
    private static readonly int[] Statuses = [500, 503, 502, 429, 400, 401, 403, 404, 408];

    public void Schedule()
    {
        foreach (var step in world.Plan.Steps)
        {
            world.Scheduler.At(step.At, step.Kind.ToString(), () => Run(step));
        }
    }

    private void Run(PlanStep step)
    {
        var random = new SimRandom(step.Choice);
        var link = world.Links[step.Client];
        var disk = world.Disks[step.Client];
        switch (step.Kind)
        {
            case StepKind.Publish:
                world.Service.Announce(world.History.Publish());
                world.Mirror();
                break;
            case StepKind.Read:
                world.Processes[step.Client].Read(random);
                break;
            case StepKind.ServiceRestart:
                world.Service.Restart();
                break;
            case StepKind.ServiceForgets:
                Change(world.History.Forget);
                break;
            case StepKind.ServiceGoesBack:
                Change(world.History.GoBack);
                break;
            case StepKind.ServiceReset:
                Change(world.History.Reset);
                break;
            case StepKind.ServiceFault:
                FailService(step, random);
                break;
            case StepKind.LinkRefuses:
                link.Refuses = true;
                Later(step, () => link.Refuses = false);
                break;
            case StepKind.LinkSwallows:
                link.Swallows = true;
                Later(step, () => link.Swallows = false);
                break;
            case StepKind.LinkFlaky:
                link.Flakiness = 0.05 + (0.4 * random.Share());
                Later(step, () => link.Flakiness = 0);
                break;
            case StepKind.LinkSlow:
                (link.LeastDelay, link.MostDelay) = (TimeSpan.FromMilliseconds(50), random.Seconds(0.1, 8));
                Later(step, () => (link.LeastDelay, link.MostDelay) = (TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(30)));
                break;
            case StepKind.LinkCut:
                world.Processes[step.Client].Handler.CutAll(() => random.Pick(ConnectionEnd.Close, ConnectionEnd.Reset, ConnectionEnd.Silence));
                break;
            case StepKind.StoreFault:
                FailStore(step, random);
                break;
            case StepKind.StoreWipe:
                world.Store.Data.Wipe();
                world.Store.NoteFault();
                break;
            case StepKind.StorePartLost:
                world.Store.Data.LosePart(random);
                world.Store.NoteFault();
                break;
            case StepKind.DiskFull when disk is not null:
                disk.Room = random.Below(3000);
                Later(step, () => disk.Room = null);
                break;
            case StepKind.DiskSlow when disk is not null:
                disk.IsSlow = true;
                Later(step, () => disk.IsSlow = false);
                break;
            case StepKind.Kill:
                KillProcess(step, disk, random);
                break;
            case StepKind.Restart when world.Processes[step.Client].IsRunning:
                world.End(world.Processes[step.Client]);
                world.Scheduler.After(random.Seconds(20, 40), "start", () => world.StartProcess(step.Client));
                break;
            case StepKind.Sleep:
                world.LastSleep = world.Scheduler.Now + step.Lasts;
                world.Scheduler.Sleep(step.Lasts);

                // Time limits that ran out meanwhile end requests that the store would have answered.
                world.Store.NoteFault();
                break;
            case StepKind.WallJump:
                world.Processes[step.Client].Time.WallError += random.Seconds(-100, 100);
                break;
            default:
                break;
        }
    }

    private void Change(Action change)
    {
        change();
        world.Service.Restart();
        world.Mirror();
    }

    private void FailService(PlanStep step, SimRandom random)
    {
        var kind = (ServiceFaultKind)random.Below(8);
        var fault = new ServiceFault(kind, kind == ServiceFaultKind.Fallback ? 30 + random.Below(600) : Statuses[random.Below(Statuses.Length)]);
        world.Trace.Note(fault.ToString());
        world.HadRefusals |= kind is ServiceFaultKind.Fallback || (kind is ServiceFaultKind.Status && fault.Number is 401 or 403 or 404);
        world.Service.Begin(fault);
        Later(step, () => world.Service.End(fault));
    }

    private void FailStore(PlanStep step, SimRandom random)
    {
        var fault = random.Pick(StoreFault.Down, StoreFault.Hangs, StoreFault.Slow, StoreFault.Flaky, StoreFault.Demoted);
        world.Trace.Note(fault.ToString());
        world.Store.Begin(fault);
        Later(step, () => world.Store.End(fault));
    }

    private void KillProcess(PlanStep step, SimDisk? disk, SimRandom random)
    {
        var process = world.Processes[step.Client];
        if (!process.IsRunning)
        {
            return;
        }

        process.Kill();
        if (disk is not null)
        {
            world.Trace.Note(disk.Crash());
        }

        world.Scheduler.After(random.Seconds(0.1, 5), "start", () => world.StartProcess(step.Client));
    }

    private void Later(PlanStep step, Action end) => world.Scheduler.After(step.Lasts, $"end of {step.Kind}", end);
}
