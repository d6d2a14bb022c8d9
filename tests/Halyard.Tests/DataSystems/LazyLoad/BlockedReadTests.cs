using Halyard.DataInterfaces;
using Halyard.DataSystems;
using Halyard.Model;
using Halyard.Tests.Support;

namespace Halyard.Tests.LazyLoading;

/// <summary>Reads that block their caller, of a store that can be read on the caller's thread.</summary>
[Collection(typeof(Alone))]
public sealed class BlockedReadTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_caller_that_is_alone_reads_on_its_own_thread()
    {
        await using var lazy = new LazyLoadHarness(largestBatch: 8);
        lazy.Reader.Here = static (_, _) => { };
        lazy.Reader.Put("a", 7);
        Assert.Equal(7, lazy.Read("a"));
        Assert.Null(lazy.Read("nowhere"));
        Assert.Equal([Environment.CurrentManagedThreadId, Environment.CurrentManagedThreadId], lazy.Reader.ThreadsHere);
        Assert.Equal(0, lazy.Reader.Gets);
        Assert.Equal(2, lazy.System.Statistics.Fetches);
        Assert.Equal(1, lazy.System.Statistics.AbsentKeys);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_store_that_cannot_is_read_by_awaiting(bool throws)
    {
        await using var lazy = new LazyLoadHarness(o => o.ReadTimeout = Bound);
        await using var other = new LazyLoad(
            new Refusing(lazy.Reader, throws), new LazyLoadOptions(new NoStore()), lazy.Status.Reporter, lazy.Clock, lazy.Logger);
        lazy.Reader.Put("a", 7);
        other.Fetch([LazyLoadHarness.Miss("a")]);
        Assert.Equal(7, other.Snapshot.Flags.Find("a")?.Version);
        Assert.Equal(1, lazy.Reader.Gets);
    }

    [Fact]
    public async Task A_read_that_fails_is_tried_once_more()
    {
        await using var lazy = new LazyLoadHarness(o => o.ReadTimeout = Bound);
        lazy.Reader.Here = (_, _) =>
        {
            if (lazy.Reader.ThreadsHere.Count == 1)
            {
                throw new IOException("The connection was reset.");
            }
        };
        lazy.Reader.Put("a", 7);
        Assert.Equal(7, lazy.Read("a"));
        Assert.Equal(2, lazy.Reader.ThreadsHere.Count);
        Assert.Equal(0, lazy.Reader.Gets);
        Assert.Equal(1, lazy.System.Statistics.Errors);
        Assert.False(lazy.System.Statistics.StoreDown);
    }

    [Fact]
    public async Task A_read_that_fails_both_times_is_answered_with_what_is_known()
    {
        await using var lazy = new LazyLoadHarness(o => o.ReadTimeout = Bound);
        lazy.Reader.Put("a", 7);
        Assert.Equal(7, await lazy.ReadAsync("a"));
        lazy.Clock.Advance(TimeSpan.FromMinutes(6));
        lazy.Reader.Here = (_, _) => throw new IOException($"The connection was reset: {lazy.Reader.ThreadsHere.Count}.");
        Assert.Equal(7, lazy.Read("a"));
        Assert.Equal(2, lazy.System.Statistics.Errors);
        Assert.Equal("The connection was reset: 2.", lazy.System.Statistics.LastError);
    }

    [Fact]
    public async Task A_read_that_times_out_is_not_tried_again()
    {
        await using var lazy = new LazyLoadHarness(o => o.ReadTimeout = Bound);
        lazy.Reader.Here = static (_, _) => throw new TimeoutException("The store did not answer.");
        lazy.Reader.Put("a", 7);
        Assert.Null(lazy.Read("a"));
        Assert.Single(lazy.Reader.ThreadsHere);
        Assert.Equal(0, lazy.Reader.Gets);
        Assert.Equal(1, lazy.System.Statistics.Errors);
        Assert.Null(lazy.Read("a"));
        Assert.Single(lazy.Reader.ThreadsHere);
        lazy.Reader.Here = static (_, _) => { };
        lazy.Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(7, lazy.Read("a"));
    }

    [Fact]
    public async Task A_store_that_only_ever_fails_goes_down_and_is_left_alone()
    {
        await using var lazy = new LazyLoadHarness(o => o.ReadTimeout = Bound);
        lazy.Reader.Here = static (_, _) => throw new TimeoutException("The store did not answer.");
        lazy.Reader.Failure = new TimeoutException("The store did not answer.");
        for (var i = 0; i < 10; i++)
        {
            Assert.Null(lazy.Read($"k{i}"));
        }

        Assert.True(lazy.System.Statistics.StoreDown);
        Assert.Equal(3, lazy.Reader.ThreadsHere.Count);
    }

    [Fact]
    public async Task Callers_beyond_four_are_gathered_and_go_together_when_one_of_the_four_is_done()
    {
        await using var lazy = new LazyLoadHarness(o => o.ReadTimeout = Bound, largestBatch: 32);
        using var gate = new ManualResetEventSlim();
        lazy.Reader.Here = (_, _) => gate.Wait(Bound);
        for (var i = 0; i < 24; i++)
        {
            lazy.Reader.Put($"k{i}", i + 1);
        }

        var reads = Enumerable.Range(0, 4).Select(i => OnThread(() => lazy.Read($"k{i}"))).ToList();
        await Conditions.UntilAsync(() => lazy.Reader.ThreadsHere.Count == 4);
        reads.AddRange(Enumerable.Range(4, 20).Select(i => OnThread(() => lazy.Read($"k{i}"))));
        await Conditions.UntilAsync(() => lazy.System.Statistics.Misses == 24);
        gate.Set();
        Assert.Equal(Enumerable.Range(1, 24).Select(static i => (long?)i), await Task.WhenAll(reads).WaitAsync(Bound, Token));
        Assert.Equal(24, lazy.Reader.ThreadsHere.Count + lazy.Reader.BatchesHere.Sum(static batch => batch.Length));
        Assert.Contains(lazy.Reader.BatchesHere, static batch => batch.Length > 1);
        Assert.Equal(0, lazy.System.Statistics.ReadTimeouts);
    }

    [Fact]
    public async Task Requests_that_hang_hold_up_nobody_else()
    {
        await using var lazy = new LazyLoadHarness(o => o.ReadTimeout = Bound, largestBatch: 32);
        using var gate = new ManualResetEventSlim();
        lazy.Reader.Here = Holding(gate);
        lazy.Reader.Put("other", 9);
        var stuck = Enumerable.Range(0, 4).Select(i => OnThread(() => lazy.Read($"k{i}"))).ToList();
        await Conditions.UntilAsync(() => lazy.Reader.ThreadsHere.Count == 4);
        Assert.Equal(9, await OnThread(() => lazy.Read("other")).WaitAsync(Bound, Token));
        Assert.DoesNotContain(stuck, static read => read.IsCompleted);
        gate.Set();
        await Task.WhenAll(stuck).WaitAsync(Bound, Token);
    }

    [Fact]
    public async Task Whoever_joins_a_blocked_read_waits_for_its_own_time_alone()
    {
        await using var lazy = new LazyLoadHarness(o => o.ReadTimeout = TimeSpan.FromMilliseconds(200));
        using var gate = new ManualResetEventSlim();
        lazy.Reader.Here = (_, _) => gate.Wait(Bound);
        lazy.Reader.Put("a", 7);
        var first = OnThread(() => lazy.Read("a"));
        await Conditions.UntilAsync(() => lazy.Reader.ThreadsHere.Count == 1);
        Assert.Null(await OnThread(() => lazy.Read("a")).WaitAsync(Bound, Token));
        var awaiting = lazy.ReadAsync("a");
        Assert.False(first.IsCompleted);
        gate.Set();
        Assert.Equal(7, await first.WaitAsync(Bound, Token));
        await awaiting.WaitAsync(Bound, Token);
    }

    [Fact]
    public async Task A_store_slower_than_the_read_timeout_is_no_outage_and_its_answers_are_kept()
    {
        var limit = TimeSpan.FromMilliseconds(50);
        await using var lazy = new LazyLoadHarness(o => o.ReadTimeout = limit);
        using var never = new ManualResetEventSlim();
        lazy.Reader.Here = (_, left) =>
        {
            if (left <= limit)
            {
                never.Wait(left);
                throw new TimeoutException("The caller's time is over.");
            }

            never.Wait(limit * 2);
        };
        for (var i = 0; i < 5; i++)
        {
            lazy.Reader.Put($"k{i}", i + 1);
            lazy.Read($"k{i}");
        }

        await Conditions.UntilAsync(() => lazy.System.AllFlags().Count == 5);
        Assert.False(lazy.System.Statistics.StoreDown);
        Assert.Equal(0, lazy.System.Statistics.Errors);
        Assert.Equal([1, 2, 3, 4, 5], Enumerable.Range(0, 5).Select(i => lazy.Read($"k{i}")));
    }

    [Fact]
    public async Task A_reader_that_does_not_keep_its_limit_holds_its_caller_alone()
    {
        await using var lazy = new LazyLoadHarness(o => o.ReadTimeout = Bound);
        using var gate = new ManualResetEventSlim();
        lazy.Reader.Here = (_, _) => gate.Wait(Bound);
        lazy.Reader.Put("a", 7);
        var held = OnThread(() => lazy.Read("a"));
        await Conditions.UntilAsync(() => lazy.Reader.ThreadsHere.Count == 1);
        var awaiting = lazy.ReadAsync("a");
        lazy.Clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Null(await awaiting.WaitAsync(Bound, Token));
        lazy.Reader.Here = null;
        lazy.Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(7, await lazy.ReadAsync("a").WaitAsync(Bound, Token));
        Assert.False(held.IsCompleted);

        // What it brings in the end is older than what was read since.
        lazy.Reader.Put("a", 6);
        gate.Set();
        Assert.Equal(7, await held.WaitAsync(Bound, Token));
        lazy.Reader.Here = static (_, _) => { };
        Assert.Null(lazy.Read("b"));
        Assert.Equal(2, lazy.Reader.ThreadsHere.Count);
    }

    [Fact]
    public async Task What_a_caller_gives_up_before_it_was_sent_is_read_for_those_who_come_next()
    {
        await using var lazy = new LazyLoadHarness(o => o.ReadTimeout = TimeSpan.FromMilliseconds(10), largestBatch: 32);
        using var gate = new ManualResetEventSlim();
        lazy.Reader.Here = Holding(gate);
        lazy.Reader.Put("other", 9);
        var stuck = Enumerable.Range(0, 4).Select(i => OnThread(() => lazy.Read($"k{i}"))).ToList();
        await Conditions.UntilAsync(() => lazy.Reader.ThreadsHere.Count == 4);
        await OnThread(() => lazy.Read("other")).WaitAsync(Bound, Token);
        await Conditions.UntilAsync(() => lazy.System.Snapshot.GetFlag("other") is { Version: 9 });
        Assert.DoesNotContain(stuck, static read => read.IsCompleted);
        gate.Set();
        await Task.WhenAll(stuck).WaitAsync(Bound, Token);
    }

    [Fact]
    public async Task A_stale_item_is_refreshed_however_long_the_requests_under_way_take()
    {
        await using var lazy = new LazyLoadHarness(o => (o.ReadTimeout, o.StaleWhileRevalidate) = (Bound, true), largestBatch: 32);
        using var gate = new ManualResetEventSlim();
        lazy.Reader.Put("a", 1);
        Assert.Equal(1, await lazy.ReadAsync("a"));
        lazy.Clock.Advance(TimeSpan.FromMinutes(6));
        using var answer = new ManualResetEventSlim();
        lazy.Reader.Here = (key, _) => (key == "a" ? answer : gate).Wait(Bound);
        var stuck = Enumerable.Range(0, 4).Select(i => OnThread(() => lazy.Read($"k{i}"))).ToList();
        await Conditions.UntilAsync(() => lazy.Reader.ThreadsHere.Count == 4);
        lazy.Reader.Put("a", 2);
        Assert.Equal(1, lazy.Read("a"));
        answer.Set();
        await Conditions.UntilAsync(() => lazy.Read("a") == 2);
        Assert.DoesNotContain(stuck, static read => read.IsCompleted);
        gate.Set();
        await Task.WhenAll(stuck).WaitAsync(Bound, Token);
    }

    [Fact]
    public async Task A_stale_item_is_refreshed_behind_the_caller_s_back()
    {
        await using var lazy = new LazyLoadHarness(o => (o.ReadTimeout, o.StaleWhileRevalidate) = (Bound, true));
        lazy.Reader.Put("a", 1);
        Assert.Equal(1, await lazy.ReadAsync("a"));
        lazy.Clock.Advance(TimeSpan.FromMinutes(6));
        using var answer = new ManualResetEventSlim();
        lazy.Reader.Here = (_, _) => answer.Wait(Bound);
        lazy.Reader.Put("a", 2);
        Assert.Equal(1, lazy.Read("a"));
        answer.Set();
        await Conditions.UntilAsync(() => lazy.Read("a") == 2);
        Assert.DoesNotContain(Environment.CurrentManagedThreadId, lazy.Reader.ThreadsHere);
    }

    [Fact]
    public async Task A_read_that_needs_several_items_fetches_them_together()
    {
        await using var lazy = new LazyLoadHarness(o => o.ReadTimeout = Bound, largestBatch: 8);
        lazy.Reader.Here = static (_, _) => { };
        lazy.System.Fetch([LazyLoadHarness.Miss("a"), LazyLoadHarness.Miss("b"), LazyLoadHarness.Miss("c")]);
        Assert.DoesNotContain(Environment.CurrentManagedThreadId, lazy.Reader.ThreadsHere);
        Assert.Equal(3, lazy.Reader.ThreadsHere.Count + lazy.Reader.BatchesHere.Sum(static batch => batch.Length));
        Assert.Equal(0, lazy.Reader.Gets + lazy.Reader.Batches.Count);
    }

    [Fact]
    public async Task A_client_that_ends_releases_a_blocked_caller()
    {
        var lazy = new LazyLoadHarness(o => o.ReadTimeout = Bound);
        using var gate = new ManualResetEventSlim();
        lazy.Reader.Here = (_, _) =>
        {
            gate.Wait(Bound);
            throw new ObjectDisposedException("store");
        };
        var read = OnThread(() => lazy.Read("a"));
        await Conditions.UntilAsync(() => lazy.Reader.ThreadsHere.Count == 1);
        await lazy.DisposeAsync();
        gate.Set();
        Assert.Null(await read.WaitAsync(Bound, Token));
        Assert.Equal(0, lazy.Reader.Gets);
    }

    [Fact]
    public async Task Threads_that_a_reader_never_gives_back_are_made_up_for()
    {
        await using var lazy = new LazyLoadHarness(o => o.ReadTimeout = TimeSpan.FromMilliseconds(20), largestBatch: 2);
        using var gate = new ManualResetEventSlim();
        lazy.Reader.Here = Holding(gate);
        for (var i = 0; i < 12; i++)
        {
            var (first, second) = ($"k{i}", $"kk{i}");
            await Task.Run(() => lazy.System.Fetch([LazyLoadHarness.Miss(first), LazyLoadHarness.Miss(second)]), Token).WaitAsync(Bound, Token);
        }

        // Each of the threads holds its request until that is given up.
        lazy.Reader.Put("good", 5);
        lazy.Reader.Put("as well", 6);
        await Conditions.UntilAsync(() =>
        {
            lazy.Clock.Advance(TimeSpan.FromSeconds(11));
            lazy.System.Fetch([LazyLoadHarness.Miss("good"), LazyLoadHarness.Miss("as well")]);
            return (lazy.System.Snapshot.GetFlag("good"), lazy.System.Snapshot.GetFlag("as well")) is ({ Version: 5 }, { Version: 6 });
        });
        gate.Set();
    }

    /// <summary>Reads of keys that begin with k wait for the gate.</summary>
    private static Action<string, TimeSpan> Holding(ManualResetEventSlim gate) => (key, _) =>
    {
        if (key.StartsWith('k'))
        {
            gate.Wait(Bound);
        }
    };

    private static Task<T> OnThread<T>(Func<T> work) => Task.Factory.StartNew(work, Token, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>A store that cannot be read on the caller's thread, or does not even say so.</summary>
    private sealed class Refusing(FakeDataReader reader, bool throws) : IDataReader
    {
        public string Identity => "refusing";

        public bool CanGet => throws ? throw new InvalidOperationException() : false;

        public ValueTask<ReadItem> GetAsync(DataKind kind, string key, CancellationToken cancellationToken) => reader.GetAsync(kind, key, cancellationToken);

        public ValueTask<ReadItems> AllAsync(DataKind kind, CancellationToken cancellationToken) => reader.AllAsync(kind, cancellationToken);

        public ValueTask<bool> InitializedAsync(CancellationToken cancellationToken) => reader.InitializedAsync(cancellationToken);

        public ValueTask DisposeAsync() => default;
    }

    private sealed class NoStore : IPersistentStore
    {
        public ISerializedDataReader CreateReader(PersistentStoreContext context) => throw new NotSupportedException();

        public ISerializedDataWriter CreateWriter(PersistentStoreContext context) => throw new NotSupportedException();
    }
}
