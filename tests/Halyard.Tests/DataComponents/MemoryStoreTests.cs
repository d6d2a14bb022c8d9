using Halyard.DataComponents;
using Halyard.Model;
using Halyard.Tests.Support;

namespace Halyard.Tests;

[Collection(typeof(Alone))]
public sealed class MemoryStoreTests
{
    private readonly MemoryStore _store = new();

    [Fact]
    public void A_new_store_is_empty_and_not_initialized()
    {
        Assert.False(_store.Initialized);
        Assert.Null(_store.GetFlag("a"));
        Assert.Null(_store.GetSegment("a"));
        Assert.Empty(_store.AllFlags());
        Assert.Empty(_store.AllSegments());
    }

    [Fact]
    public void Init_replaces_everything_and_initializes()
    {
        _store.Upsert(DataKind.Flag, "old", Items.Flag("old", 9));
        _store.Init(Items.Set(Items.Flag("a", 1), Items.Segment("s", 2), Items.NoFlag("gone", 3)));

        Assert.True(_store.Initialized);
        Assert.Null(_store.GetFlag("old"));
        Assert.Equal(1, _store.GetFlag("a")!.Version);
        Assert.Equal(2, _store.GetSegment("s")!.Version);
        Assert.True(_store.GetFlag("gone")!.IsTombstone);
        Assert.Equal("a", Assert.Single(_store.AllFlags()).Key);
        Assert.True(_store.AllFlags() is { Count: 1 });
    }

    [Fact]
    public void A_flag_and_a_segment_of_one_key_are_two_items()
    {
        Assert.True(_store.Upsert(DataKind.Flag, "x", Items.Flag("x", 5)));
        Assert.True(_store.Upsert(DataKind.Segment, "x", Items.Segment("x", 1)));
        Assert.True(_store.Upsert(DataKind.Segment, "x", Items.NoSegment("x", 2)));
        Assert.False(_store.GetFlag("x")!.IsTombstone);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void It_stores_what_it_is_given_whatever_the_version(long version)
    {
        var item = Items.Flag("a", version);
        _store.Upsert(DataKind.Flag, "a", Items.Flag("a", 5));
        Assert.True(_store.Upsert(DataKind.Flag, "a", item));
        Assert.Same(item, _store.GetFlag("a"));
    }

    [Fact]
    public void A_change_set_is_trusted_whatever_its_versions()
    {
        _store.Init(Items.Set(Items.Flag("a", 9), Items.Flag("b", 9), Items.Segment("s", 9)));
        _store.Apply(Items.Partial(Items.Flag("a", 1), Items.NoSegment("s", 2), Items.Flag("c", 1), Items.Flag("c", 0)));
        Assert.Equal(1, _store.GetFlag("a")!.Version);
        Assert.Equal(9, _store.GetFlag("b")!.Version);
        Assert.Equal(0, _store.GetFlag("c")!.Version);
        Assert.True(_store.GetSegment("s")!.IsTombstone);

        _store.Apply(Items.Full(Items.Flag("b", 1)));
        Assert.Equal("b", Assert.Single(_store.AllFlags()).Key);
        Assert.Null(_store.GetFlag("a"));
        Assert.Null(_store.GetSegment("s"));
    }

    [Fact]
    public void A_partial_change_without_a_state_does_not_initialize()
    {
        _store.Apply(Items.Partial(Items.Flag("a")));
        Assert.False(_store.Initialized);
        _store.Apply(Items.Partial(Items.Flag("b")) with { Selector = new("(p:x:1)", 1) });
        Assert.True(_store.Initialized);
    }

    [Theory]
    [InlineData(ChangeSetKind.None)]
    [InlineData(ChangeSetKind.Full)]
    public void A_confirmation_and_an_empty_full_transfer_initialize(ChangeSetKind kind)
    {
        _store.Upsert(DataKind.Flag, "a", Items.Flag("a"));
        Assert.False(_store.Initialized);
        _store.Apply(new(kind, [], Selector.Empty));
        Assert.True(_store.Initialized);
        Assert.Equal(kind == ChangeSetKind.None, _store.GetFlag("a") is not null);
    }

    [Fact]
    public void Bad_input_changes_nothing()
    {
        _store.Init(Items.Set(Items.Flag("a"), Items.Segment("s")));
        var before = _store.Snapshot;
        Assert.Throws<ArgumentException>(() => _store.Upsert(DataKind.Segment, "b", Items.Flag("b")));
        Assert.Throws<ArgumentException>(() => _store.Upsert(DataKind.Flag, "c", Items.Flag("b")));
        Assert.Throws<ArgumentException>(() => _store.Apply(Items.Partial(Items.Flag("b"), null!)));
        Assert.Throws<ArgumentException>(() => _store.Apply(Items.Full(Items.Flag("b"), null!, Items.Segment("t"))));
        Assert.Throws<ArgumentException>(() => _store.Init(new([Items.Flag("b")], [Items.Segment("t"), null!])));
        Assert.Throws<ArgumentNullException>(() => _store.Init(null!));
        Assert.Throws<InvalidOperationException>(() => _store.Update(_ => throw new InvalidOperationException()));
        Assert.Same(before, _store.Snapshot);
    }

    [Fact]
    public void Update_changes_in_one_step_and_can_remove_keys()
    {
        _store.Init(Items.Set(Items.Flag("a"), Items.Flag("b")));
        var result = _store.Update(data => data with { Flags = data.Flags.Without("a").With(Items.Flag("c")) });
        Assert.Same(result, _store.Snapshot);
        Assert.Null(_store.GetFlag("a"));
        Assert.NotNull(_store.GetFlag("c"));
    }

    [Fact]
    public async Task Updates_by_many_writers_are_not_lost()
    {
        await Task.WhenAll(Enumerable.Range(0, 4).Select(writer => Task.Run(() =>
        {
            for (var i = 0; i < 500; i++)
            {
                var item = Items.Flag($"{writer}-{i}");
                if (i % 2 == 0)
                {
                    _store.Upsert(DataKind.Flag, item.Key, item);
                }
                else
                {
                    _store.Update(data => data with { Flags = data.Flags.With(item) });
                }
            }
        }, TestContext.Current.CancellationToken))).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.Equal(2000, _store.AllFlags().Count);
    }

    [Fact]
    public async Task Readers_never_see_half_of_a_change()
    {
        var filler = Enumerable.Range(0, 300).Select(i => Items.Flag($"filler-{i}")).ToArray();
        _store.Init(new([Items.Flag("a", 0), Items.Flag("b", 0), .. filler], [Items.Segment("s", 0)]));
        using var done = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var readers = Enumerable.Range(0, 3).Select(_ => Task.Run(() =>
        {
            long reads = 0;
            long newest = 0;
            while (!done.IsCancellationRequested || reads == 0)
            {
                var snapshot = _store.Snapshot;
                var version = snapshot.Flags.Find("a")!.Version;
                Assert.Equal(version, snapshot.Segments.Find("s")!.Version);
                Assert.Equal(version, snapshot.Flags.Find("b")!.Version);
                Assert.Equal(302, snapshot.Flags.Count);
                Assert.True(version >= newest, "an older state after a newer one");
                newest = version;
                reads++;
            }
        })).ToArray();

        for (var v = 1; v <= 3000; v++)
        {
            if (v % 100 == 0)
            {
                _store.Init(new([Items.Flag("a", v), .. filler, Items.Flag("b", v)], [Items.Segment("s", v)]));
            }
            else
            {
                _store.Apply(Items.Partial(Items.Flag("a", v), Items.Segment("s", v), filler[v % filler.Length], Items.Flag("b", v)));
            }
        }

        await done.CancelAsync();
        await Task.WhenAll(readers).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_update_costs_nearly_the_same_at_any_size(bool listening)
    {
        var small = BytesOfAnUpsert(100, listening);
        var medium = BytesOfAnUpsert(10_000, listening);
        var large = BytesOfAnUpsert(100_000, listening);
        Assert.InRange(large, 1, 4096);
        Assert.InRange(medium, 1, 4096);
        Assert.InRange(small, 1, 4096);
        Assert.True(large < small * 4, $"{small} B at 100 flags, {large} B at 100,000");
    }

    private static long BytesOfAnUpsert(int flags, bool listening)
    {
        var store = new MemoryStore();
        var changes = new FlagChanges();
        _ = listening ? changes.GetAsyncEnumerator(TestContext.Current.CancellationToken) : null;
        var notifier = new ChangeNotifier(store, store, changes);
        notifier.Init(new([.. Enumerable.Range(0, flags).Select(i => Items.Flag($"flag-{i}", segments: [$"s{i % 50}"]))], []));
        const int Rounds = 5;
        const int InARound = 1000;
        var updates = Enumerable.Range(0, 1 + (Rounds * InARound))
            .Select(i => Items.Flag($"flag-{i * 7 % flags}", 2 + i, segments: [$"s{i * 7 % flags % 50}"])).ToArray();
        var next = 0;
        void Upsert()
        {
            var update = updates[next++];
            notifier.Upsert(DataKind.Flag, update.Key, update);
        }

        Upsert();
        return Allocations.Least(
            () =>
            {
                for (var i = 0; i < InARound; i++)
                {
                    Upsert();
                }
            },
            Rounds) / InARound;
    }
}
