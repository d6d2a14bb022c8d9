using CsCheck;
using Halyard.Model;
using Halyard.Tests.Support;
using Map = Halyard.DataComponents.Trie.ItemMap<Halyard.Model.ItemDescriptor<Halyard.Model.Flag>>;

namespace Halyard.Tests;

[Collection(typeof(Alone))]
public sealed class ItemMapTests
{
    // Plain keys, keys that part only at a deep level, and keys whose hashes are equal.
    private static readonly string[] Keys =
    [
        .. Enumerable.Range(0, 60).Select(i => $"flag-{i}"),
        .. Enumerable.Range(0, 8).Select(i => Colliding.Key((uint)(0x0123_4567 | (i << 29)), 7)),
        .. Enumerable.Range(0, 8).Select(i => Colliding.Key(0x0123_4567, (uint)(100 + i))),
        .. Enumerable.Range(0, 4).Select(i => Colliding.Key(0xFFFF_FFFF, (uint)(200 + i))),
    ];

    private static readonly Gen<(int Op, int[] Keys)> Step = Gen.Select(Gen.Int[0, 4], Gen.Int[0, Keys.Length - 1].Array[1, 12]);

    [Fact]
    public void It_behaves_as_a_dictionary_and_old_versions_never_change()
    {
        Step.List[1, 60].Sample(
            steps =>
            {
                var model = new Dictionary<string, ItemDescriptor<Flag>>();
                var map = Map.Empty;
                var history = new List<(Map Map, Dictionary<string, ItemDescriptor<Flag>> Model)>();
                long version = 0;
                foreach (var (op, keys) in steps)
                {
                    history.Add((map, new(model)));
                    switch (op)
                    {
                        case 0:
                            map = map.Without(Keys[keys[0]]);
                            model.Remove(Keys[keys[0]]);
                            break;
                        case 1 or 2:
                            var item = op == 1 ? Items.Flag(Keys[keys[0]], ++version) : Items.NoFlag(Keys[keys[0]], ++version);
                            map = map.With(item);
                            model[item.Key] = item;
                            break;
                        default:
                            var batch = keys.Select(k => k % 3 == 0 ? Items.NoFlag(Keys[k], ++version) : Items.Flag(Keys[k], ++version)).ToList();
                            map = map.WithAll(op == 3 ? batch : batch.Where(_ => true));
                            batch.ForEach(i => model[i.Key] = i);
                            break;
                    }
                }

                history.Add((map, model));
                foreach (var (oldMap, oldModel) in history)
                {
                    AssertSame(oldModel, oldMap);
                }
            },
            iter: 300);
    }

    [Fact]
    public void Large_maps_grow_and_shrink_as_a_dictionary_does()
    {
        var random = new Random(20);
        var model = new Dictionary<string, ItemDescriptor<Flag>>();
        var map = Map.Empty;
        for (var round = 0; round < 60; round++)
        {
            var batch = Enumerable.Range(0, random.Next(1, 900)).Select(_ => Items.Flag($"flag-{random.Next(6000)}", round)).ToList();
            if (round % 3 == 2)
            {
                foreach (var key in batch.Select(i => i.Key))
                {
                    map = map.Without(key);
                    model.Remove(key);
                }
            }
            else
            {
                map = map.WithAll(batch);
                batch.ForEach(i => model[i.Key] = i);
            }

            Assert.Equal(model.Count, map.Count);
            Assert.Equal(model.Values.ToHashSet(), map.ToHashSet());
        }

        Assert.All(Enumerable.Range(0, 6000), i => Assert.Same(model.GetValueOrDefault($"flag-{i}"), map.Find($"flag-{i}")));
    }

    [Fact]
    public void Equal_hashes_are_told_apart_by_key()
    {
        var keys = Enumerable.Range(0, 40).Select(i => Colliding.Key(42, (uint)i)).ToArray();
        var map = Map.Empty.WithAll(keys.Select(k => Items.Flag(k)));
        Assert.Equal(40, map.Count);
        Assert.All(keys, k => Assert.Equal(k, map.Find(k)!.Key));
        Assert.Null(map.Find(Colliding.Key(42, 1000)));
        Assert.Same(map, map.Without(Colliding.Key(42, 1000)));

        foreach (var key in keys)
        {
            map = map.Without(key);
            Assert.Null(map.Find(key));
        }

        Assert.True(map is { Count: 0 });
        Assert.Empty(map);
    }

    [Fact]
    public void The_order_depends_on_the_keys_alone()
    {
        var forward = Keys.Aggregate(Map.Empty, (map, key) => map.With(Items.Flag(key)));
        var backward = Keys.Reverse().Aggregate(Map.Empty, (map, key) => map.With(Items.Flag(key)));
        var bulk = Map.Empty.WithAll(Keys.Select(k => Items.Flag(k)));
        var shrunk = Enumerable.Range(0, 500).Aggregate(
            forward.WithAll(Enumerable.Range(0, 500).Select(i => Items.Flag($"other-{i}"))), (map, i) => map.Without($"other-{i}"));

        var order = forward.Select(i => i.Key).ToArray();
        Assert.Equal(order, backward.Select(i => i.Key));
        Assert.Equal(order, bulk.Select(i => i.Key));
        Assert.Equal(order, shrunk.Select(i => i.Key));
    }

    [Fact]
    public void Of_several_items_with_one_key_the_last_stays()
    {
        var map = Map.Empty.WithAll(Enumerable.Range(1, 100).Select(v => Items.Flag("flag", v)));
        Assert.Equal(100, Assert.Single(map).Version);
        Assert.True(map is { Count: 1 });
        map = map.WithAll([Items.Flag("a", 5), Items.Flag("flag", 7), Items.Flag("flag", 3)]);
        Assert.Equal(3, map.Find("flag")!.Version);
        Assert.Equal(2, map.Count);
    }

    [Fact]
    public void A_null_item_is_refused_and_nothing_changes()
    {
        var map = Map.Empty.With(Items.Flag("a"));
        Assert.Throws<ArgumentException>(() => map.WithAll([Items.Flag("b"), null!, Items.Flag("c")]));
        Assert.Throws<ArgumentNullException>(() => map.With(null!));
        Assert.Equal("a", Assert.Single(map).Key);
    }

    [Fact]
    public void Finding_allocates_nothing()
    {
        var map = Map.Empty.WithAll(Enumerable.Range(0, 10_000).Select(i => Items.Flag($"flag-{i}")));
        var keys = Enumerable.Range(0, 1000).Select(i => $"flag-{i * 11}").ToArray();
        var found = 0;
        Allocations.None(() =>
        {
            found = 0;
            foreach (var key in keys)
            {
                found += map.Find(key) is null ? 0 : 1;
            }
        });

        Assert.Equal(910, found);
    }

    [Fact]
    public void A_hundred_thousand_items_are_all_found_and_take_little_room()
    {
        var items = Enumerable.Range(0, 100_000).Select(i => Items.NoFlag($"flag-{i}")).ToArray();
        Map.Empty.WithAll(items.AsSpan(0, 100)); // warm
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var map = Map.Empty.WithAll(items);
        var bytes = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.Equal(items.Length, map.Count);
        Assert.Empty(map.Live);
        Assert.All(items, i => Assert.Same(i, map.Find(i.Key)));

        // Other tests may run meanwhile and move the figure; the bound is wide on purpose.
        Assert.InRange(bytes, long.MinValue, items.Length * 200L);
    }

    private static void AssertSame(Dictionary<string, ItemDescriptor<Flag>> model, Map map)
    {
        Assert.Equal(model.Count, map.Count);
        foreach (var key in Keys)
        {
            Assert.Same(model.GetValueOrDefault(key), map.Find(key));
        }

        Assert.Equal(model.Values.ToHashSet(), map.ToHashSet());
        Assert.Equal(model.Count, map.AsEnumerable().Count());
        var live = model.Values.Where(i => !i.IsTombstone).ToHashSet();
        Assert.Equal(live.Count, map.Live.Count);
        Assert.Equal(live, map.Live.ToHashSet());
    }
}
