using System.Collections.Concurrent;
using Halyard.Model;
using Halyard.Tests.Support;

namespace Halyard.Tests.LazyLoading;

public sealed class LazyLoadTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task An_item_is_fetched_once_and_again_when_its_time_is_over()
    {
        await using var lazy = new LazyLoadHarness();
        lazy.Reader.Put("a");
        Assert.Equal(1, await lazy.ReadAsync("a"));
        lazy.Reader.Put("a", 2);
        lazy.Clock.Advance(TimeSpan.FromMinutes(5) - TimeSpan.FromTicks(1));
        Assert.Equal(1, await lazy.ReadAsync("a"));
        Assert.Equal(1, lazy.Reader.Gets);
        lazy.Clock.Advance(TimeSpan.FromTicks(1));
        Assert.Equal(2, await lazy.ReadAsync("a"));
        Assert.Equal(2, lazy.Reader.Gets);
    }

    [Fact]
    public async Task An_absent_key_is_cached_too()
    {
        await using var lazy = new LazyLoadHarness();
        Assert.Null(await lazy.ReadAsync("nowhere"));
        Assert.Null(lazy.Read("nowhere"));
        Assert.Null(lazy.System.GetFlag("nowhere"));
        Assert.Equal(1, lazy.Reader.Gets);
        Assert.True(lazy.System.IsKnown(DataKind.Flag, "nowhere"));
        lazy.Reader.Put("nowhere");
        lazy.Clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(1, lazy.Read("nowhere"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_ttl_of_zero_asks_for_every_read_even_when_the_clock_stands_still(bool sync)
    {
        await using var lazy = new LazyLoadHarness(o => o.Ttl = TimeSpan.Zero);
        for (var version = 1; version <= 5; version++)
        {
            lazy.Reader.Put("a", version);
            Assert.Equal(version, sync ? lazy.Read("a") : await lazy.ReadAsync("a"));
            Assert.Equal(version, lazy.Reader.Gets);
        }
    }

    [Fact]
    public async Task A_ttl_of_zero_keeps_last_known_data_in_an_outage()
    {
        await using var lazy = new LazyLoadHarness(o => o.Ttl = TimeSpan.Zero);
        lazy.Reader.Put("a");
        Assert.Equal(1, lazy.Read("a"));
        lazy.Reader.Failure = new IOException("gone");
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(1, lazy.Read("a"));
        }

        Assert.Equal(3, lazy.Reader.Gets); // the second of them was tried twice
        lazy.Reader.Failure = null;
        lazy.Reader.Put("a", 2);
        lazy.Clock.Advance(TimeSpan.FromSeconds(1));
        await Conditions.UntilAsync(() => lazy.Status.Current.State == DataSourceState.Valid);
        Assert.Equal(2, lazy.Read("a"));
    }

    [Fact]
    public async Task A_ttl_of_infinity_asks_once()
    {
        await using var lazy = new LazyLoadHarness(o => o.Ttl = Timeout.InfiniteTimeSpan);
        lazy.Reader.Put("a");
        Assert.Equal(1, lazy.Read("a"));
        Assert.Null(lazy.Read("b"));
        lazy.Reader.Put("a", 2);
        lazy.Reader.Put("b", 2);
        lazy.Clock.Advance(TimeSpan.FromDays(3000));
        Assert.Equal(1, lazy.Read("a"));
        Assert.Null(lazy.Read("b"));
        Assert.Equal(2, lazy.Reader.Gets);
    }

    [Fact]
    public async Task Jitter_shortens_the_time_by_at_most_its_share()
    {
        await using var lazy = new LazyLoadHarness(o => o.TtlJitter = 0.1, random: 0.5);
        lazy.Reader.Put("a");
        lazy.Read("a");
        lazy.Reader.Put("a", 2);
        lazy.Clock.Advance(TimeSpan.FromMinutes(5) * 0.949);
        Assert.Equal(1, lazy.Read("a"));
        lazy.Clock.Advance(TimeSpan.FromMinutes(5) * 0.002);
        Assert.Equal(2, lazy.Read("a"));
    }

    [Fact]
    public async Task An_outage_of_ten_minutes_costs_few_attempts_two_lines_and_no_read()
    {
        await using var lazy = new LazyLoadHarness(o => o.Ttl = TimeSpan.FromSeconds(20));
        var states = new ConcurrentQueue<DataSourceState>();
        var up = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lazy.Status.Changed += status =>
        {
            states.Enqueue(status.State);
            if (status.State == DataSourceState.Valid && states.Count > 1)
            {
                up.TrySetResult();
            }
        };
        await lazy.System.StartAsync(TestContext.Current.CancellationToken);
        for (var i = 0; i < 100; i++)
        {
            lazy.Reader.Put("flag-" + i);
            Assert.Equal(1, await lazy.ReadAsync("flag-" + i));
        }

        Assert.Null(await lazy.ReadAsync("absent"));
        await Conditions.UntilAsync(() => states.Count == 1);
        var before = lazy.Reader.Attempts;
        lazy.Reader.Failure = new IOException("connection refused");
        for (var second = 0; second < 600; second++)
        {
            lazy.Clock.Advance(TimeSpan.FromSeconds(1));
            for (var i = 0; i < 100; i++)
            {
                Assert.Equal(1, (second + i) % 2 == 0 ? lazy.Read("flag-" + i) : await lazy.ReadAsync("flag-" + i));
            }

            Assert.Null(lazy.Read("absent"));
            Assert.Null(lazy.Read("never-seen"));
        }

        Assert.True(lazy.System.IsKnown(DataKind.Flag, "absent"));
        Assert.False(lazy.System.IsKnown(DataKind.Flag, "never-seen"));
        Assert.InRange(lazy.Reader.Attempts - before, 10, 45);
        lazy.Reader.Failure = null;
        lazy.Reader.Put("never-seen", 7);
        lazy.Clock.Advance(TimeSpan.FromSeconds(31));
        await up.Task.WaitAsync(Bound, TestContext.Current.CancellationToken);
        Assert.Equal(7, lazy.Read("never-seen"));
        Assert.Equal([DataSourceState.Valid, DataSourceState.Interrupted, DataSourceState.Valid], states);
        var lines = lazy.Lines;
        Assert.Single(lines, line => line.Contains("is interrupted", StringComparison.Ordinal));
        Assert.Single(lines, line => line.Contains("recovered", StringComparison.Ordinal));
        Assert.InRange(lines.Count, 2, 3); // and one when it had lasted a minute
    }

    [Fact]
    public async Task A_store_that_is_down_at_the_start_is_found_when_it_comes_up()
    {
        await using var lazy = new LazyLoadHarness();
        lazy.Reader.Failure = new IOException("down");
        await lazy.System.StartAsync(TestContext.Current.CancellationToken);
        Assert.False(lazy.System.Initialized);
        Assert.Null(lazy.Read("a"));
        Assert.False(lazy.System.IsKnown(DataKind.Flag, "a"));
        Assert.Equal(DataSourceState.Initializing, lazy.Status.Current.State);
        lazy.Reader.Failure = null;
        lazy.Reader.Put("a");
        lazy.Clock.Advance(TimeSpan.FromSeconds(1));
        await Conditions.UntilAsync(() => lazy.System.Initialized);
        Assert.Equal(1, lazy.Read("a"));
        await Conditions.UntilAsync(() => lazy.Status.Current.State == DataSourceState.Valid);
    }

    [Fact]
    public async Task What_cannot_be_read_while_the_store_answers_is_no_outage()
    {
        await using var lazy = new LazyLoadHarness(o => o.Ttl = TimeSpan.FromSeconds(10));
        lazy.Reader.Put("a");
        lazy.Reader.UnreadableKind = DataKind.Segment;
        Assert.Null(lazy.System.GetSegment("s"));
        lazy.Clock.Advance(TimeSpan.FromSeconds(1));
        await Conditions.UntilAsync(() => lazy.Status.Current.State == DataSourceState.Valid);
        for (var i = 0; i < 60; i++)
        {
            lazy.Clock.Advance(TimeSpan.FromSeconds(1));
            lazy.Reader.Put("a", i);
            Assert.Null(lazy.System.GetSegment("s"));
            Assert.InRange(lazy.Read("a")!.Value, Math.Max(0, i - 10), i);
        }

        Assert.Equal(DataSourceState.Valid, lazy.Status.Current.State);
        Assert.Single(lazy.Lines, line => line.Contains("cannot be read", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Stale_items_are_served_while_they_are_refreshed_if_so_chosen()
    {
        await using var lazy = new LazyLoadHarness(o => o.StaleWhileRevalidate = true);
        lazy.Reader.Put("a");
        Assert.Equal(1, await lazy.ReadAsync("a"));
        lazy.Reader.Put("a", 2);
        var gate = new TaskCompletionSource();
        lazy.Reader.Before = (_, _) => gate.Task;
        lazy.Clock.Advance(TimeSpan.FromMinutes(5));
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(1, i % 2 == 0 ? lazy.Read("a") : await lazy.ReadAsync("a"));
        }

        await Conditions.UntilAsync(() => lazy.Reader.Gets == 2);
        gate.SetResult();
        await Conditions.UntilAsync(() => lazy.Read("a") == 2);
        Assert.Equal(2, lazy.Reader.Gets);
        Assert.True(lazy.System.Statistics.StaleServes > 0);
    }

    [Fact]
    public async Task A_read_of_all_fills_the_items_and_drops_what_vanished()
    {
        await using var lazy = new LazyLoadHarness();
        lazy.Reader.Put("old");
        Assert.Equal(1, lazy.Read("old"));
        lazy.Reader.Versions.Clear();
        lazy.Reader.Put("a");
        lazy.Reader.Put("b");
        lazy.Reader.Versions[(DataKind.Segment, "s")] = 4;
        Assert.False(lazy.System.AllFresh);
        await lazy.System.FetchAllAsync(TestContext.Current.CancellationToken);
        Assert.True(lazy.System.AllFresh);
        Assert.Equal(["a", "b"], lazy.System.AllFlags().Select(f => f.Key).Order());
        Assert.Equal(["s"], lazy.System.AllSegments().Select(f => f.Key));
        var gets = lazy.Reader.Gets;
        Assert.Equal(1, lazy.Read("a"));
        Assert.Null(lazy.Read("old"));
        Assert.Equal(4, lazy.System.GetSegment("s")!.Version);
        Assert.Equal(gets, lazy.Reader.Gets);
        Assert.Equal(2, lazy.Reader.Alls);
        lazy.Clock.Advance(TimeSpan.FromMinutes(5));
        Assert.False(lazy.System.AllFresh);
        Assert.Equal(2, lazy.System.AllFlags().Count);
        Assert.Equal(4, lazy.Reader.Alls);
    }

    [Fact]
    public async Task All_is_read_for_every_all_flags_read_with_a_ttl_of_zero()
    {
        await using var lazy = new LazyLoadHarness(o => o.Ttl = TimeSpan.Zero);
        for (var i = 1; i < 4; i++)
        {
            lazy.Reader.Put("flag-" + i);
            Assert.False(lazy.System.AllFresh);
            Assert.Equal(i, lazy.System.AllFlags().Count);
            Assert.Equal(2 * i, lazy.Reader.Alls);
        }
    }

    [Fact]
    public async Task An_all_flags_read_in_an_outage_gives_last_known_data()
    {
        await using var lazy = new LazyLoadHarness();
        lazy.Reader.Put("a");
        Assert.Single(lazy.System.AllFlags());
        lazy.Reader.Failure = new IOException("gone");
        lazy.Clock.Advance(TimeSpan.FromMinutes(5));
        for (var i = 0; i < 10; i++)
        {
            Assert.Single(lazy.System.AllFlags());
            Assert.Equal(1, lazy.Read("a"));
            Assert.Null(lazy.Read("unheard-of"));
        }

        Assert.InRange(lazy.Reader.Alls, 5, 6); // each kind is tried twice; the third failure may come before the fourth try
        Assert.True(lazy.System.IsKnown(DataKind.Flag, "unheard-of"), "All had been read, and it was not among them.");
    }

    [Fact]
    public async Task An_item_read_after_a_slow_read_of_all_began_is_not_overwritten_by_it()
    {
        await using var lazy = new LazyLoadHarness();
        lazy.Reader.Put("a");
        var gate = new TaskCompletionSource();
        lazy.Reader.Before = (key, _) => key == "*" ? gate.Task : Task.CompletedTask;
        var all = lazy.System.FetchAllAsync(TestContext.Current.CancellationToken).AsTask();
        lazy.Reader.Put("late", 9);
        Assert.Equal(9, await lazy.ReadAsync("late"));
        lazy.Reader.Versions.TryRemove((DataKind.Flag, "late"), out _); // what the slow read saw
        gate.SetResult();
        await all.WaitAsync(Bound, TestContext.Current.CancellationToken);
        Assert.Equal(9, lazy.Read("late"));
        Assert.Equal(1, lazy.Read("a"));
    }

    [Fact]
    public async Task A_malformed_item_keeps_its_last_good_state_and_harms_no_other()
    {
        await using var lazy = new LazyLoadHarness();
        for (var i = 0; i < 1000; i++)
        {
            lazy.Reader.Put("flag-" + i);
        }

        Assert.Equal(1, lazy.Read("flag-7"));
        lazy.Reader.Malformed[(DataKind.Flag, "flag-7")] = true;
        lazy.Reader.Malformed[(DataKind.Flag, "flag-8")] = true;
        Assert.Equal(999, lazy.System.AllFlags().Count);
        Assert.Equal(1, lazy.Read("flag-7"));
        Assert.Null(lazy.Read("flag-8"));
        Assert.True(lazy.System.IsKnown(DataKind.Flag, "flag-7"));
        Assert.False(lazy.System.IsKnown(DataKind.Flag, "flag-8"));
        lazy.Clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(1, lazy.Read("flag-7"));
        await Conditions.UntilAsync(() => lazy.Status.Current.State == DataSourceState.Valid);
        Assert.DoesNotContain(lazy.Lines, line => line.Contains("interrupted", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_least_recently_read_leave_a_full_cache()
    {
        await using var lazy = new LazyLoadHarness(o => o.MaxItems = 10);
        for (var i = 0; i < 10; i++)
        {
            lazy.Reader.Put("flag-" + i);
            lazy.Read("flag-" + i);
        }

        lazy.Clock.Advance(TimeSpan.FromSeconds(2));
        lazy.Reader.Put("new-0");
        lazy.Read("new-0"); // all were read since they came in: the first sweep takes the oldest
        lazy.Clock.Advance(TimeSpan.FromSeconds(2));
        for (var i = 1; i < 40; i++)
        {
            Assert.Equal(1, lazy.Read("flag-5"));
            lazy.Reader.Put("new-" + i);
            Assert.Equal(1, lazy.Read("new-" + i));
            lazy.Clock.Advance(TimeSpan.FromSeconds(2));
        }

        Assert.InRange(lazy.System.Snapshot.Flags.Count, 8, 12);
        Assert.True(lazy.System.Statistics.Evictions >= 28);
        var gets = lazy.Reader.Gets;
        lazy.Read("flag-5");
        Assert.Equal(gets, lazy.Reader.Gets);
        lazy.Read("flag-1");
        Assert.Equal(gets + 1, lazy.Reader.Gets);
    }

    [Fact]
    public async Task Made_up_keys_do_not_fill_the_memory()
    {
        await using var lazy = new LazyLoadHarness(o => o.Ttl = Timeout.InfiniteTimeSpan);
        for (var i = 0; i < 25_000; i++)
        {
            await lazy.ReadAsync("made-up-" + i);
            if (i % 1000 == 0)
            {
                lazy.Clock.Advance(TimeSpan.FromSeconds(2));
            }
        }

        Assert.InRange(lazy.System.Snapshot.Flags.Count, 1, 12_000);
    }

    [Fact]
    public async Task The_marker_is_asked_for_until_it_is_there_and_then_never()
    {
        await using var lazy = new LazyLoadHarness();
        lazy.Reader.Marker = false;
        await lazy.System.StartAsync(TestContext.Current.CancellationToken);
        await lazy.System.StartAsync(TestContext.Current.CancellationToken);
        for (var i = 0; i < 10; i++)
        {
            Assert.False(lazy.System.Initialized);
        }

        Assert.Equal(1, lazy.Reader.InitializedAsks);
        Assert.Single(lazy.Lines, line => line.Contains("has no marker", StringComparison.Ordinal));
        lazy.Reader.Put("a");
        Assert.Equal(1, lazy.Read("a")); // evaluated all the same
        lazy.Reader.Marker = true;
        lazy.Clock.Advance(TimeSpan.FromMinutes(5));
        await Conditions.UntilAsync(() => lazy.System.Initialized);
        Assert.Equal(2, lazy.Reader.InitializedAsks);
        lazy.Reader.Marker = false;
        lazy.Clock.Advance(TimeSpan.FromHours(1));
        Assert.True(lazy.System.Initialized);
        Assert.True(lazy.System.Snapshot.Initialized);
        Assert.Equal(2, lazy.Reader.InitializedAsks);
    }

    [Theory]
    [InlineData(0, 1000)]
    [InlineData(200, 200)]
    [InlineData(300_000, 1000)]
    [InlineData(-1, 5000)]
    public async Task An_absent_marker_is_asked_for_at_a_bounded_pace(int ttl, int pace)
    {
        await using var lazy = new LazyLoadHarness(o => o.Ttl = TimeSpan.FromMilliseconds(ttl));
        lazy.Reader.Marker = false;
        for (var asks = 1; asks <= 3; asks++)
        {
            // Asks again and again: the answer to the ask before may be under way still, and is joined.
            await Conditions.UntilAsync(() => !lazy.System.Initialized && lazy.Reader.InitializedAsks == asks);
            lazy.Clock.Advance(TimeSpan.FromMilliseconds(pace - 1));
            for (var i = 0; i < 100; i++)
            {
                Assert.False(lazy.System.Initialized);
            }

            Assert.Equal(asks, lazy.Reader.InitializedAsks);
            lazy.Clock.Advance(TimeSpan.FromMilliseconds(1));
        }

        lazy.Reader.Marker = true;
        await Conditions.UntilAsync(() => lazy.System.Initialized);
    }

    [Fact]
    public async Task A_thousand_concurrent_cold_reads_of_one_key_are_one_fetch()
    {
        await using var lazy = new LazyLoadHarness();
        lazy.Reader.Put("a");
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lazy.Reader.Before = (_, _) => gate.Task;
        var reads = Enumerable.Range(0, 1000).Select(_ => Task.Run(() => lazy.ReadAsync("a"))).ToArray();
        await Conditions.UntilAsync(() => lazy.Reader.Gets == 1);
        gate.SetResult();
        var versions = await Task.WhenAll(reads).WaitAsync(Bound, TestContext.Current.CancellationToken);
        Assert.All(versions, version => Assert.Equal(1, version));
        Assert.Equal(1, lazy.Reader.Gets);
    }

    [Fact]
    public async Task Disposal_releases_who_waits_and_keeps_last_known_data()
    {
        var lazy = new LazyLoadHarness();
        lazy.Reader.Put("a");
        lazy.Read("a");
        lazy.Reader.Before = (_, token) => Task.Delay(Timeout.Infinite, token);
        var waiting = lazy.ReadAsync("b");
        await Conditions.UntilAsync(() => lazy.Reader.Gets == 2);
        await lazy.DisposeAsync();
        await lazy.DisposeAsync();
        Assert.Null(await waiting.WaitAsync(Bound, TestContext.Current.CancellationToken));
        lazy.Clock.Advance(TimeSpan.FromDays(1));
        Assert.Equal(1, lazy.Read("a"));
        Assert.Null(lazy.Read("c"));
        Assert.Null(await lazy.ReadAsync("d"));
        Assert.Single(lazy.System.AllFlags());
    }

    [Fact]
    public async Task A_request_without_an_answer_counts_as_failed_after_the_fetch_timeout()
    {
        await using var lazy = new LazyLoadHarness();
        lazy.Reader.Before = (_, _) => new TaskCompletionSource().Task; // does not heed its token
        var read = lazy.ReadAsync("a");
        await Conditions.UntilAsync(() => lazy.Reader.Gets == 1);
        lazy.Clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Null(await read.WaitAsync(Bound, TestContext.Current.CancellationToken));
        Assert.Equal(1, lazy.System.Statistics.Errors);
        await Conditions.UntilAsync(() =>
        {
            // Nobody reads, but the store is asked again until it is known to be down.
            lazy.Clock.Advance(TimeSpan.FromSeconds(1));
            return lazy.System.Statistics.StoreDown && lazy.Status.Current.LastError is not null;
        });
        Assert.Equal(3, lazy.System.Statistics.Errors);
        Assert.Contains("no answer in time", lazy.Status.Current.LastError!.Message, StringComparison.Ordinal);
        Assert.Equal(DataSourceErrorKind.StoreError, lazy.Status.Current.LastError!.Kind);
    }

    [Fact]
    public async Task A_reader_that_stops_waiting_leaves_the_fetch_to_the_others()
    {
        await using var lazy = new LazyLoadHarness();
        lazy.Reader.Put("a");
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lazy.Reader.Before = (_, _) => gate.Task;
        using var cancel = new CancellationTokenSource();
        var impatient = lazy.System.FetchAsync([LazyLoadHarness.Miss("a")], cancel.Token).AsTask();
        var patient = lazy.ReadAsync("a");
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient.WaitAsync(Bound, TestContext.Current.CancellationToken));
        gate.SetResult();
        Assert.Equal(1, await patient.WaitAsync(Bound, TestContext.Current.CancellationToken));
        Assert.Equal(1, lazy.Reader.Gets);
    }

    [Fact]
    public async Task Misses_and_fetches_are_measured()
    {
        using var misses = LazyLoadHarness.Collect("halyard.cache.misses");
        using var fetches = LazyLoadHarness.Collect("halyard.store.fetches");
        await using var lazy = new LazyLoadHarness();
        lazy.Reader.Put("a");
        lazy.Read("a");
        lazy.Read("a");
        Assert.True(misses.GetMeasurementSnapshot().Count >= 1);
        Assert.Contains(fetches.GetMeasurementSnapshot(), m => Equals(m.Tags["halyard.operation"], "get"));
        var statistics = lazy.System.Statistics;
        Assert.Equal((1, 1, 1L, 1L), (statistics.Flags, statistics.Flags + statistics.AbsentKeys, statistics.Misses, statistics.Fetches));
    }
}
