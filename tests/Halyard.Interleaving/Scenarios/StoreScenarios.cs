using System.Text;
using Halyard.DataComponents;
using Halyard.Model;

namespace Halyard.Interleaving.Scenarios;

/// <summary>The memory and its door: what is published, and what the end lets through.</summary>
internal static class StoreScenarios
{
    /// <summary>A change of two items is visible at once, and no write is lost.</summary>
    public static Run Publication()
    {
        var store = new MemoryStore();
        var torn = 0;
        void Read()
        {
            for (var i = 0; i < 3; i++)
            {
                Engine.Schedule.Point("read");
                var snapshot = store.Snapshot;
                torn += snapshot.GetFlag("a")?.Version == snapshot.GetFlag("b")?.Version ? 0 : 1;
            }
        }

        return new(
            [
                ("writer", () => store.Apply(Pair(1))),
                ("writer", () => store.Apply(Pair(2))),
                ("writer", () => store.Upsert(DataKind.Flag, "c", Item("c", 1))),
                ("reader", Read),
            ],
            () =>
            {
                Run.Require(torn == 0, "half of a change was seen");
                Run.Require(store.Snapshot.GetFlag("c") is not null && store.Snapshot.GetFlag("a") is not null, "a write was lost");
                Run.Require(store.Snapshot.GetFlag("a")!.Version == store.Snapshot.GetFlag("b")!.Version, "half of a change is left");
            });
    }

    /// <summary>Of several writers the newest version stays, and nothing is written once the door is shut.</summary>
    public static Run Door()
    {
        var store = new MemoryStore();
        var door = new ChangeNotifier(store, store, new FlagChanges());
        DataSnapshot? closed = null;
        var stored = new List<long>();
        void Write(int version)
        {
            if (door.Upsert(DataKind.Flag, "a", Item("a", version)))
            {
                stored.Add(version);
            }
        }

        return new(
            [
                ("source", () => { Write(1); Write(3); }),
                ("source", () => { Write(2); Write(4); }),
                ("end", () => { door.Close(); closed = store.Snapshot; }),
            ],
            () =>
            {
                Run.Require(ReferenceEquals(closed, store.Snapshot), "something was written after the end");
                Run.Require((store.Snapshot.GetFlag("a")?.Version ?? 0) == stored.DefaultIfEmpty(0).Max(), "a version went back");
            });
    }

    /// <summary>The time of each read is later than all before, where it has to be.</summary>
    public static Run Time()
    {
        var tracker = new ExpirationTracker(new StoppedTime(), TimeSpan.Zero, 0, static () => 0);
        var times = new List<long>();
        void Read()
        {
            for (var i = 0; i < 2; i++)
            {
                times.Add(tracker.Now);
            }
        }

        return new([("reader", Read), ("reader", Read), ("reader", Read)], () => Run.Require(times.Distinct().Count() == 6, $"one time twice: {string.Join(' ', times)}"));
    }

    private static ChangeSet Pair(int version) => new(ChangeSetKind.Partial, [Item("a", version), Item("b", version)], Selector.Empty);

    private static ItemDescriptor Item(string key, int version) =>
        ItemDescriptor.FromJson(DataKind.Flag, key, Encoding.UTF8.GetBytes($"{{\"key\":\"{key}\",\"version\":{version},\"on\":false,\"variations\":[true]}}"));

    private sealed class StoppedTime : TimeProvider
    {
        public override long GetTimestamp() => 1;
    }
}
