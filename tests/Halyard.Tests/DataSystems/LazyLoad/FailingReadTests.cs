using Halyard.Tests.Support;

namespace Halyard.Tests.LazyLoading;

/// <summary>Stores that fail now and then, at two hundred first reads a second by a simulated clock, and stores that are down.</summary>
public sealed class FailingReadTests
{
    private const int ReadsPerSecond = 200;

    private static readonly TimeSpan Step = TimeSpan.FromSeconds(1) / ReadsPerSecond;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public async Task Calls_that_fail_at_random_give_at_most_twice_their_share_of_defaults(int percent)
    {
        // A test that can be repeated; nothing secret.
#pragma warning disable CA5394
        var random = new Random(percent);
        Assert.InRange(await DefaultsAsync(_ => random.Next(100) < percent, seconds: 60), 0, 2 * percent / 100.0);
#pragma warning restore CA5394
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public async Task Calls_that_fail_in_bursts_give_at_most_twice_their_share_of_defaults(int percent)
    {
        // Of each two thousand calls the first percents: a tenth of a second and more in which nothing is answered.
        Assert.InRange(await DefaultsAsync(call => call % 2000 < 20 * percent, seconds: 60, warmUp: 200), 0, 2 * percent / 100.0);
    }

    [Fact]
    public async Task A_third_of_the_calls_may_fail_by_turns_and_the_next_makes_it_good() =>
        Assert.Equal(0, await DefaultsAsync(call => call % 3 == 2, seconds: 10));

    [Fact]
    public async Task Where_half_of_the_calls_fail_the_store_counts_as_down()
    {
        await using var lazy = new LazyLoadHarness();
        var calls = -1;
        lazy.Reader.Before = (_, _) => Interlocked.Increment(ref calls) % 2 == 1 ? throw new IOException("hiccup") : Task.CompletedTask;
        Assert.Equal(0, await ReadAsync(lazy, "few", 9));
        await ReadAsync(lazy, "enough", 10);
        Assert.True(lazy.System.Statistics.StoreDown);
    }

    [Fact]
    public async Task A_dead_store_costs_a_second_of_failures_then_one_probe_at_a_time_and_one_line()
    {
        await using var lazy = new LazyLoadHarness();
        await ReadAsync(lazy, "before", ReadsPerSecond * 20);
        Assert.False(lazy.System.Statistics.StoreDown);
        lazy.Reader.Failure = new IOException("connection refused");
        var before = lazy.Reader.Attempts;
        Assert.Equal(ReadsPerSecond * 2, await ReadAsync(lazy, "dying", ReadsPerSecond * 2));
        Assert.True(lazy.System.Statistics.StoreDown);

        // Each read was tried twice until every call of a second had failed.
        Assert.InRange(lazy.Reader.Attempts - before, ReadsPerSecond, (2 * ReadsPerSecond) + 10);

        before = lazy.Reader.Attempts;
        await ReadAsync(lazy, "dead", ReadsPerSecond * 120);
        Assert.InRange(lazy.Reader.Attempts - before, 4, 12);
        Assert.Single(lazy.Lines, line => line.Contains("is interrupted", StringComparison.Ordinal));
        Assert.InRange(lazy.Lines.Count, 1, 2); // and one when it had lasted a minute

        lazy.Reader.Failure = null;
        lazy.Clock.Advance(TimeSpan.FromSeconds(31));
        await Conditions.UntilAsync(() => lazy.Status.Current.State == DataSourceState.Valid);
        Assert.Equal(0, await ReadAsync(lazy, "after", ReadsPerSecond));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_answer_ends_an_outage_if_it_was_asked_for_when_the_failures_had_begun(bool hadBegun)
    {
        await using var lazy = new LazyLoadHarness();
        lazy.Reader.Put("slow", 7);
        lazy.Reader.Put("next", 8);
        var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lazy.Reader.Before = async (key, _) =>
        {
            if (key == "slow")
            {
                await answer.Task;
            }
            else if (key[0] == 'x')
            {
                throw new IOException("not there yet");
            }
        };
        var slow = hadBegun ? null : lazy.ReadAsync("slow");
        lazy.Clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Null(await lazy.ReadAsync("x1"));
        slow ??= lazy.ReadAsync("slow");
        Assert.False(lazy.System.Statistics.StoreDown);
        Assert.Null(await lazy.ReadAsync("x2"));
        Assert.True(lazy.System.Statistics.StoreDown);

        answer.SetResult();
        Assert.Equal(7, await slow);
        Assert.Equal(!hadBegun, lazy.System.Statistics.StoreDown);
        Assert.Equal(hadBegun ? DataSourceState.Valid : DataSourceState.Initializing, lazy.Status.Current.State);
        Assert.Equal(hadBegun ? 8L : null, await lazy.ReadAsync("next"));
    }

    [Fact]
    public async Task Never_are_two_probes_under_way()
    {
        await using var lazy = new LazyLoadHarness(o => o.FetchTimeout = TimeSpan.FromMinutes(10));
        lazy.Reader.Failure = new IOException("gone");
        await lazy.ReadAsync("a");
        var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lazy.Reader.Before = (_, _) => answer.Task;
        lazy.Clock.Advance(TimeSpan.FromSeconds(1)); // the check after the failure, which hangs
        Assert.Equal(1, lazy.Reader.InitializedAsks);
        lazy.Reader.Before = null;
        await lazy.ReadAsync("b"); // the third failure in a row
        Assert.True(lazy.System.Statistics.StoreDown);
        for (var i = 0; i < 120; i++)
        {
            lazy.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(1, lazy.Reader.InitializedAsks);
        answer.SetResult();
        await Conditions.UntilAsync(() =>
        {
            lazy.Clock.Advance(TimeSpan.FromSeconds(1));
            return lazy.Reader.InitializedAsks > 1;
        });
    }

    [Fact]
    public async Task One_failed_call_is_made_again_at_once_and_nobody_notices()
    {
        await using var lazy = new LazyLoadHarness();
        lazy.Reader.Put("a", 7);
        FailNext(lazy, 1);
        Assert.Equal(7, await lazy.ReadAsync("a"));
        FailNext(lazy, 1);
        lazy.Clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(7, lazy.Read("a"));
        Assert.Equal(4, lazy.Reader.Gets);
        Assert.Equal(DataSourceState.Valid, lazy.Status.Current.State);
        Assert.Empty(lazy.Lines);
    }

    [Fact]
    public async Task A_failed_trip_for_several_items_is_made_again_as_one()
    {
        await using var lazy = new LazyLoadHarness(largestBatch: 8);
        string[] keys = [.. Enumerable.Range(0, 8).Select(static i => $"k{i}")];
        Array.ForEach(keys, key => lazy.Reader.Put(key));
        var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lazy.Reader.Before = (_, _) => answer.Task;
        Task<long?>[] reads = [lazy.ReadAsync("blocker"), .. keys.Select(lazy.ReadAsync)];
        await Conditions.UntilAsync(() => !lazy.Reader.Batches.IsEmpty);
        var failures = 1;
        lazy.Reader.Before = (_, _) => Interlocked.Decrement(ref failures) >= 0 ? throw new IOException("hiccup") : Task.CompletedTask;
        answer.SetResult();
        await Task.WhenAll(reads).WaitAsync(TimeSpan.FromSeconds(30), Token);
        Assert.All(keys, key => Assert.Equal(1, lazy.System.Snapshot.Flags.Find(key)?.Version));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_timed_out_is_not_asked_for_twice(bool byTheStore)
    {
        await using var lazy = new LazyLoadHarness();
        lazy.Reader.Before = byTheStore ? (_, _) => throw new TimeoutException("no answer within 3 s") : (_, _) => new TaskCompletionSource().Task;
        var read = lazy.ReadAsync("a");
        lazy.Clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Null(await read.WaitAsync(TimeSpan.FromSeconds(30), Token));
        Assert.Equal(1, lazy.Reader.Gets);
    }

    [Fact]
    public async Task The_second_try_has_what_the_first_left_of_the_time()
    {
        await using var lazy = new LazyLoadHarness();
        var first = new TaskCompletionSource();
        var tries = 0;
        lazy.Reader.Before = (_, _) => Interlocked.Increment(ref tries) == 1 ? first.Task : new TaskCompletionSource().Task;
        var read = lazy.ReadAsync("a");
        lazy.Clock.Advance(TimeSpan.FromSeconds(9));
        first.SetException(new IOException("hiccup"));
        await Conditions.UntilAsync(() => Volatile.Read(ref tries) == 2);
        lazy.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(await read.WaitAsync(TimeSpan.FromSeconds(30), Token));
    }

    [Fact]
    public async Task At_low_traffic_three_failures_in_a_row_are_an_outage_and_two_are_none()
    {
        await using var lazy = new LazyLoadHarness();
        lazy.Reader.Put("a");
        for (var i = 0; i < 50; i++)
        {
            FailNext(lazy, 2);
            Assert.Null(await lazy.ReadAsync($"two-{i}"));
            Assert.False(lazy.System.Statistics.StoreDown);
            lazy.Clock.Advance(TimeSpan.FromMinutes(1)); // the store is asked again after a second, and answers
            Assert.Equal(DataSourceState.Valid, lazy.Status.Current.State);
        }

        FailNext(lazy, 3);
        Assert.Null(await lazy.ReadAsync("three"));
        lazy.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(lazy.System.Statistics.StoreDown);
        Assert.Equal(DataSourceState.Interrupted, lazy.Status.Current.State);
        lazy.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(DataSourceState.Valid, lazy.Status.Current.State);
    }

    [Fact]
    public async Task An_item_that_alone_cannot_be_read_is_found_out_among_many_reads_that_succeed()
    {
        await using var lazy = new LazyLoadHarness();
        lazy.Reader.Before = (key, _) => key == "poison" ? throw new InvalidOperationException("WRONGTYPE") : Task.CompletedTask;
        for (var second = 0; second < 100; second++)
        {
            Assert.Null(await lazy.ReadAsync("poison"));
            Assert.Equal(0, await ReadAsync(lazy, $"good-{second}", 50));
        }

        Assert.False(lazy.System.Statistics.StoreDown);
        Assert.Single(lazy.Lines, line => line.Contains("cannot be read", StringComparison.Ordinal));
        Assert.InRange(lazy.System.Statistics.Errors, 3, 15); // ever more seldom
    }

    [Fact]
    public void A_clock_that_goes_back_or_counts_from_before_its_zero_is_no_fault()
    {
        var calls = new Halyard.DataSystems.RecentCalls(TimeProvider.System);
        var second = TimeProvider.System.TimestampFrequency;
        foreach (var now in (long[])[-25, -3, 7, 2, long.MaxValue / second, 1, long.MaxValue / second])
        {
            calls.Succeeded(now * second);
            Assert.False(calls.Failed(now * second));
        }
    }

    /// <summary>Reads keys that were never read before; gives how many had to be answered with a default.</summary>
    private static async Task<int> ReadAsync(LazyLoadHarness lazy, string prefix, int count)
    {
        var defaults = 0;
        for (var i = 0; i < count; i++)
        {
            var key = $"{prefix}-{i}";
            lazy.Reader.Put(key);
            defaults += await lazy.ReadAsync(key) is null ? 1 : 0;
            lazy.Clock.Advance(Step);
        }

        return defaults;
    }

    /// <summary>The share of first reads that had to be answered with a default, while calls fail by their number.</summary>
    private static async Task<double> DefaultsAsync(Func<int, bool> fails, int seconds, int warmUp = 0)
    {
        await using var lazy = new LazyLoadHarness();
        await ReadAsync(lazy, "warm", warmUp);
        var calls = -1;
        lazy.Reader.Before = (_, _) => fails(Interlocked.Increment(ref calls)) ? throw new IOException("hiccup") : Task.CompletedTask;
        var share = (double)await ReadAsync(lazy, "k", seconds * ReadsPerSecond) / (seconds * ReadsPerSecond);
        Assert.True(calls >= seconds * ReadsPerSecond * 0.9, "The store was hardly asked.");
        Assert.False(lazy.System.Statistics.StoreDown);
        return share;
    }

    private static void FailNext(LazyLoadHarness lazy, int count) =>
        lazy.Reader.Before = (_, _) => Interlocked.Decrement(ref count) >= 0 ? throw new IOException("hiccup") : Task.CompletedTask;
}
