using Halyard.Model;

namespace Halyard.IntegrationTests;

// What a store tells of changes, where it does.
public abstract partial class StoreConformance
{
    /// <summary>What the store tells of when Halyard's writers write.</summary>
    protected virtual StoreVoice OwnWrites => StoreVoice.Names;

    /// <summary>What the store tells of when another program writes.</summary>
    protected virtual StoreVoice ForeignWrites => StoreVoice.Tells;

    [Fact]
    public async Task A_listener_hears_of_items_tombstones_and_complete_sets()
    {
        await using var both = Open();
        await both.InitAsync(Item(DataKind.Flag, "f", 1), Item(DataKind.Flag, "g", 1));
        await using var ear = await Ear.OpenAsync(both.Reader, OwnWrites);
        if (OwnWrites == StoreVoice.Silent)
        {
            return;
        }

        Assert.True(await both.UpsertAsync(Item(DataKind.Flag, "f", 2)));
        await ear.HearsAsync(DataKind.Flag, "f");
        Assert.True(await both.UpsertAsync(Item(DataKind.Segment, "s", 1)));
        await ear.HearsAsync(DataKind.Segment, "s");
        Assert.True(await both.UpsertAsync(Tombstone(DataKind.Flag, "f", 3)));
        await ear.HearsAsync(DataKind.Flag, "f");
        if (OwnWrites == StoreVoice.Names)
        {
            // The items were named, so nothing was said of others.
            Assert.Equal(["f"], ear.Named(DataKind.Flag));
            Assert.Equal(["s"], ear.Named(DataKind.Segment));
            Assert.False(ear.HeardAWholeKind);
        }

        await both.InitAsync(Item(DataKind.Flag, "g", 2));
        await ear.HearsOfAllAsync();
    }

    [Fact]
    public async Task A_listener_hears_of_another_programs_write_where_the_store_tells_of_it()
    {
        await using var both = Open();
        await both.InitAsync(Item(DataKind.Flag, "f", 1));
        await using var ear = await Ear.OpenAsync(both.Reader, OwnWrites);
        await WriteRawAsync(Prefix, DataKind.Flag, "f", 2, """{"key":"f","version":2}""");
        if (ForeignWrites == StoreVoice.Tells)
        {
            await ear.HearsAsync(DataKind.Flag, "f");
        }
        else if (OwnWrites != StoreVoice.Silent)
        {
            // The next write of our own is heard, and nothing was before it.
            Assert.True(await both.UpsertAsync(Item(DataKind.Segment, "s", 1)));
            await ear.HearsAsync(DataKind.Segment, "s");
            Assert.Empty(ear.Named(DataKind.Flag));
        }
    }

    [Fact]
    public async Task Lazy_load_serves_and_announces_a_change_long_before_its_time()
    {
        if (OwnWrites == StoreVoice.Silent)
        {
            return;
        }

        await using var both = Open();
        await both.InitAsync(Serving(1), Item(DataKind.Flag, "other", 1));
        await using var client = await Client.StartAsync(
            new() { DataSystem = new LazyLoadOptions(Store(Prefix)) { Ttl = Timeout.InfiniteTimeSpan } }, Token);
        Assert.Equal(1, client.IntVariation("serving", Halyard.Context.New("u"), 0));
        Assert.False(client.BoolVariation("other", Halyard.Context.New("u"), false));
        var changed = new TaskCompletionSource<FlagValueChange>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var tracking = client.TrackValue("serving", Halyard.Context.New("u"), changed.SetResult);

        // Until it listens, a write may be missed: so write on until one is heard.
        for (var version = 2; !changed.Task.IsCompleted; version++)
        {
            Assert.True(version < 600, "No change was announced.");
            await both.UpsertAsync(Serving(version));
            await Task.WhenAny(changed.Task, Task.Delay(TimeSpan.FromMilliseconds(100), Token));
        }

        Assert.True((await changed.Task).NewValue.AsInt > 1);
    }

    private static SerializedItem Serving(int version) => Item(
        DataKind.Flag, "serving", version, $$""","on":true,"variations":[{{version}}],"fallthrough":{"variation":0}""");
}
