using CsCheck;
using Halyard.DataComponents;
using Halyard.Model;

namespace Halyard.Tests;

/// <summary>What the change notifier lets into memory, and what it does not.</summary>
public sealed class DoorTests
{
    private readonly MemoryStore _store = new();
    private readonly FlagChanges _changes = new();
    private readonly ChangeNotifier _door;

    public DoorTests() => _door = new(_store, _store, _changes);

    [Theory]
    [InlineData(4, false)]
    [InlineData(5, false)]
    [InlineData(6, true)]
    public void Only_a_newer_version_overwrites(long version, bool stored)
    {
        _door.Upsert(DataKind.Flag, "a", Items.Flag("a", 5));
        Assert.Equal(stored, _door.Upsert(DataKind.Flag, "a", Items.Flag("a", version)));
        Assert.Equal(stored ? version : 5, _store.GetFlag("a")!.Version);
    }

    [Fact]
    public void A_tombstone_keeps_older_items_from_coming_back()
    {
        Assert.True(_door.Upsert(DataKind.Flag, "a", Items.NoFlag("a", 5)));
        Assert.False(_door.Upsert(DataKind.Flag, "a", Items.Flag("a", 5)));
        Assert.Empty(_store.AllFlags());
        Assert.True(_door.Upsert(DataKind.Flag, "a", Items.Flag("a", 6)));
        Assert.Single(_store.AllFlags());
    }

    [Fact]
    public void Any_sequence_of_upserts_and_deletes_ends_as_a_dictionary_with_a_version_test_would()
    {
        Gen.Select(Gen.Bool, Gen.Int[0, 9], Gen.Long[0, 12], Gen.Bool).List[0, 80].Sample(steps =>
        {
            var store = new MemoryStore();
            var door = new ChangeNotifier(store, store, new FlagChanges());
            var model = new Dictionary<(DataKind, string), ItemDescriptor>();
            foreach (var (isFlag, number, version, deleted) in steps)
            {
                var kind = isFlag ? DataKind.Flag : DataKind.Segment;
                var key = $"k{number}";
                ItemDescriptor item = deleted ? ItemDescriptor.Tombstone(kind, key, version)
                    : isFlag ? Items.Flag(key, version)
                    : Items.Segment(key, version);
                var newer = !model.TryGetValue((kind, key), out var old) || old.Version < version;
                Assert.Equal(newer, door.Upsert(kind, key, item));
                if (newer)
                {
                    model[(kind, key)] = item;
                }
            }

            foreach (var ((kind, key), item) in model)
            {
                Assert.Same(item, kind == DataKind.Flag ? store.GetFlag(key) : store.GetSegment(key));
            }

            Assert.Equal(model.Values.Count(i => i is { Kind: DataKind.Flag, IsTombstone: false }), store.AllFlags().Count);
            Assert.Equal(model.Values.Count(i => i is { Kind: DataKind.Segment, IsTombstone: false }), store.AllSegments().Count);
        });
    }

    [Fact]
    public async Task Nothing_passes_a_closed_door_nor_is_announced()
    {
        _door.Init(Items.Set(Items.Flag("a", 1)));
        var held = _store.Snapshot;
        await using var announced = _changes.GetAsyncEnumerator(TestContext.Current.CancellationToken);
        _door.Close();

        _door.Init(DataSet.Empty);
        Assert.False(_door.Upsert(DataKind.Flag, "a", Items.Flag("a", 2)));
        _door.Apply(Items.Full(Items.Flag("b", 1)));
        _door.Apply(Items.Partial(Items.Flag("a", 3)));

        Assert.Same(held, _store.Snapshot);
        _changes.Publish(new(["marker"]));
        Assert.True(await announced.MoveNextAsync());
        Assert.Equal(["marker"], announced.Current.Keys);
    }

    [Fact]
    public void The_first_data_is_told_of_once_when_it_can_be_read()
    {
        var told = new List<bool>();
        _door.OnFirstData(() => told.Add(_store.Initialized));
        _door.Upsert(DataKind.Flag, "a", Items.Flag("a", 1));
        _door.Apply(Items.Partial(Items.Flag("a", 2)));
        Assert.Empty(told);

        _door.Apply(Items.Full(Items.Flag("a", 3)));
        _door.Init(DataSet.Empty);
        Assert.Equal([true], told);
    }

    [Fact]
    public void Data_that_is_there_already_counts_as_the_first()
    {
        _store.Init(DataSet.Empty);
        var told = 0;
        _door.OnFirstData(() => told++);
        Assert.Equal(1, told);
    }
}
