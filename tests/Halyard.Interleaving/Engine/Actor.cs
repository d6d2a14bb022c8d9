namespace Halyard.Interleaving.Engine;

/// <summary>A thread of a scenario, which runs while all others stand still.</summary>
internal sealed class Actor(Schedule run, string name, Action work)
{
    public Schedule Run => run;

    public string Name => name;

    public Action Work => work;

    /// <summary>Released when it is its turn.</summary>
    public SemaphoreSlim Turn { get; } = new(0);

    /// <summary>The lock that it waits for; null for none.</summary>
    public Lock? WaitsFor { get; set; }

    public bool IsDone { get; set; }

    public bool CanRun => !IsDone && WaitsFor is null or { IsFree: true };
}
