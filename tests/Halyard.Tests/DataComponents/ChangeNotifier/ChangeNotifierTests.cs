using CsCheck;
using Halyard.DataComponents;
using Halyard.Model;

namespace Halyard.Tests;

public sealed class ChangeNotifierTests
{
    private readonly MemoryStore _store = new();
    private readonly FlagChanges _changes = new();
    private readonly ChangeNotifier _notifier;
    private readonly IAsyncEnumerator<FlagChange> _announced;

    public ChangeNotifierTests()
    {
        _notifier = new(_store, _store, _changes);
        _notifier.Init(Items.Set(
            Items.Flag("top", 1, ["middle"]),
            Items.Flag("middle", 1, ["bottom"], ["outer"]),
            Items.Flag("bottom"),
            Items.Flag("alone"),
            Items.Segment("outer", 1, "inner"),
            Items.Segment("inner")));
        _announced = _changes.GetAsyncEnumerator(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_changed_flag_is_announced_once_with_all_that_depends_on_it()
    {
        Assert.True(_notifier.Upsert(DataKind.Flag, "bottom", Items.Flag("bottom", 2)));
        await AssertAnnounced("bottom", "middle", "top");
    }

    [Fact]
    public async Task A_changed_segment_announces_the_flags_that_use_it_through_another_segment()
    {
        Assert.True(_notifier.Upsert(DataKind.Segment, "inner", Items.Segment("inner", 2)));
        await AssertAnnounced("middle", "top");
    }

    [Fact]
    public async Task A_data_set_that_gives_a_version_away_twice_announces_the_item_whose_content_differs()
    {
        // As a service sends it that went back to older data, or began anew.
        _notifier.Init(Items.Set(
            Items.Flag("top", 1, ["middle"]),
            Items.Flag("middle", 1, ["bottom"], ["outer"]),
            Items.Flag("bottom"),
            Items.Flag("alone", 1, ["bottom"]),
            Items.Segment("outer", 1, "inner"),
            Items.Segment("inner")));
        await AssertAnnounced("alone");
    }

    [Fact]
    public async Task A_segment_that_no_flag_uses_announces_nothing()
    {
        Assert.True(_notifier.Upsert(DataKind.Segment, "unused", Items.Segment("unused")));
        await AssertNothingAnnounced();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task A_stale_item_is_dropped_and_notifies_nobody(long version)
    {
        Assert.False(_notifier.Upsert(DataKind.Flag, "bottom", Items.Flag("bottom", version, ["alone"])));
        await AssertNothingAnnounced();

        // Nor have its references been taken over.
        _notifier.Upsert(DataKind.Flag, "alone", Items.Flag("alone", 2));
        await AssertAnnounced("alone");
    }

    [Fact]
    public async Task A_stale_item_does_not_even_reach_a_destination_that_would_take_it()
    {
        var notifier = new ChangeNotifier(_store, new Trusting(_store), _changes);
        Assert.False(notifier.Upsert(DataKind.Flag, "bottom", Items.Flag("bottom", 1)));
        await AssertNothingAnnounced();
    }

    [Fact]
    public async Task Deleting_and_adding_announce_the_dependents()
    {
        _notifier.Upsert(DataKind.Flag, "bottom", Items.NoFlag("bottom", 2));
        await AssertAnnounced("bottom", "middle", "top");
        _notifier.Upsert(DataKind.Flag, "bottom", Items.Flag("bottom", 3));
        await AssertAnnounced("bottom", "middle", "top");
        _notifier.Upsert(DataKind.Flag, "new", Items.Flag("new", 1, ["not-there-yet"]));
        await AssertAnnounced("new");
        _notifier.Upsert(DataKind.Flag, "not-there-yet", Items.Flag("not-there-yet"));
        await AssertAnnounced("new", "not-there-yet");
    }

    [Fact]
    public async Task A_flag_that_stops_depending_is_announced_with_that_change_and_no_more_after()
    {
        _notifier.Upsert(DataKind.Flag, "middle", Items.Flag("middle", 2, ["alone"]));
        await AssertAnnounced("middle", "top");
        _notifier.Upsert(DataKind.Flag, "bottom", Items.Flag("bottom", 2));
        await AssertAnnounced("bottom");
        _notifier.Upsert(DataKind.Segment, "inner", Items.Segment("inner", 2));
        _notifier.Upsert(DataKind.Flag, "alone", Items.Flag("alone", 2));
        await AssertAnnounced("alone", "middle", "top");
    }

    [Fact]
    public async Task A_partial_change_set_announces_each_item_whatever_its_version_in_one_announcement()
    {
        _notifier.Apply(Items.Partial(
            Items.Flag("alone", 0), Items.Segment("inner", 1), Items.Flag("alone", 1), Items.Flag("bottom", 1)));
        await AssertAnnounced("alone", "bottom", "middle", "top");
        await AssertNothingAnnounced();
    }

    [Fact]
    public async Task In_a_partial_change_set_the_last_item_of_a_key_counts_for_dependencies_too()
    {
        _notifier.Apply(Items.Partial(Items.Flag("alone", 2, ["bottom"]), Items.Flag("alone", 2)));
        await AssertAnnounced("alone");
        _notifier.Upsert(DataKind.Flag, "bottom", Items.Flag("bottom", 2));
        await AssertAnnounced("bottom", "middle", "top");
    }

    [Fact]
    public async Task Nothing_new_announces_nothing()
    {
        _notifier.Apply(ChangeSet.Nothing());
        _notifier.Apply(Items.Partial());
        _notifier.Init(new(_store.AllFlags(), _store.AllSegments()));
        _notifier.Apply(new(ChangeSetKind.Full, [.. _store.AllFlags(), .. _store.AllSegments(), Items.NoFlag("never-was")], default));
        await AssertNothingAnnounced();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_full_replacement_announces_what_is_new_gone_or_of_another_version_and_its_dependents(bool asChangeSet)
    {
        ItemDescriptor[] items =
        [
            Items.Flag("top", 1, ["middle"]),
            Items.Flag("middle", 1, ["bottom"], ["outer"]),
            Items.NoFlag("bottom", 7), // gone
            Items.Flag("new"),
            Items.Flag("alone"),
            Items.Segment("outer", 1, "inner"),
            Items.Segment("inner"),
        ];
        Replace(asChangeSet, items);
        await AssertAnnounced("bottom", "middle", "new", "top");

        // A lower version is a change as well, and so is a segment alone.
        Replace(asChangeSet, [.. items.Where(i => i.Key is not ("inner" or "new")), Items.Segment("inner", 0), Items.Flag("new", 0)]);
        await AssertAnnounced("middle", "new", "top");

        Replace(asChangeSet, []);
        await AssertAnnounced("alone", "middle", "new", "top");
    }

    [Fact]
    public async Task The_data_is_visible_before_the_announcement_is_made()
    {
        var seen = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        var versions = new List<long>();
        _changes.Changed += change =>
        {
            versions.Add(_store.GetFlag("alone")!.Version);
            if (versions.Count == 50)
            {
                seen.SetResult(0);
            }
        };
        for (var v = 2; v <= 51; v++)
        {
            _notifier.Upsert(DataKind.Flag, "alone", Items.Flag("alone", v));
        }

        await seen.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.All(versions.Select((version, i) => (version, i)), p => Assert.True(p.version >= p.i + 2));
    }

    [Fact]
    public async Task When_the_store_fails_nothing_is_announced_and_the_dependencies_stay_in_step()
    {
        var failing = new Failing(_store);
        var notifier = new ChangeNotifier(_store, failing, _changes);
        failing.Fails = true;
        Assert.Throws<IOException>(() => notifier.Upsert(DataKind.Flag, "alone", Items.Flag("alone", 2, ["bottom"])));
        Assert.Throws<IOException>(() => notifier.Apply(Items.Partial(Items.Flag("alone", 2, ["bottom"]))));
        Assert.Throws<IOException>(() => notifier.Apply(Items.Full(Items.Flag("alone", 2, ["bottom"]))));
        Assert.Throws<IOException>(() => notifier.Init(Items.Set(Items.Flag("alone", 2, ["bottom"]))));
        failing.Fails = false;
        await AssertNothingAnnounced();

        notifier.Upsert(DataKind.Flag, "bottom", Items.Flag("bottom", 2));
        await AssertAnnounced("bottom", "middle", "top");
    }

    [Fact]
    public async Task Who_begins_to_listen_late_hears_of_dependents_that_came_before()
    {
        await _announced.DisposeAsync();
        Assert.False(_changes.HasListeners);
        _notifier.Init(Items.Set(Items.Flag("x", 1, ["y"]), Items.Flag("y")));
        _notifier.Upsert(DataKind.Flag, "y", Items.Flag("y", 2, ["z"]));
        _notifier.Apply(Items.Partial(Items.Flag("w", 1, ["x"])));

        await using var late = _changes.GetAsyncEnumerator(TestContext.Current.CancellationToken);
        _notifier.Upsert(DataKind.Flag, "z", Items.Flag("z"));
        Assert.True(await late.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
        Assert.Equal(["w", "x", "y", "z"], late.Current.Keys.Order(StringComparer.Ordinal));

        // Changes while nobody listens again are not missed by the dependencies.
        await late.DisposeAsync();
        _notifier.Upsert(DataKind.Flag, "y", Items.Flag("y", 3));
        _notifier.Apply(Items.Partial(Items.Flag("v", 1, ["y"])));
        await using var later = _changes.GetAsyncEnumerator(TestContext.Current.CancellationToken);
        _notifier.Upsert(DataKind.Flag, "z", Items.Flag("z", 2));
        _notifier.Upsert(DataKind.Flag, "y", Items.Flag("y", 4));
        Assert.True(await later.MoveNextAsync());
        Assert.Equal(["z"], later.Current.Keys);
        Assert.True(await later.MoveNextAsync());
        Assert.Equal(["v", "w", "x", "y"], later.Current.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Data_that_the_store_held_before_counts()
    {
        var notifier = new ChangeNotifier(_store, _store, _changes);
        notifier.Upsert(DataKind.Segment, "inner", Items.Segment("inner", 2));
        await AssertAnnounced("middle", "top");
    }

    [Fact]
    public void Announcements_of_any_history_are_those_of_a_naive_comparison()
    {
        var item = Gen.Select(Gen.Bool, Gen.Int[0, 5], Gen.Long[0, 6], Gen.Bool, Gen.Int[0, 5].Array[0, 2], Gen.Int[0, 5].Array[0, 2]).Select(
            (isFlag, key, version, deleted, flags, segments) => (ItemDescriptor)((isFlag, deleted) switch
            {
                (true, true) => Items.NoFlag($"f{key}", version),
                (false, true) => Items.NoSegment($"s{key}", version),
                (true, false) => Items.Flag($"f{key}", version, [.. flags.Select(f => $"f{f}")], [.. segments.Select(s => $"s{s}")]),
                _ => Items.Segment($"s{key}", version, [.. segments.Select(s => $"s{s}")]),
            }));
        Gen.Select(Gen.Int[0, 5], item.Array[1, 5]).List[1, 15].Sample(steps =>
        {
            var store = new MemoryStore();
            var changes = new FlagChanges();
            var notifier = new ChangeNotifier(store, store, changes);
            var announced = changes.GetAsyncEnumerator(TestContext.Current.CancellationToken);
            foreach (var (op, items) in steps)
            {
                var before = All(store);
                switch (op)
                {
                    case 0:
                        var last = items.GroupBy(i => (i.Kind, i.Key)).Select(g => g.Last()).ToArray();
                        notifier.Init(Items.Set(last));
                        break;
                    case 1:
                        notifier.Apply(Items.Full(items));
                        break;
                    case 2:
                        notifier.Apply(Items.Partial(items));
                        break;
                    default:
                        notifier.Upsert(items[0].Kind, items[0].Key, items[0]);
                        break;
                }

                var after = All(store);
                var changed = op == 2
                    ? items.Select(i => (i.Kind, i.Key)).ToHashSet()
                    : before.Keys.Union(after.Keys).Where(k => op < 2 ? Differs(before, after, k) : before.GetValueOrDefault(k) != after.GetValueOrDefault(k)).ToHashSet();
                var expected = Naive.Closure(before.Values.Concat(after.Values), changed).Order(StringComparer.Ordinal).ToArray();
                var next = announced.MoveNextAsync();
                if (op is 0 or 1 || expected.Length == 0)
                {
                    Assert.Equal(expected.Length != 0, next.IsCompleted);
                }

                if (next.IsCompleted)
                {
                    var keys = announced.Current.Keys;
                    Assert.Equal(keys.Distinct(), keys);

                    // Within a change set the references of a changed item itself make no difference.
                    Assert.Equal(Naive.Closure(after.Values, changed).Union(op < 2 ? expected : []).Order(StringComparer.Ordinal), keys.Order(StringComparer.Ordinal));
                }
                else
                {
                    announced = changes.GetAsyncEnumerator(TestContext.Current.CancellationToken);
                }
            }
        });

        static Dictionary<(DataKind, string), ItemDescriptor> All(MemoryStore store) =>
            store.Snapshot.Flags.Cast<ItemDescriptor>().Concat(store.Snapshot.Segments).ToDictionary(i => (i.Kind, i.Key));

        static bool Differs(
            Dictionary<(DataKind, string), ItemDescriptor> before, Dictionary<(DataKind, string), ItemDescriptor> after, (DataKind, string) key)
        {
            var a = before.GetValueOrDefault(key) is { IsTombstone: false } x ? x.ToUtf8Json() : [];
            var b = after.GetValueOrDefault(key) is { IsTombstone: false } y ? y.ToUtf8Json() : [];
            return !a.SequenceEqual(b);
        }
    }

    private void Replace(bool asChangeSet, ItemDescriptor[] items)
    {
        if (asChangeSet)
        {
            _notifier.Apply(Items.Full(items));
        }
        else
        {
            _notifier.Init(Items.Set(items));
        }
    }

    private async Task AssertAnnounced(params string[] keys)
    {
        Assert.True(await _announced.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
        Assert.Equal(keys, _announced.Current.Keys.Order(StringComparer.Ordinal));
    }

    // An announcement made is in the queue at once: a marker comes right after.
    private Task AssertNothingAnnounced()
    {
        _changes.Publish(new(["marker"]));
        return AssertAnnounced("marker");
    }

    private sealed class Failing(IDataDestination inner) : IDataDestination
    {
        public bool Fails { get; set; }

        public string Identity => "failing";

        public void Init(DataSet dataSet) => Inner().Init(dataSet);

        public bool Upsert(DataKind kind, string key, ItemDescriptor item) => Inner().Upsert(kind, key, item);

        public void Apply(ChangeSet changeSet) => Inner().Apply(changeSet);

        private IDataDestination Inner() => Fails ? throw new IOException("no space left") : inner;
    }

    private sealed class Trusting(IDataDestination inner) : IDataDestination
    {
        public string Identity => "trusting";

        public void Init(DataSet dataSet) => inner.Init(dataSet);

        public bool Upsert(DataKind kind, string key, ItemDescriptor item)
        {
            inner.Apply(Items.Partial(item));
            return true;
        }

        public void Apply(ChangeSet changeSet) => inner.Apply(changeSet);
    }
}
