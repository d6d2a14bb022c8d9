using Halyard.Model;
using Halyard.Tests.Support;

namespace Halyard.Tests.LazyLoading;

/// <summary>Reads of a store that can be asked for several items at once.</summary>
[Collection(typeof(Alone))]
public sealed class BatchedReadTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Reads_that_come_while_the_store_is_asked_go_together_each_key_once()
    {
        await using var lazy = new LazyLoadHarness(largestBatch: 8);
        var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lazy.Reader.Before = (_, _) => answer.Task;
        string[] keys = [.. Enumerable.Range(0, 1_000).Select(static i => $"k{i}")];
        foreach (var key in keys)
        {
            lazy.Reader.Put(key, key.Length);
        }

        // Each twice: one of the two joins.
        Task<long?>[] reads = [.. keys.Concat(keys).Select(lazy.ReadAsync)];
        answer.SetResult();
        Assert.Equal(keys.Concat(keys).Select(static key => (long?)key.Length), await Task.WhenAll(reads).WaitAsync(Bound, Token));

        var batches = lazy.Reader.Batches.ToArray();
        Assert.Equal(1_000, lazy.Reader.Gets + batches.Sum(static batch => batch.Length));
        Assert.Equal(1_000, batches.SelectMany(static batch => batch).Distinct().Count() + lazy.Reader.Gets);
        Assert.Contains(batches, static batch => batch.Length > 1);
        Assert.DoesNotContain(batches, static batch => batch.Length > 8);
        Assert.Equal(1_000, lazy.System.Statistics.Flags);
    }

    [Fact]
    public async Task A_read_that_finds_the_store_idle_goes_at_once_and_alone()
    {
        await using var lazy = new LazyLoadHarness(largestBatch: 8);
        for (var i = 0; i < 20; i++)
        {
            lazy.Reader.Put($"k{i}");
            Assert.Equal(1, await lazy.ReadAsync($"k{i}"));
        }

        Assert.Equal(20, lazy.Reader.Gets + lazy.Reader.Batches.Sum(static batch => batch.Length));
        Assert.DoesNotContain(lazy.Reader.Batches, static batch => batch.Length > 1);
    }

    [Fact]
    public async Task Each_item_of_a_trip_has_its_own_outcome()
    {
        await using var lazy = new LazyLoadHarness(largestBatch: 8);
        string[] keys = ["there", "nowhere", "bad", "bad-now"];
        lazy.Reader.Put("there", 3);
        lazy.Reader.Put("bad-now", 4);
        Assert.Equal(4, await lazy.ReadAsync("bad-now"));
        lazy.Reader.Malformed[(DataKind.Flag, "bad")] = true;
        lazy.Reader.Malformed[(DataKind.Flag, "bad-now")] = true;
        lazy.Clock.Advance(TimeSpan.FromMinutes(5));

        await TogetherAsync(lazy, keys);
        Assert.Equal([3, null, null, 4], keys.Select(key => lazy.System.GetFlag(key)?.Version));
        Assert.Equal([true, true, false, true], keys.Select(key => lazy.System.IsKnown(DataKind.Flag, key)));
        Assert.False(lazy.System.Statistics.StoreDown);
    }

    [Fact]
    public async Task The_keys_of_a_trip_that_failed_are_asked_for_alone_until_they_come_through()
    {
        await using var lazy = new LazyLoadHarness(largestBatch: 8);
        string[] keys = [.. Enumerable.Range(0, 200).Select(static i => $"k{i}")];
        Array.ForEach(keys, key => lazy.Reader.Put(key));

        lazy.Reader.UnreadableKind = DataKind.Flag;
        await TogetherAsync(lazy, keys);
        var suspects = lazy.Reader.Batches.Where(static batch => batch.Length > 1).SelectMany(static batch => batch).ToHashSet();
        Assert.NotEmpty(suspects);
        Assert.True(lazy.System.Statistics.StoreDown);
        Assert.All(keys, key => Assert.Null(lazy.Read(key)));

        lazy.Reader.UnreadableKind = null;
        lazy.Clock.Advance(TimeSpan.FromSeconds(1));
        await Conditions.UntilAsync(() => lazy.Status.Current.State == DataSourceState.Valid);
        lazy.Clock.Advance(TimeSpan.FromMinutes(5));
        lazy.Reader.Batches.Clear();
        await TogetherAsync(lazy, keys);
        Assert.DoesNotContain(lazy.Reader.Batches, batch => batch.Length > 1 && suspects.Overlaps(batch));
        Assert.All(keys, key => Assert.Equal(1, lazy.Read(key)));

        lazy.Clock.Advance(TimeSpan.FromMinutes(5));
        await TogetherAsync(lazy, keys);
        Assert.Contains(lazy.Reader.Batches, batch => batch.Length > 1 && suspects.Overlaps(batch));
    }

    [Fact]
    public async Task A_trip_without_an_answer_ends_after_the_fetch_timeout_for_all_its_reads()
    {
        await using var lazy = new LazyLoadHarness(largestBatch: 8);
        lazy.Reader.Before = static (_, _) => new TaskCompletionSource().Task;
        Task<long?>[] reads = [.. Enumerable.Range(0, 50).Select(i => lazy.ReadAsync($"k{i}"))];
        await Conditions.UntilAsync(() => Asked(lazy) == 50);
        Assert.DoesNotContain(reads, static read => read.IsCompleted);
        lazy.Clock.Advance(TimeSpan.FromSeconds(10));
        Assert.All(await Task.WhenAll(reads).WaitAsync(Bound, Token), Assert.Null);
        Assert.True(lazy.System.Statistics.StoreDown);
    }

    [Fact]
    public async Task Disposal_releases_those_under_way_and_those_that_wait()
    {
        var lazy = new LazyLoadHarness(largestBatch: 2);
        lazy.Reader.Before = static (_, _) => new TaskCompletionSource().Task;
        Task<long?>[] reads = [.. Enumerable.Range(0, 50).Select(i => lazy.ReadAsync($"k{i}"))];
        await lazy.DisposeAsync();
        Assert.All(await Task.WhenAll(reads).WaitAsync(Bound, Token), Assert.Null);
    }

    [Fact]
    public async Task What_is_kept_stays_bounded_when_items_come_in_batches()
    {
        await using var lazy = new LazyLoadHarness(o => o.MaxItems = 10, largestBatch: 8);
        for (var round = 0; round < 20; round++)
        {
            string[] keys = [.. Enumerable.Range(0, 8).Select(i => $"r{round}-{i}")];
            Array.ForEach(keys, key => lazy.Reader.Put(key));
            await TogetherAsync(lazy, keys);
            lazy.Clock.Advance(TimeSpan.FromSeconds(2));
        }

        lazy.Reader.Put("last");
        Assert.Equal(1, await lazy.ReadAsync("last"));
        Assert.InRange(lazy.System.Statistics.Flags, 1, 10);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    public async Task A_cold_read_costs_few_bytes_beside_the_item(int largestBatch)
    {
        const int reads = 200;
        await using var lazy = new LazyLoadHarness(timeProvider: TimeProvider.System, largestBatch: largestBatch);
        string[] keys = [.. Enumerable.Range(0, reads * 8).Select(static i => $"k{i}")];
        Array.ForEach(keys, key => lazy.Reader.Put(key));
        var next = 0;

        // Off any synchronization context, so that all happens on one thread.
        var bytes = await Task.Run(
            () => Allocations.Least(
                () =>
                {
                    for (var i = 0; i < reads; i++)
                    {
                        var fetch = lazy.System.FetchAsync([LazyLoadHarness.Miss(keys[next++])], CancellationToken.None);
                        Assert.True(fetch.IsCompletedSuccessfully);
                    }
                },
                rounds: 8),
            Token);
        Assert.Equal(keys.Length, lazy.System.Statistics.Flags);
        Assert.InRange(bytes / reads, 0, ColdReadBytes);
    }

    // The list of misses, the flight, the time limit with its timer, the fake reader's item, and the way to it in the map.
    private const long ColdReadBytes = 1_350;

    /// <summary>Reads the keys while another is being asked for, so that they wait for the next trip.</summary>
    private static async Task TogetherAsync(LazyLoadHarness lazy, string[] keys)
    {
        var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lazy.Reader.Before = (_, _) => answer.Task;
        var blocker = lazy.ReadAsync("blocker" + Guid.NewGuid());
        var asked = Asked(lazy);
        var fetch = lazy.System.FetchAsync([.. keys.Select(LazyLoadHarness.Miss)], Token);
        await Conditions.UntilAsync(() => Asked(lazy) >= asked + keys.Length);
        answer.SetResult();
        await fetch.AsTask().WaitAsync(Bound, Token);
        await blocker.WaitAsync(Bound, Token);
        lazy.Reader.Before = null;
    }

    private static int Asked(LazyLoadHarness lazy) => lazy.Reader.Gets + lazy.Reader.Batches.Sum(static batch => batch.Length);
}
