using Halyard.Simulation.Checks;
using Halyard.Simulation.Engine;

namespace Halyard.Simulation.World;

/// <summary>One run of a process with a client in it, from its start to its end or its death.</summary>
internal sealed class SimProcess
{
    public static readonly string[] Keys = ["f0", "f1", "f2", "f3", "f4", "f5"];

    private readonly List<string> _changed = [];
    private readonly List<string> _enumerated = [];
    private readonly List<int> _passed = [];
    private readonly Task _enumeration;
    private Task? _disposal;

    public SimProcess(SimWorld world, int number, ClientPlan plan, Link link, SimDisk? disk, SimRandom random)
    {
        World = world;
        Number = number;
        Plan = plan;
        Link = link;
        Time = new(world.Scheduler, random);
        Handler = new(link, world.Service, world.Scheduler, random, mark => _passed.Add(mark.State));
        Access = new(world.Store, Time);
        disk?.Mount(Time);
        Client = Client.Create(ProcessOptions.Of(this, disk, random));
        Client.FlagChanges.Changed += change => _changed.AddRange(change.Keys);
        Client.DataSourceStatus.Changed += status => HeardState = status.State;
        _enumeration = EnumerateAsync();
        Checks = Checker.Of(this);
        Start = Client.StartAsync();
        _ = Start.Exception;
    }

    public SimWorld World { get; }

    public int Number { get; }

    public ClientPlan Plan { get; }

    public Link Link { get; }

    public ProcessTime Time { get; }

    public SimHandler Handler { get; }

    public StoreAccess Access { get; }

    public Client Client { get; }

    public Task Start { get; }

    public TimeSpan StartedAt { get; init; }

    /// <summary>The keys announced since the last step.</summary>
    public IReadOnlyList<string> Changed => _changed;

    /// <summary>The states that the process has read up to since the last step.</summary>
    public IReadOnlyList<int> Passed => _passed;

    /// <summary>The state of the source that the listener of the status heard last.</summary>
    public DataSourceState? HeardState { get; private set; }

    /// <summary>Whether it is there and was not told to end.</summary>
    public bool IsRunning => Time.IsAlive && _disposal is null;

    private IReadOnlyList<Checker> Checks { get; }

    /// <summary>Checks what must hold after each step.</summary>
    public void Check()
    {
        if (IsRunning)
        {
            foreach (var check in Checks)
            {
                check.AfterStep();
            }

            Expect(_changed.SequenceEqual(_enumerated), "listeners", $"the handler heard of {string.Join('+', _changed)}, and the enumeration of {string.Join('+', _enumerated)}");
        }

        _changed.Clear();
        _enumerated.Clear();
        _passed.Clear();
    }

    /// <summary>Checks what must hold once nothing has been wrong for long enough.</summary>
    public void CheckSettled()
    {
        foreach (var check in Checks)
        {
            check.Settled();
        }
    }

    /// <summary>The process is gone, without a word to anybody.</summary>
    public void Kill()
    {
        Time.Kill();
        foreach (var connection in Handler.Held.ToList())
        {
            connection.Release();
        }
    }

    /// <summary>The client ends in order.</summary>
    public Task DisposeAsync() => _disposal ??= Client.DisposeAsync().AsTask();

    /// <summary>Reads as an application does.</summary>
    public void Read(SimRandom random)
    {
        foreach (var check in Checks)
        {
            check.Read(Keys[random.Below(Keys.Length)], isAll: random.Chance(0.2));
        }
    }

    /// <summary>What must hold of a client that has ended.</summary>
    public void CheckEnded()
    {
        Expect(_disposal!.IsCompletedSuccessfully, "end", "the disposal has not ended");
        Expect(Client.DataSourceStatus.Current.State == DataSourceState.Off, "end", "the status is not Off");
        Expect(_enumeration.IsCompletedSuccessfully, "end", "the enumeration of changes has not ended");
        Expect(Time.Timers == 0, "end", $"{Time.Timers} timers are left");
        Expect(Handler.Held.Count == 0 && Handler.Waiting == 0, "end", $"{Handler.Held.Count} answers and {Handler.Waiting} requests are left");
        Expect(!Plan.IsPushed || Handler.IsDisposed, "end", "the HTTP handler was not disposed");
        Expect(Access is { Open: 0, Waiting: 0 }, "end", $"{Access.Open} ways to the store and {Access.Waiting} requests are left");
    }

    public void Expect(bool holds, string invariant, string message)
    {
        if (!holds)
        {
            throw new InvariantException(invariant, $"client {Number} ({Plan.Kind}): {message}");
        }
    }

    private async Task EnumerateAsync()
    {
        await foreach (var change in Client.FlagChanges)
        {
            _enumerated.AddRange(change.Keys);
        }
    }
}
