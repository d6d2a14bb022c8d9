using Halyard.Model;
using Halyard.Simulation.World;

namespace Halyard.Simulation.Checks;

/// <summary>Listeners are told of every flag that may evaluate differently, once it does, and of no other.</summary>
internal sealed class ListenerChecker(SimProcess process, DataChecker data) : Checker(process)
{
    public override void AfterStep()
    {
        if (data.Snapshot is not { } after || (Process.Passed.Count == 0 && Process.Changed.Count == 0))
        {
            return;
        }

        var before = data.PositionBefore < 0 ? null : data.SnapshotBefore;
        var told = Process.Changed.ToHashSet();
        foreach (var key in SimProcess.Keys)
        {
            var touched = Touches(key, before, after, []);
            Expect(!touched || told.Contains(key), "listeners", $"nobody was told that {key} changed from {data.PositionBefore} to {data.Position}");
            Expect(touched || !told.Contains(key) || MayTouchBetween(key), "listeners", $"{key} was announced between {data.PositionBefore} and {data.Position}, which did not change");
        }
    }

    // A step may bring several changes, of which the later may undo the earlier.
    private bool MayTouchBetween(string key) => data.Position - data.PositionBefore > 1 && key.Length > 0;

    private static bool Touches(string key, DataSnapshot? before, DataSnapshot after, HashSet<string> seen)
    {
        if (!seen.Add("/flags/" + key))
        {
            return false;
        }

        var (old, now) = (before?.GetFlag(key), after.GetFlag(key));
        return Stamp(old) != Stamp(now) || References(old?.Item, before, after, seen) || References(now?.Item, before, after, seen);
    }

    private static bool TouchesSegment(string key, DataSnapshot? before, DataSnapshot after, HashSet<string> seen)
    {
        if (!seen.Add("/segments/" + key))
        {
            return false;
        }

        var (old, now) = (before?.GetSegment(key), after.GetSegment(key));
        return Stamp(old) != Stamp(now) || Segments(old?.Item, before, after, seen) || Segments(now?.Item, before, after, seen);
    }

    private static bool References(Flag? flag, DataSnapshot? before, DataSnapshot after, HashSet<string> seen) =>
        flag is not null
        && (flag.Prerequisites.Any(wanted => Touches(wanted.Key, before, after, seen))
            || flag.Rules.Any(rule => rule.Clauses.Any(clause => clause.Values.Any(value => TouchesSegment(value.AsString!, before, after, seen)))));

    private static bool Segments(Segment? segment, DataSnapshot? before, DataSnapshot after, HashSet<string> seen) =>
        segment is not null && segment.Rules.Any(rule => rule.Clauses.Any(clause => clause.Values.Any(value => TouchesSegment(value.AsString!, before, after, seen))));

    private static string? Stamp(ItemDescriptor? item) => item is null ? null : SimItem.StampOf(item);
}
