using System.Collections.Concurrent;
using Halyard.Concurrency;
using Halyard.Tests.Support;

namespace Halyard.Tests.Concurrency;

public sealed class SingleFlightTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_key_is_fetched_once_at_a_time_and_everybody_gets_the_answer()
    {
        using var threads = new StoreThreads("test");
        var flights = new Flights(threads);
        var first = flights.JoinOrStart("a", 0, callerBlocks: false);
        Assert.Same(first, flights.JoinOrStart("a", 0, callerBlocks: false));
        Assert.Same(first, flights.JoinOrStart("a", 0, callerBlocks: true));
        Assert.NotSame(first, flights.JoinOrStart("b", 0, callerBlocks: false));
        await Conditions.UntilAsync(() => flights.Requests.Count == 2);
        Assert.False(first.Task.IsCompleted);

        flights.Answer.SetResult();
        Assert.Equal(1, await first.Task.WaitAsync(Bound, Token));
        await Conditions.UntilAsync(() => !ReferenceEquals(first, flights.JoinOrStart("a", 0, callerBlocks: false)));
        Assert.Equal(["a", "b", "a"], flights.Requests.SelectMany(static keys => keys));
    }

    [Fact]
    public async Task An_answer_that_is_known_is_not_fetched()
    {
        using var threads = new StoreThreads("test");
        var flights = new Flights(threads) { Known = ("a", 7) };
        Assert.Equal(7, await flights.JoinOrStart("a", 0, callerBlocks: true).Task.WaitAsync(Bound, Token));
        Assert.Empty(flights.Requests);
    }

    [Fact]
    public async Task Fetches_that_come_while_their_group_is_busy_go_together_in_bounded_requests()
    {
        using var threads = new StoreThreads("test");
        var flights = new Flights(threads, largestBatch: 3);
        var reads = await Task.Run(() => Enumerable.Range(0, 8).Select(i => flights.JoinOrStart($"k{i}", 0, callerBlocks: false)).ToArray(), Token);
        await Conditions.UntilAsync(() => flights.Requests.Sum(static keys => keys.Length) == 8);
        flights.Answer.SetResult();
        await Task.WhenAll(reads.Select(static read => read.Task)).WaitAsync(Bound, Token);
        Assert.Equal(["k0"], flights.Requests.First());
        Assert.All(flights.Requests, static keys => Assert.InRange(keys.Length, 1, 3));
        Assert.Equal(Enumerable.Range(0, 8).Select(static i => $"k{i}"), flights.Requests.SelectMany(static keys => keys).Order());
    }

    [Fact]
    public async Task A_group_that_is_idle_again_lets_the_next_fetch_start_at_once()
    {
        using var threads = new StoreThreads("test");
        var flights = new Flights(threads, largestBatch: 3);
        flights.Answer.SetResult();
        await Task.Run(
            () =>
            {
                for (var i = 0; i < 5; i++)
                {
                    Assert.True(flights.JoinOrStart($"k{i}", 0, callerBlocks: false).Task.IsCompletedSuccessfully);
                }
            },
            Token);
        Assert.All(flights.Requests, static keys => Assert.Single(keys));
    }

    [Fact]
    public async Task A_caller_that_blocks_is_served_by_a_thread_of_its_own()
    {
        using var threads = new StoreThreads("test");
        var flights = new Flights(threads);
        var read = flights.JoinOrStart("a", 0, callerBlocks: true);
        flights.Answer.SetResult();
        await read.Task.WaitAsync(Bound, Token);
        Assert.Equal("test", Assert.Single(flights.ThreadNames));
    }

    [Fact]
    public async Task A_caller_with_a_context_does_not_lend_its_thread()
    {
        using var threads = new StoreThreads("test");
        var flights = new Flights(threads);
        flights.Answer.SetResult();
        var before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(new NeverRuns());
        PendingFetch<string, int> read;
        try
        {
            read = flights.JoinOrStart("a", 0, callerBlocks: false);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }

        Assert.Equal(1, await read.Task.WaitAsync(Bound, Token));
    }

    [Fact]
    public async Task Everybody_can_be_released_before_the_answer()
    {
        using var threads = new StoreThreads("test");
        var flights = new Flights(threads, largestBatch: 2);
        PendingFetch<string, int>[] reads = [.. Enumerable.Range(0, 9).Select(i => flights.JoinOrStart($"k{i}", 0, callerBlocks: false))];
        flights.CompleteAll(-1);
        Assert.All(await Task.WhenAll(reads.Select(static read => read.Task)).WaitAsync(Bound, Token), static answer => Assert.Equal(-1, answer));
    }

    private sealed class NeverRuns : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state)
        {
        }
    }

    /// <summary>Answers 1 for every key once it may.</summary>
    private sealed class Flights(StoreThreads threads, int largestBatch = 1) : SingleFlight<string, int>(threads, largestBatch)
    {
        private readonly FetchGroup<string, int> _group = new();

        public TaskCompletionSource Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ConcurrentQueue<string[]> Requests { get; } = new();

        public ConcurrentQueue<string?> ThreadNames { get; } = new();

        public (string Key, int Answer)? Known { get; init; }

        protected override bool TryAnswer(string key, long now, out int answer)
        {
            answer = Known?.Answer ?? 0;
            return Known?.Key == key;
        }

        protected override FetchGroup<string, int> GroupOf(string key) => _group;

        protected override async Task FetchAsync(FetchBatch<string, int> batch)
        {
            ThreadNames.Enqueue(Thread.CurrentThread.Name);
            Requests.Enqueue(Array.ConvertAll(batch.Fetches, static fetch => fetch.Key));
            await Answer.Task.ConfigureAwait(true);
            Complete(batch, 1);
        }
    }
}
