using System.Threading.Channels;
using Halyard.Model;
using Halyard.Tests.Clients;
using Halyard.Tests.LazyLoading;
using Halyard.Tests.Support;
using static Halyard.Tests.Clients.Clients;

namespace Halyard.Tests.Overrides;

/// <summary>What is announced when overrides change, and when data changes that overrides depend on.</summary>
public sealed class OverrideChangeTests
{
    private readonly Channel<FlagChange> _heard = Channel.CreateUnbounded<FlagChange>();

    [Fact]
    public async Task A_changed_override_is_announced_with_all_that_depends_on_it()
    {
        await using var client = await StartAsync(
            Items.Flag("a"), Items.Flag("b", prerequisites: ["a"]), Items.Flag("c", prerequisites: ["b"]), Items.Flag("z"),
            Items.Flag("s", segments: ["outer"]), Items.Segment("outer", 1, "inner"), Items.Segment("inner"));
        client.Overrides.Set("a", 1);
        Assert.Equal(["a", "b", "c"], await NextAsync());
        client.Overrides.Set(Items.Segment("inner").Item!);
        Assert.Equal(["s"], await NextAsync());
        client.Overrides.Set(Items.Flag("o", prerequisites: ["z"]).Item!);
        Assert.Equal(["o"], await NextAsync());

        // By references that the data has and the override too, in turn.
        client.Overrides.Set(Items.Flag("z", prerequisites: ["c"]).Item!);
        Assert.Equal(["o", "z"], await NextAsync());
        Assert.True(client.Overrides.Remove("a"));
        Assert.Equal(["a", "b", "c", "o", "z"], await NextAsync());

        // What depended on something by the override that goes hears of it as well.
        client.Overrides.Clear();
        Assert.Equal(["o", "s", "z"], await NextAsync());
        client.Overrides.Clear();
        client.Overrides.Set("a", 2);
        Assert.Equal(["a", "b", "c"], await NextAsync());
    }

    [Fact]
    public async Task A_change_of_the_data_reaches_the_overrides_that_depend_on_it_and_what_depends_on_those()
    {
        var (client, destination) = await StartWithDestinationAsync(
            Items.Flag("a"), Items.Segment("s"), Items.Flag("on-top", prerequisites: ["by-flag"]));
        await using var _ = client;
        client.Overrides.Set(Items.Flag("by-flag", prerequisites: ["a"]).Item!);
        client.Overrides.Set(Items.Flag("by-segment", segments: ["s"]).Item!);
        await NextAsync();
        await NextAsync();

        destination.Upsert(DataKind.Flag, "a", Items.Flag("a", 2));
        Assert.Equal(["a", "by-flag", "on-top"], await NextAsync());
        destination.Upsert(DataKind.Segment, "s", Items.Segment("s", 2));
        Assert.Equal(["by-segment"], await NextAsync());
        destination.Init(Items.Set(Items.Flag("a", 2), Items.Segment("s", 3), Items.Flag("on-top", prerequisites: ["by-flag"])));
        Assert.Equal(["by-segment"], await NextAsync());
        destination.Apply(Items.Partial(Items.Flag("a", 3), Items.Segment("s", 4)));
        Assert.Equal(["a", "by-flag", "by-segment", "on-top"], await NextAsync());

        client.Overrides.Clear();
        await NextAsync();
        destination.Upsert(DataKind.Flag, "a", Items.Flag("a", 4));
        Assert.Equal(["a"], await NextAsync());
    }

    [Fact]
    public async Task A_change_that_a_store_tells_of_reaches_the_overrides_that_depend_on_it()
    {
        var held = new HeldStore();
        held.Put(Items.Segment("s"));
        var signals = new FakeSignals();
        await using var client = await Client.StartAsync(
            new() { DataSystem = new LazyLoadOptions(new SignallingStore(held, signals)) { RefetchSpread = TimeSpan.Zero } }, Token);
        await Conditions.UntilAsync(() => signals.IsHeard);
        client.Overrides.Set(new Flag { Key = "over", On = true, Rules = [new() { Clauses = [Items.SegmentMatch("s")] }] });
        client.BoolVariation("over", User, false);
        client.FlagChanges.Changed += Hear;

        held.Put(Items.Segment("s", 2));
        signals.Say(StoreChange.Of(DataKind.Segment, "s"));
        Assert.Equal(["over"], await NextAsync());
    }

    [Fact]
    public async Task Who_listens_from_later_on_hears_of_what_was_overridden_before()
    {
        var (client, destination) = await StartWithDestinationAsync(Items.Flag("a"));
        await using var _ = client;
        client.FlagChanges.Changed -= Hear;
        client.Overrides.Set(Items.Flag("over", prerequisites: ["a"]).Item!);
        client.FlagChanges.Changed += Hear;
        destination.Upsert(DataKind.Flag, "a", Items.Flag("a", 2));
        Assert.Equal(["a", "over"], await NextAsync());
    }

    [Fact]
    public async Task A_flag_whose_arrays_were_never_set_holds_up_no_change_of_the_data()
    {
        var (client, destination) = await StartWithDestinationAsync(Items.Flag("a"));
        await using var _ = client;
        client.Overrides.Set(new Flag { Key = "odd", Prerequisites = default, Rules = default, Variations = default, Targets = default });
        Assert.Equal(["odd"], await NextAsync());
        destination.Upsert(DataKind.Flag, "a", Items.Flag("a", 2));
        Assert.Equal(["a"], await NextAsync());
        Assert.True(client.BoolVariation("odd", User, true));
    }

    [Fact]
    public async Task Changes_from_many_threads_leave_the_last_of_each_key()
    {
        await using var client = await StartAsync(Items.Flag("a"));
        await Parallel.ForEachAsync(Enumerable.Range(0, 8), Token, (thread, _) =>
        {
            for (var i = 0; i <= 500; i++)
            {
                client.Overrides.Set($"flag-{thread}", i);
                client.Overrides.Set("common", i);
                if (i < 500)
                {
                    client.Overrides.Remove($"flag-{thread}");
                }
            }

            return ValueTask.CompletedTask;
        });
        Assert.Equal(9, client.Overrides.Flags.Count);
        Assert.All(client.Overrides.Flags.Where(flag => flag.Key != "common"), flag => Assert.Equal(500, client.IntVariation(flag.Key, User, 0)));
    }

    [Fact]
    public async Task The_value_of_a_tracked_flag_follows_its_override_on_pushed_data_and_on_a_store()
    {
        var store = new HeldStore();
        foreach (var system in new DataSystemOptions[] { DataSystem.TestData(new TestData().Update(TestData.Flag("f").ValueForAll("base"))), DataSystem.LazyLoad(store) })
        {
            store.Put(ItemDescriptor<Flag>.Of("f", 1, new() { Key = "f", Version = 1, OffVariation = 0, Variations = ["base"] }));
            await using var client = await Client.StartAsync(new() { DataSystem = system }, Token);
            var values = Channel.CreateUnbounded<FlagValueChange>();
            using var tracking = client.TrackValue("f", User, change => values.Writer.TryWrite(change));
            client.Overrides.Set("f", "mine");
            Assert.Equal(new("f", "base", "mine"), await values.Reader.ReadAsync(Token).AsTask().Soon());
            client.Overrides.Remove("f");
            Assert.Equal(new("f", "mine", "base"), await values.Reader.ReadAsync(Token).AsTask().Soon());
        }
    }

    private async Task<Client> StartAsync(params ItemDescriptor[] items) => (await StartWithDestinationAsync(items)).Client;

    private async Task<(Client Client, IDataDestination Destination)> StartWithDestinationAsync(params ItemDescriptor[] items)
    {
        ScriptedSource? source = null;
        var client = await Client.StartAsync(
            new() { DataSystem = DataSystem.FromSynchronizer(context => source = new(context.Status)), StartTimeout = TimeSpan.Zero }, Token);
        source!.Destination!.Init(Items.Set(items));
        client.FlagChanges.Changed += Hear;
        return (client, source.Destination);
    }

    private void Hear(FlagChange change) => _heard.Writer.TryWrite(change);

    private async Task<IEnumerable<string>> NextAsync()
    {
        var keys = (await _heard.Reader.ReadAsync(Token).AsTask().Soon()).Keys;
        Assert.Equal(keys.Distinct(), keys);
        return keys.Order(StringComparer.Ordinal);
    }
}
