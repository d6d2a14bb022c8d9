using Halyard.DataComponents.Listeners;

namespace Halyard.Interleaving.Scenarios;

/// <summary>The queues of listeners.</summary>
internal static class HubScenarios
{
    /// <summary>A handler hears everything, in order, one at a time, whenever it falls asleep; also what waits at the end.</summary>
    public static Run Handler()
    {
        var hub = new ListenerHub<int>("scenario", static () => new NewestOnly<int>(), limit: 8);
        var heard = new List<int>();
        var inside = 0;
        hub.Add(value =>
        {
            Run.Require(++inside == 1, "called twice at once");
            Engine.Schedule.Point("handler");
            heard.Add(value);
            inside--;
        });
        return new(
            [
                ("publisher", () => { hub.Publish(1); hub.Publish(2); hub.Publish(3); Engine.Schedule.Point("end"); hub.Complete(); }),
                ("other", () => hub.Add(static _ => { })),
            ],
            () => Run.Require(heard.SequenceEqual([1, 2, 3]), $"heard {string.Join(' ', heard)}"));
    }

    /// <summary>A handler that is removed while events come hears the first ones and no others, and its neighbour all, or the newest of those that had to wait.</summary>
    public static Run Removal()
    {
        var hub = new ListenerHub<int>("scenario", static () => new NewestOnly<int>(), limit: 1);
        var (kept, removed) = (new List<int>(), new List<int>());
        void Hear(int value) => removed.Add(value);
        hub.Add(kept.Add);
        hub.Add(Hear);
        return new(
            [
                ("publisher", () => { hub.Publish(1); hub.Publish(2); hub.Complete(); }),
                ("remover", () => hub.Remove(Hear)),
            ],
            () =>
            {
                Run.Require(removed.SequenceEqual(removed.Order()) && removed.Count <= 2, $"the removed one heard {string.Join(' ', removed)}");
                Run.Require(kept.SequenceEqual([1, 2]) || kept.SequenceEqual([2]), $"the other heard {string.Join(' ', kept)}");
                Run.Require(!hub.HasListeners, "somebody is left after the end");
            });
    }
}
