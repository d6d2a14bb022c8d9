namespace Halyard.Simulation.Engine;

/// <summary>Something that is going to happen.</summary>
internal sealed class SimEvent(string name, Action action)
{
    public string Name => name;

    public bool IsCancelled { get; private set; }

    public void Cancel() => IsCancelled = true;

    public void Run() => action();
}
