using Halyard.Simulation.World;

namespace Halyard.Simulation.Checks;

/// <summary>Nothing is held that is not needed: connections, requests, timers.</summary>
internal sealed class GrowthChecker(SimProcess process) : Checker(process)
{
    private const int MostTimers = 24;
    private const int MostConnections = 2;

    // The one write under way, the reads of each key and of all, and a look at the marker.
    private const int MostStoreRequests = 16;

    public override void AfterStep()
    {
        Expect(Process.Time.Timers <= MostTimers, "growth", $"{Process.Time.Timers} timers");
        Expect(
            Process.Handler.Held.Count + Process.Handler.Waiting <= MostConnections,
            "growth",
            $"{Process.Handler.Held.Count} answers are held and {Process.Handler.Waiting} requests wait");
        Expect(Process.Access.Waiting <= MostStoreRequests, "growth", $"{Process.Access.Waiting} requests to the store");
    }
}
