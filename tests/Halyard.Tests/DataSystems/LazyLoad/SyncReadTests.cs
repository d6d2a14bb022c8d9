using System.Collections.Concurrent;
using System.Diagnostics;
using Halyard.Tests.Support;

namespace Halyard.Tests.LazyLoading;

[Collection(typeof(Alone))]
public sealed class SyncReadTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(1)]
    [InlineData(1000)]
    public async Task A_thousand_cold_reads_on_pool_threads_finish_without_the_pool(int keys)
    {
        // A store with a thread of its own, as one of a socket or an embedded database.
        using var store = new StoreThread();
        await using var lazy = new LazyLoadHarness(o => o.ReadTimeout = TimeSpan.FromSeconds(25));
        for (var i = 0; i < keys; i++)
        {
            lazy.Reader.Put("flag-" + i, i + 1);
        }

        lazy.Reader.Before = (_, _) => store.Answer();
        var results = new ConcurrentDictionary<int, long?>();
        await OnCrowdedPool(1000, i => results[i] = lazy.Read("flag-" + (i % keys)));
        Assert.Equal(1000, results.Count);
        Assert.All(results, pair => Assert.Equal((pair.Key % keys) + 1, pair.Value));
        Assert.Equal(keys, lazy.Reader.Gets);
        Assert.Equal(0, lazy.System.Statistics.ReadTimeouts);
    }

    [Fact]
    public async Task A_store_that_needs_the_pool_is_waited_for_no_longer_than_the_read_timeout()
    {
        await using var lazy = new LazyLoadHarness(o => o.ReadTimeout = TimeSpan.FromMilliseconds(300));
        lazy.Reader.Put("a");
        lazy.Reader.Before = async (_, _) => await Task.Run(() => { }, CancellationToken.None).ConfigureAwait(false);
        var took = await OnCrowdedPool(1000, _ => lazy.Read("a"));
        Assert.InRange(took, TimeSpan.Zero, TimeSpan.FromSeconds(15));
        lazy.Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(1, await lazy.ReadAsync("a"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_read_under_a_single_threaded_context_does_not_wait_for_that_thread(bool asyncReadFirst)
    {
        await using var lazy = new LazyLoadHarness(o => o.ReadTimeout = TimeSpan.FromSeconds(25));
        lazy.Reader.Put("a");

        // A reader that always goes on later, in the context it was called in.
        lazy.Reader.Before = async (_, _) => await Task.Yield();
        long? version = null;
        Task? first = null;
        await OnSingleThread(() =>
        {
            if (asyncReadFirst)
            {
                first = lazy.ReadAsync("a");
            }

            version = lazy.Read("a");
        });
        Assert.Equal(1, version);
        Assert.Equal(0, lazy.System.Statistics.ReadTimeouts);
        Assert.Equal(1, lazy.Reader.Gets);
        Assert.Equal(asyncReadFirst, first is not null);
    }

    [Fact]
    public async Task A_slow_answer_delays_one_read_by_the_read_timeout_and_no_other()
    {
        await using var lazy = new LazyLoadHarness(o => o.ReadTimeout = TimeSpan.FromMilliseconds(100));
        lazy.Reader.Put("a");

        // A first read may take longer than the read timeout on a busy machine; an asynchronous one waits for it.
        Assert.Equal(1, await lazy.ReadAsync("a").WaitAsync(Bound, TestContext.Current.CancellationToken));
        var gate = new TaskCompletionSource();
        lazy.Reader.Put("a", 2);
        lazy.Reader.Before = (_, _) => gate.Task;
        lazy.Clock.Advance(TimeSpan.FromMinutes(5));
        for (var i = 0; i < 1000; i++)
        {
            Assert.Equal(1, lazy.Read("a"));
        }

        Assert.Equal(1, lazy.System.Statistics.ReadTimeouts);
        Assert.Equal(2, lazy.Reader.Gets);
        Assert.Single(lazy.Lines, line => line.Contains("did not answer within", StringComparison.Ordinal));
        gate.SetResult();
        await Conditions.UntilAsync(() => lazy.Read("a") == 2);
        Assert.Equal(2, lazy.Reader.Gets);
    }

    [Fact]
    public async Task A_slow_read_of_all_is_not_waited_for_longer_than_the_read_timeout()
    {
        await using var lazy = new LazyLoadHarness(o => o.ReadTimeout = TimeSpan.FromMilliseconds(100));
        lazy.Reader.Put("a");
        var gate = new TaskCompletionSource();
        lazy.Reader.Before = (_, _) => gate.Task;
        Assert.Empty(lazy.System.AllFlags());
        Assert.Empty(lazy.System.AllFlags());
        Assert.Equal(1, lazy.System.Statistics.ReadTimeouts);
        gate.SetResult();
        await Conditions.UntilAsync(() => lazy.System.AllFlags().Count == 1);
    }

    [Fact]
    public async Task A_reader_that_blocks_does_not_hold_the_caller_longer_than_the_read_timeout()
    {
        await using var lazy = new LazyLoadHarness(o => o.ReadTimeout = TimeSpan.FromMilliseconds(100));
        using var gate = new ManualResetEventSlim();
        lazy.Reader.Before = (_, _) =>
        {
            gate.Wait(Bound, CancellationToken.None);
            return Task.CompletedTask;
        };
        var began = Stopwatch.GetTimestamp();
        Assert.Null(lazy.Read("a"));
        Assert.InRange(Stopwatch.GetElapsedTime(began), TimeSpan.Zero, TimeSpan.FromSeconds(10));
        gate.Set();
    }

    /// <summary>Runs the work on pool threads while the pool is small.</summary>
    private static async Task<TimeSpan> OnCrowdedPool(int count, Action<int> work)
    {
        ThreadPool.GetMinThreads(out var workers, out var io);
        ThreadPool.SetMinThreads(2, io);
        try
        {
            var began = Stopwatch.GetTimestamp();
            await Task.WhenAll(Enumerable.Range(0, count).Select(i => Task.Run(() => work(i)))).WaitAsync(Bound, TestContext.Current.CancellationToken);
            return Stopwatch.GetElapsedTime(began);
        }
        finally
        {
            ThreadPool.SetMinThreads(workers, io);
        }
    }

    private static async Task OnSingleThread(Action work)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            SynchronizationContext.SetSynchronizationContext(new NeverRuns());
            try
            {
                work();
                done.SetResult();
            }
            catch (Exception e)
            {
                done.SetException(e);
            }
        })
        { IsBackground = true };
        thread.Start();
        await done.Task.WaitAsync(Bound, TestContext.Current.CancellationToken);
    }

    /// <summary>The context of a thread that is busy: what is posted waits until it is free, here for ever.</summary>
    private sealed class NeverRuns : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state)
        {
        }
    }

    private sealed class StoreThread : IDisposable
    {
        private readonly BlockingCollection<TaskCompletionSource> _asked = [];

        public StoreThread() => new Thread(() =>
        {
            foreach (var asked in _asked.GetConsumingEnumerable())
            {
                asked.SetResult();
            }
        })
        { IsBackground = true }.Start();

        public Task Answer()
        {
            var asked = new TaskCompletionSource();
            _asked.Add(asked);
            return asked.Task;
        }

        public void Dispose() => _asked.CompleteAdding();
    }
}
