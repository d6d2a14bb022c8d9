using System.Text;
using System.Text.Json;
using CsCheck;
using Halyard.DataComponents;
using Halyard.Model;
using Halyard.Tests.Sqlite;
using Halyard.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace Halyard.Tests.WritingThrough;

/// <summary>
/// Which versions meet in a store: the event's is for the memory's order alone, the item's own is what stores compare.
/// </summary>
public sealed class StoreVersionTests : SqliteTest
{
    private static readonly Gen<Step> Steps = Gen.Select(
        Gen.Int[0, 3], Gen.Frequency((3, Gen.Const(false)), (1, Gen.Const(true))), Gen.Int[1, 4], Gen.Int[1, 3], Gen.Bool)
        .Select((key, deletes, envelope, ahead, isFlag) => new Step(isFlag ? DataKind.Flag : DataKind.Segment, "k" + key, deletes, envelope, ahead));

    // Change sets of one to three items; now and then all is sent anew; and at some of them the store catches up.
    private static readonly Gen<(Step[] Items, bool Full, bool Settles)[]> Histories =
        Gen.Select(Steps.Array[1, 3], Gen.Frequency((9, Gen.Const(false)), (1, Gen.Const(true))), Gen.Bool).Array[1, 12];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_store_of_which_this_process_is_the_only_writer_ends_with_what_memory_holds(bool comparesJson) =>
        await Histories.SampleAsync(history => ReplayAsync(history, new FakeStore(comparesJson)), iter: 150, threads: 1);

    [Fact]
    public async Task Sqlite_ends_with_what_memory_holds() =>
        await Histories.SampleAsync(
            history => ReplayAsync(history, new SqliteStore(Path.Combine(Folder, Guid.NewGuid() + ".db"))), iter: 12, threads: 1);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_events_version_far_below_the_items_own_reaches_the_store(bool comparesJson)
    {
        var store = new FakeStore(comparesJson);
        await using var through = new Through(store);
        through.Door.Apply(new(ChangeSetKind.Full, [Flag(1, 100)], new("s", 1)));
        through.Door.Apply(new(ChangeSetKind.Partial, [Flag(2, 101)], new("s", 2)));
        await through.SettledAsync();
        Assert.Equal(101, store.VersionOf(DataKind.Flag, "a"));
        through.Door.Apply(new(ChangeSetKind.Partial, [ItemDescriptor.Tombstone(DataKind.Flag, "a", 3)], new("s", 3)));
        await through.SettledAsync();
        Assert.Equal((102L, true), (store.VersionOf(DataKind.Flag, "a"), store.Items[(DataKind.Flag, "a")].Deleted));
        Assert.Contains("\"version\":102", Encoding.UTF8.GetString(store.Items[(DataKind.Flag, "a")].SerializedItem.Span), StringComparison.Ordinal);
        through.Door.Apply(new(ChangeSetKind.Partial, [Flag(4, 1)], new("s", 4)));
        await through.SettledAsync();
        Assert.False(store.Items[(DataKind.Flag, "a")].Deleted);
        Assert.Equal(1, store.Inits);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_item_that_is_written_with_all_others_does_not_take_the_version_of_a_change_that_came_after_it(bool deletes)
    {
        var versions = new StoreVersions();
        var memory = new MemoryStore();
        var old = Flag(1, 49);
        memory.Init(new([(ItemDescriptor<Flag>)old], []));
        ItemDescriptor change = deletes ? ItemDescriptor.Tombstone(DataKind.Flag, "a", 2) : Flag(2, 7);
        var change2 = Assert.Single(versions.Note(DataWrite.Of(DataKind.Flag, "a", change), memory.Snapshot));
        Assert.True(versions.Serialized(old).Item.Version < change2.Version);
        Assert.Equal(change2.Version, versions.Serialized(change).Item.Version);
    }

    [Fact]
    public async Task A_deletion_that_is_sent_twice_is_written_however_long_the_first_waits()
    {
        var store = new FakeStore(comparesJson: true);
        await using var through = new Through(store);
        through.Door.Apply(new(ChangeSetKind.Full, [Flag(1, 100)], new("s", 1)));
        await through.SettledAsync();
        through.Door.Apply(new(
            ChangeSetKind.Partial,
            [ItemDescriptor.Tombstone(DataKind.Flag, "a", 2), ItemDescriptor.Tombstone(DataKind.Flag, "a", 3)],
            new("s", 2)));
        await through.SettledAsync();
        Assert.True(store.Items[(DataKind.Flag, "a")].Deleted);
    }

    [Theory]
    [InlineData(101)]
    [InlineData(150)]
    public async Task What_another_writer_stored_with_an_equal_or_higher_item_version_stays(long theirs)
    {
        foreach (var change in new ItemDescriptor[] { Flag(2, 101), ItemDescriptor.Tombstone(DataKind.Flag, "a", 2) })
        {
            var store = new FakeStore(comparesJson: true);
            await using var through = new Through(store);
            through.Door.Apply(new(ChangeSetKind.Full, [Flag(1, 100)], new("s", 1)));
            await through.SettledAsync();
            var foreign = SerializedItem.Of(Flag(theirs, theirs)).Item;
            store.Items[(DataKind.Flag, "a")] = foreign;
            store.Items[(DataKind.Flag, "other")] = foreign;
            through.Door.Apply(new(ChangeSetKind.Partial, [change], new("s", 2)));
            await through.SettledAsync();
            Assert.Equal(foreign, store.Items[(DataKind.Flag, "a")]);
            Assert.Contains((DataKind.Flag, "other"), store.Items.Keys);
            Assert.Equal(1, store.Inits);
        }
    }

    [Fact]
    public async Task A_malformed_item_leaves_the_last_good_version_in_the_store()
    {
        var store = new FakeStore(comparesJson: true);
        await using var through = new Through(store);
        through.Door.Init(Items.Set(Items.Flag("a", 5), Items.Flag("b", 5)));
        through.Door.Upsert(DataKind.Flag, "a", Bad.Flag("a", 6));
        through.Door.Apply(Items.Partial(Bad.Flag("a", 7), Items.Flag("b", 6)));
        await through.SettledAsync();
        Assert.Equal((5L, 6L), (store.VersionOf(DataKind.Flag, "a"), store.VersionOf(DataKind.Flag, "b")));
        through.Door.Init(Items.Set(Items.Flag("b", 6)) with { Malformed = [Bad.Flag("a", 8)] });
        await through.SettledAsync();
        Assert.Equal(5, store.VersionOf(DataKind.Flag, "a"));
    }

    private static ItemDescriptor Flag(long envelope, long own) => Items.Flag("a", own).WithVersion(envelope);

    private static async Task ReplayAsync((Step[] Items, bool Full, bool Settles)[] history, IPersistentStore store)
    {
        await using (var through = new Through(store))
        {
            through.Door.Apply(new(ChangeSetKind.Full, [], new("s", 0)));
            var own = new Dictionary<(DataKind, string), long>();
            foreach (var (steps, full, settles) in history)
            {
                through.Door.Apply(new(full ? ChangeSetKind.Full : ChangeSetKind.Partial, [.. steps.Select(step => Change(step, own))], new("s", 1)));
                if (full)
                {
                    foreach (var gone in own.Keys.Except(steps.Select(step => (step.Kind, step.Key))).ToList())
                    {
                        own.Remove(gone);
                    }
                }

                if (settles)
                {
                    await through.SettledAsync();
                }
            }

            await through.SettledAsync();
            await CompareAsync(store, through.Memory.Snapshot);
        }

        await ((store as FakeStore)?.DisposeAsync() ?? default);
    }

    // An item's own version rises with each change, and starts anew when it comes back.
    private static ItemDescriptor Change(Step step, Dictionary<(DataKind, string), long> own)
    {
        if (step.Deletes)
        {
            own.Remove((step.Kind, step.Key));
            return ItemDescriptor.Tombstone(step.Kind, step.Key, step.Envelope);
        }

        var version = own[(step.Kind, step.Key)] = own.GetValueOrDefault((step.Kind, step.Key)) + (step.Ahead * 7);
        ItemDescriptor item = step.Kind == DataKind.Flag ? Items.Flag(step.Key, version) : Items.Segment(step.Key, version);
        return item.WithVersion(step.Envelope);
    }

    private static async Task CompareAsync(IPersistentStore store, DataSnapshot memory)
    {
        await using var reader = store.CreateReader(new(NullLoggerFactory.Instance, TimeProvider.System));
        foreach (var kind in new[] { DataKind.Flag, DataKind.Segment })
        {
            var live = (kind == DataKind.Flag ? memory.AllFlags().Cast<ItemDescriptor>() : memory.AllSegments())
                .ToDictionary(item => item.Key, item => Encoding.UTF8.GetString(item.ToUtf8Json()));
            var stored = (await reader.AllAsync(kind, CancellationToken.None))
                .Where(pair => !pair.Value.Deleted && !IsDeleted(pair.Value.SerializedItem))
                .ToDictionary(pair => pair.Key, pair => Encoding.UTF8.GetString(pair.Value.SerializedItem.Span));
            Assert.Equal(live.OrderBy(pair => pair.Key), stored.OrderBy(pair => pair.Key));
        }
    }

    private static bool IsDeleted(ReadOnlyMemory<byte> json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.TryGetProperty("deleted", out var deleted) && deleted.GetBoolean();
    }

    private sealed record Step(DataKind Kind, string Key, bool Deletes, long Envelope, long Ahead);

    /// <summary>A memory with its door and the writer behind it.</summary>
    private sealed class Through : IAsyncDisposable
    {
        private readonly PersistentStoreWriter _writer;

        public Through(IPersistentStore store)
        {
            _writer = new(
                Memory, store.CreateWriter(new(NullLoggerFactory.Instance, TimeProvider.System)), new WriteThroughOptions(store), TimeProvider.System,
                NullLogger.Instance);
            Door = new(Memory, Memory, new FlagChanges(), _writer);
        }

        public MemoryStore Memory { get; } = new();

        public ChangeNotifier Door { get; }

        public Task SettledAsync() => Conditions.UntilAsync(() => _writer.Pending == 0);

        public ValueTask DisposeAsync() => _writer.DisposeAsync();
    }

    /// <summary>A store in memory that compares the version inside the text, as Redis does, or one beside it, as SQLite does.</summary>
    private sealed class FakeStore(bool comparesJson) : IPersistentStore, ISerializedDataWriter, ISerializedDataReader
    {
        public Dictionary<(DataKind Kind, string Key), SerializedItemDescriptor> Items { get; } = [];

        public int Inits { get; private set; }

        public int LargestBatch => 100;

        public string Identity => "fake";

        public ISerializedDataReader CreateReader(PersistentStoreContext context) => this;

        public ISerializedDataWriter CreateWriter(PersistentStoreContext context) => this;

        public long VersionOf(DataKind kind, string key)
        {
            lock (Items)
            {
                return VersionOf(Items[(kind, key)]);
            }
        }

        public ValueTask InitAsync(IReadOnlyList<SerializedItem> items, CancellationToken cancellationToken)
        {
            lock (Items)
            {
                Inits++;
                Items.Clear();
                foreach (var item in items)
                {
                    Items[(item.Kind, item.Key)] = item.Item;
                }
            }

            return default;
        }

        public ValueTask<bool> UpsertAsync(SerializedItem item, CancellationToken cancellationToken)
        {
            lock (Items)
            {
                if (Items.TryGetValue((item.Kind, item.Key), out var stored) && VersionOf(stored) >= item.Item.Version)
                {
                    return new(false);
                }

                Items[(item.Kind, item.Key)] = item.Item;
                return new(true);
            }
        }

        public ValueTask<bool> InitializedAsync(CancellationToken cancellationToken) => new(true);

        public ValueTask<SerializedItemDescriptor?> GetAsync(DataKind kind, string key, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<SerializedItemDescriptor?[]> GetManyAsync(DataKind kind, IReadOnlyList<string> keys, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<IReadOnlyDictionary<string, SerializedItemDescriptor>> AllAsync(DataKind kind, CancellationToken cancellationToken)
        {
            lock (Items)
            {
                return new(Items.Where(pair => pair.Key.Kind == kind).ToDictionary(pair => pair.Key.Key, pair => pair.Value));
            }
        }

        public ValueTask DisposeAsync() => default;

        private long VersionOf(SerializedItemDescriptor stored)
        {
            if (!comparesJson)
            {
                return stored.Version;
            }

            using var document = JsonDocument.Parse(stored.SerializedItem);
            return document.RootElement.GetProperty("version").GetInt64();
        }
    }
}
