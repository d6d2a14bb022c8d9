using CsCheck;
using Halyard.DataComponents;
using Halyard.Model;

namespace Halyard.Tests;

public sealed class DependencyTrackerTests
{
    private const int Keys = 8;

    // An item: its kind, its key, whether it is deleted, and what it refers to (negative: flags, otherwise segments).
    private static readonly Gen<ItemDescriptor> Item = Gen.Select(
        Gen.Bool, Gen.Int[0, Keys - 1], Gen.Int[0, 4], Gen.Int[-Keys, Keys - 1].Array[0, 4]).Select((isFlag, key, deleted, references) =>
    {
        var segments = references.Where(r => r >= 0).Select(r => $"s{r}").ToArray();
        return (ItemDescriptor)((isFlag, deleted) switch
        {
            (true, 0) => Items.NoFlag($"f{key}"),
            (false, 0) => Items.NoSegment($"s{key}"),
            (true, _) => Items.Flag($"f{key}", 1, [.. references.Where(r => r < 0).Select(r => $"f{-r - 1}")], segments),
            _ => Items.Segment($"s{key}", 1, segments),
        });
    });

    [Fact]
    public void The_closure_is_that_of_a_naive_search_in_any_graph_also_with_cycles()
    {
        Item.List[0, 40].Sample(items =>
        {
            var tracker = new DependencyTracker();
            var model = new Dictionary<(DataKind, string), ItemDescriptor>();
            foreach (var item in items)
            {
                tracker.Set(item);
                model[(item.Kind, item.Key)] = item;
            }

            for (var i = 0; i < Keys; i++)
            {
                AssertClosure(model, tracker, [(DataKind.Flag, $"f{i}")]);
                AssertClosure(model, tracker, [(DataKind.Segment, $"s{i}")]);
            }

            AssertClosure(model, tracker, [.. items.Take(5).Select(i => (i.Kind, i.Key))]);
        });
    }

    [Fact]
    public void Nothing_is_kept_of_items_that_are_gone()
    {
        Item.List[0, 60].Sample(items =>
        {
            var tracker = new DependencyTracker();
            items.ForEach(tracker.Set);
            items.ForEach(item => tracker.Set(ItemDescriptor.Tombstone(item.Kind, item.Key, 2)));
            Assert.Equal(0, tracker.TrackedItems);
        });
    }

    [Fact]
    public void Items_without_references_take_no_room()
    {
        var tracker = new DependencyTracker();
        for (var i = 0; i < 100; i++)
        {
            tracker.Set(Items.Flag($"f{i}"));
        }

        Assert.Equal(0, tracker.TrackedItems);
    }

    [Fact]
    public void Clauses_of_other_operators_and_values_that_are_no_strings_are_no_references()
    {
        var tracker = new DependencyTracker();
        tracker.Set(ItemDescriptor<Flag>.Of("f", 1, new()
        {
            Key = "f",
            Rules = [new() { Clauses = [new("user", null, "segmentMatch", [Value.Of(3), Value.Null, Value.Of("s")], negate: true)] }],
        }));
        Assert.Equal(["f"], tracker.Closure(DataKind.Segment, "s"));
        Assert.Equal(2, tracker.TrackedItems);
    }

    [Fact]
    public void A_chain_of_a_hundred_thousand_does_not_overflow_the_stack()
    {
        var tracker = new DependencyTracker();
        for (var i = 0; i < 100_000; i++)
        {
            tracker.Set(Items.Flag($"f{i}", 1, [$"f{i + 1}"]));
        }

        Assert.Equal(100_001, tracker.Closure(DataKind.Flag, "f100000").Length);
    }

    private static void AssertClosure(
        Dictionary<(DataKind, string), ItemDescriptor> model, DependencyTracker tracker, (DataKind Kind, string Key)[] start)
    {
        var expected = Naive.Closure(model.Values, start);
        var closure = start.Length == 1
            ? tracker.Closure(start[0].Kind, start[0].Key)
            : tracker.Closure(start.Select(s => ItemDescriptor.Tombstone(s.Kind, s.Key, 1)).ToArray());
        Assert.Equal(expected.Order(StringComparer.Ordinal), closure.Order(StringComparer.Ordinal));
    }
}

/// <summary>Dependencies by repeated search over all items.</summary>
internal static class Naive
{
    public static IEnumerable<string> Closure(IEnumerable<ItemDescriptor> items, IEnumerable<(DataKind Kind, string Key)> start)
    {
        var reached = start.ToHashSet();
        int before;
        do
        {
            before = reached.Count;
            foreach (var item in items)
            {
                if (References(item).Any(reached.Contains))
                {
                    reached.Add((item.Kind, item.Key));
                }
            }
        }
        while (reached.Count != before);
        return reached.Where(r => r.Kind == DataKind.Flag).Select(r => r.Key);
    }

    private static IEnumerable<(DataKind, string)> References(ItemDescriptor item)
    {
        var clauses = item switch
        {
            ItemDescriptor<Flag> { Item: { } flag } => flag.Rules.SelectMany(r => r.Clauses),
            ItemDescriptor<Segment> { Item: { } segment } => segment.Rules.SelectMany(r => r.Clauses),
            _ => [],
        };
        var flags = item is ItemDescriptor<Flag> { Item: { } f } ? f.Prerequisites.Select(p => (DataKind.Flag, p.Key)) : [];
        return flags.Concat(clauses.SelectMany(c => c.Values).Select(v => (DataKind.Segment, v.AsString!)));
    }
}
