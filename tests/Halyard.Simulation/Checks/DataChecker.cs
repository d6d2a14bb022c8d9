using Halyard.DataInterfaces;
using Halyard.Simulation.World;

namespace Halyard.Simulation.Checks;

/// <summary>
/// What a client holds is a state that its source had: never a mixture, never older than what it held or was told of, and
/// exactly the newest that it has read.
/// </summary>
internal sealed class DataChecker(SimProcess process) : Checker(process)
{
    private DataSnapshot? _seen;

    /// <summary>The state it holds; -1 before the first data.</summary>
    public int Position { get; private set; } = -1;

    /// <summary>The state it held before the last step.</summary>
    public int PositionBefore { get; private set; } = -1;

    /// <summary>What it holds, and held before the last step.</summary>
    public DataSnapshot? Snapshot => _seen;

    public DataSnapshot? SnapshotBefore { get; private set; }

    public override void AfterStep()
    {
        (PositionBefore, SnapshotBefore) = (Position, _seen);
        var now = Process.Client.Store.Snapshot();
        var isSame = ReferenceEquals(now, _seen);
        _seen = now;
        if (Process.Passed.Count == 0 && (isSame || IsStillTheStores))
        {
            return;
        }

        if (Process.Passed.Count == 0 && Position >= 0)
        {
            Expect(MarkOf(now) == World.History.States[Position].Mark, "data", "it changed although nothing had arrived");
            return;
        }

        if (!now.Initialized)
        {
            Expect(Process.Passed.Count == 0, "data", "it has none although some has arrived");
            return;
        }

        Place(MarkOf(now));
        World.Trace.Note($"client {Process.Number} holds {Position}");
    }

    public override void Settled()
    {
        var head = World.History.Head;
        Expect(_seen is { Initialized: true } && MarkOf(_seen) == head.Mark, "convergence", $"it holds {Position} and the service {head.Index}");
    }

    /// <summary>The names of what differs between two snapshots.</summary>
    public static ulong MarkOf(DataSnapshot snapshot)
    {
        var sum = 0UL;
        foreach (var flag in snapshot.AllFlags())
        {
            sum += SimItem.Mark(flag.Kind, flag.Key, SimItem.StampOf(flag));
        }

        foreach (var segment in snapshot.AllSegments())
        {
            sum += SimItem.Mark(segment.Kind, segment.Key, SimItem.StampOf(segment));
        }

        return sum;
    }

    // Before its first data, a client beside a store shows what it has read there.
    private bool IsStillTheStores => Process.Plan.Kind == ClientKind.StoreFirst && Process.Client.System is ILazyDataSystem { FetchesOnDemand: true };

    private void Place(ulong mark)
    {
        var states = World.History.States;
        if (Process.Passed.Count > 0)
        {
            var told = Process.Passed[^1];
            Expect(told >= Position, "simulation", $"the source told of {told} after {Position}");
            Expect(states[told].Mark == mark, "data", $"it has read up to state {told} and holds {Name(mark)} (before: {Position})");
            Position = told;
            return;
        }

        // From the disk: some state there was once.
        for (var i = 0; i < states.Count; i++)
        {
            if (states[i].Mark == mark)
            {
                Position = i;
                return;
            }
        }

        Expect(false, "data", "it loaded a state that there never was");
    }

    private string Name(ulong mark) =>
        World.History.States.LastOrDefault(state => state.Mark == mark) is { } state ? $"state {state.Index}" : "a state that there never was";
}
