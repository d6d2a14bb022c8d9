namespace Halyard.Tests.LazyLoading;

public sealed class ReadOrderTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task An_older_read_of_all_that_arrives_later_does_not_take_back_a_newer_item()
    {
        await using var lazy = new LazyLoadHarness();
        lazy.Reader.Put("a", 15);
        var (itemGate, allGate) = (new TaskCompletionSource(), new TaskCompletionSource());
        lazy.Reader.Before = (key, _) => key == "a" ? itemGate.Task : Task.CompletedTask;
        lazy.Reader.After = key => key == "*" ? allGate.Task : Task.CompletedTask;

        // The read of the item begins first, yet sees the store after the read of all did.
        var item = lazy.ReadAsync("a");
        var all = lazy.System.FetchAllAsync(TestContext.Current.CancellationToken).AsTask();
        lazy.Reader.Put("a", 16);
        itemGate.SetResult();
        Assert.Equal(16, await item.WaitAsync(Bound, TestContext.Current.CancellationToken));
        allGate.SetResult();
        await all.WaitAsync(Bound, TestContext.Current.CancellationToken);
        Assert.Equal(16, lazy.Read("a"));
        Assert.Equal(16, Assert.Single(lazy.System.AllFlags()).Version);
        Assert.Equal(1, lazy.Reader.Gets);
    }

    [Fact]
    public async Task An_older_item_that_arrives_later_does_not_take_back_a_newer_read_of_all()
    {
        await using var lazy = new LazyLoadHarness();
        lazy.Reader.Put("a", 15);
        var (itemGate, allGate) = (new TaskCompletionSource(), new TaskCompletionSource());
        lazy.Reader.Before = (key, _) => key == "*" ? allGate.Task : Task.CompletedTask;
        lazy.Reader.After = key => key == "a" ? itemGate.Task : Task.CompletedTask;

        // The read of all begins first, yet sees the store after the read of the item did.
        var all = lazy.System.FetchAllAsync(TestContext.Current.CancellationToken).AsTask();
        var item = lazy.ReadAsync("a");
        lazy.Reader.Put("a", 16);
        allGate.SetResult();
        await all.WaitAsync(Bound, TestContext.Current.CancellationToken);
        Assert.Equal(16, lazy.Read("a"));
        itemGate.SetResult();
        Assert.Equal(16, await item.WaitAsync(Bound, TestContext.Current.CancellationToken));
        Assert.Equal(16, lazy.Read("a"));
    }

    [Fact]
    public async Task A_full_cache_does_not_forget_an_item_that_a_read_under_way_could_take_back()
    {
        await using var lazy = new LazyLoadHarness(o => o.MaxItems = 1);
        lazy.Reader.Put("a", 15);
        lazy.Reader.Put("b");
        lazy.Reader.Put("c");
        var allGate = new TaskCompletionSource();
        lazy.Reader.After = key => key == "*" ? allGate.Task : Task.CompletedTask;
        var all = lazy.System.FetchAllAsync(TestContext.Current.CancellationToken).AsTask();
        lazy.Reader.Put("a", 16);
        Assert.Equal(16, lazy.Read("a"));
        foreach (var key in (string[])["b", "c"])
        {
            lazy.Clock.Advance(TimeSpan.FromSeconds(2));
            Assert.Equal(1, lazy.Read(key));
        }

        Assert.Equal(0, lazy.System.Statistics.Evictions);
        allGate.SetResult();
        await all.WaitAsync(Bound, TestContext.Current.CancellationToken);
        Assert.Equal(16, lazy.Read("a"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_store_filled_anew_with_lower_versions_is_followed(bool all)
    {
        await using var lazy = new LazyLoadHarness();
        lazy.Reader.Put("a", 16);
        Assert.Equal(16, lazy.Read("a"));
        lazy.Reader.Put("a", 3);
        lazy.Clock.Advance(TimeSpan.FromMinutes(5));
        if (all)
        {
            await lazy.System.FetchAllAsync(TestContext.Current.CancellationToken);
        }

        Assert.Equal(3, lazy.Read("a"));
    }
}
