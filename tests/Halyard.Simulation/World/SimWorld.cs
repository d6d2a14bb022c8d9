using Halyard.Simulation.Engine;

namespace Halyard.Simulation.World;

/// <summary>One simulated world: a service, a store, disks, links, and the processes whose clients use them.</summary>
internal sealed class SimWorld : IDisposable
{
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(60);

    private readonly List<Link> _links = [];
    private readonly List<SimDisk?> _disks = [];
    private readonly List<SimProcess> _ended = [];
    private readonly SimProcess[] _processes;
    private readonly string _folder;
    private int _starts;

    public SimWorld(Plan plan, TextWriter? output)
    {
        Plan = plan;
        Scheduler = new(SimRandom.Of(plan.Seed, 2));
        Trace = new(Scheduler, output);
        History = new(SimRandom.Of(plan.Seed, 3), plan.Padding);
        Service = new(History, SimRandom.Of(plan.Seed, 4));
        Store = new(Scheduler, SimRandom.Of(plan.Seed, 5), plan.IsTransactional);
        _folder = Path.Combine(Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), $"halyard-simulation-{Environment.ProcessId}");
        _processes = new SimProcess[plan.Clients.Count];
        for (var i = 0; i < plan.Clients.Count; i++)
        {
            _links.Add(new());
            _disks.Add(plan.Clients[i].HasSnapshot ? new(Path.Combine(_folder, $"client-{i}", "snapshot"), Scheduler, SimRandom.Of(plan.Seed, 100 + (ulong)i)) : null);
        }
    }

    public Plan Plan { get; }

    public SimScheduler Scheduler { get; }

    public Trace Trace { get; }

    public History History { get; }

    public Service Service { get; }

    public SimStore Store { get; }

    public IReadOnlyList<Link> Links => _links;

    public IReadOnlyList<SimDisk?> Disks => _disks;

    public IReadOnlyList<SimProcess> Processes => _processes;

    /// <summary>When everything last stood still.</summary>
    public TimeSpan LastSleep { get; set; } = TimeSpan.FromDays(-1);

    /// <summary>Whether the service has said something that is to be believed for long: that a key is wrong, or another protocol to be spoken.</summary>
    public bool HadRefusals { get; set; }

    /// <summary>How many steps were taken.</summary>
    public int Steps { get; private set; }

    /// <summary>Starts every process.</summary>
    public void Begin()
    {
        Mirror();
        for (var i = 0; i < _processes.Length; i++)
        {
            StartProcess(i);
        }

        Beat();
    }

    public void StartProcess(int number)
    {
        var start = ++_starts;
        Trace.Note($"client {number} starts: {Plan.Clients[number]}");
        _processes[number] = new(this, number, Plan.Clients[number], _links[number], _disks[number], SimRandom.Of(Plan.Seed, 1000 + (ulong)start))
        {
            StartedAt = Scheduler.Now,
        };
    }

    /// <summary>Ends a process in order.</summary>
    public void End(SimProcess process)
    {
        _ended.Add(process);
        _ = process.DisposeAsync();
    }

    /// <summary>What the service has now is in the store, where something else than a client fills it.</summary>
    public void Mirror()
    {
        if (Plan.IsStoreMirrored)
        {
            Store.Data.Mirror(History.Head);
        }
    }

    /// <summary>Takes steps until the given time.</summary>
    public async Task RunUntilAsync(TimeSpan time)
    {
        await SettleAsync();
        while (Scheduler.Next(time) is { } what)
        {
            Trace.Note(what.Name);
            what.Run();
            await SettleAsync();
        }
    }

    /// <summary>What must hold of processes that were told to end some time ago.</summary>
    public void CheckEnded()
    {
        foreach (var process in _ended)
        {
            process.CheckEnded();
        }

        _ended.Clear();
    }

    public void Dispose()
    {
        try
        {
            Directory.Delete(_folder, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // No client had a disk.
        }
    }

    private async Task SettleAsync()
    {
        await Stillness.ReachAsync();
        Steps++;
        foreach (var process in _processes)
        {
            process.Check();
        }
    }

    private void Beat()
    {
        Service.Beat();
        Scheduler.After(Heartbeat, "heartbeat", Beat);
    }
}
