using Halyard.Model;
using Microsoft.Extensions.Time.Testing;

namespace Halyard.Tests.Clients;

public sealed class ClientStoreTests
{
    private readonly HeldStore _held = new();
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task Pushed_items_are_found_and_a_deleted_one_is_absent()
    {
        ScriptedSource? source = null;
        await using var client = await StartAsync(DataSystem.FromSynchronizer(context => source = new(context.Status)));
        var store = client.Store;
        Assert.False(store.Initialized);
        Assert.Null(store.GetFlag("flag"));

        source!.Destination!.Init(new([Items.Flag("flag"), Items.Flag("gone")], [Items.Segment("segment")]));
        var before = store.Snapshot();
        source.Destination.Upsert(DataKind.Flag, "gone", ItemDescriptor.Tombstone(DataKind.Flag, "gone", 9));
        source.Destination.Upsert(DataKind.Segment, "segment", ItemDescriptor.Tombstone(DataKind.Segment, "segment", 9));

        Assert.True(store.Initialized);
        Assert.Equal("flag", store.GetFlag("flag")!.Item!.Key);
        Assert.Null(store.GetFlag("gone"));
        Assert.Null(store.GetSegment("segment"));
        Assert.Null(await store.GetFlagAsync("gone", Clients.Token));
        Assert.Null(await store.GetSegmentAsync("segment", Clients.Token));
        Assert.Equal(["flag"], store.AllFlags().Select(item => item.Key));
        Assert.Empty(store.AllSegments());
        Assert.Equal(["flag"], (await store.AllFlagsAsync(Clients.Token)).Select(item => item.Key));
        Assert.Empty(await store.AllSegmentsAsync(Clients.Token));

        // The moment that was taken before stays as it was.
        Assert.NotNull(before.GetFlag("gone"));
        Assert.NotNull(before.GetSegment("segment"));
        Assert.Equal(2, before.AllFlags().Count);
        Assert.Single(before.AllSegments());
    }

    [Fact]
    public async Task A_call_on_Lazy_Load_fetches_and_a_snapshot_holds_what_is_cached()
    {
        _held.Put(new DataSet([Items.Flag("a"), Items.Flag("b")], [Items.Segment("s")]));
        await using var client = await StartAsync(DataSystem.LazyLoad(_held));
        var store = client.Store;
        Assert.Empty(store.Snapshot().AllFlags());

        Assert.Equal("a", store.GetFlag("a")!.Key);
        Assert.Equal(["a"], store.Snapshot().AllFlags().Select(item => item.Key));
        Assert.Equal("b", (await store.GetFlagAsync("b", Clients.Token))!.Key);
        Assert.Equal("s", (await store.GetSegmentAsync("s", Clients.Token))!.Key);
        Assert.Null(store.GetFlag("nothing"));
        Assert.Null(store.Snapshot().GetFlag("nothing"));

        var reads = _held.Reads;
        Assert.NotNull(store.GetFlag("a"));
        Assert.NotNull(store.GetSegment("s"));
        Assert.Null(store.GetFlag("nothing"));
        Assert.Equal(reads, _held.Reads);
    }

    [Fact]
    public async Task All_items_of_Lazy_Load_are_fetched_as_a_whole()
    {
        _held.Put(new DataSet([Items.Flag("a"), Items.Flag("b")], [Items.Segment("s")]));
        await using var blocking = await StartAsync(DataSystem.LazyLoad(_held));
        Assert.Equal(["a", "b"], blocking.Store.AllFlags().Select(item => item.Key).Order(StringComparer.Ordinal));
        Assert.Single(blocking.Store.AllSegments());

        await using var awaiting = await StartAsync(DataSystem.LazyLoad(_held));
        Assert.Single(await awaiting.Store.AllSegmentsAsync(Clients.Token));
        var reads = _held.Reads;
        Assert.Equal(2, (await awaiting.Store.AllFlagsAsync(Clients.Token)).Count);
        Assert.Equal(reads, _held.Reads);
    }

    [Fact]
    public async Task A_store_that_is_down_gives_what_was_known_and_throws_nothing()
    {
        _held.Put(new DataSet([Items.Flag("known"), Items.Flag("other")], []));
        await using var client = await StartAsync(new LazyLoadOptions(_held) { Ttl = TimeSpan.FromSeconds(10), TtlJitter = 0 });
        Assert.NotNull(client.Store.GetFlag("known"));
        _time.Advance(TimeSpan.FromSeconds(11));
        _held.IsDown = true;

        Assert.NotNull(client.Store.GetFlag("known"));
        Assert.Null(client.Store.GetFlag("other"));
        Assert.Null(await client.Store.GetFlagAsync("other", Clients.Token));
        Assert.Equal(["known"], client.Store.AllFlags().Select(item => item.Key));
        Assert.Empty(await client.Store.AllSegmentsAsync(Clients.Token));
    }

    [Fact]
    public async Task Only_Lazy_Load_has_statistics_of_a_cache()
    {
        _held.Put(Items.Flag("a"));
        await using var lazy = await StartAsync(DataSystem.LazyLoad(_held));
        await using var pushed = await Clients.StartAsync(new TestData());
        lazy.Store.GetFlag("a");
        lazy.Store.GetFlag("nothing");

        Assert.Equal((1, 2L), (lazy.LazyLoadStatistics!.Flags, lazy.LazyLoadStatistics.Misses));
        Assert.Equal("held", lazy.DataSystemName);
        Assert.Null(pushed.LazyLoadStatistics);
    }

    private Task<Client> StartAsync(DataSystemOptions system) =>
        Client.StartAsync(new() { DataSystem = system, TimeProvider = _time, StartTimeout = TimeSpan.Zero }, Clients.Token);
}
