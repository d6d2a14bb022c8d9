using Halyard.Tests.Support;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;

namespace Halyard.Tests;

/// <summary>The queues of listeners, by way of <see cref="FlagChanges"/>, the busiest of those that have them.</summary>
[Collection(typeof(Alone))]
public sealed class ListenerHubTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);
    private readonly FakeLogger _logger = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_handler_gets_every_change_in_order_off_the_writers_thread()
    {
        var changes = new FlagChanges();
        var got = new Collector(500);
        var writer = Environment.CurrentManagedThreadId;
        var onWriter = false;
        changes.Changed += change =>
        {
            onWriter |= Environment.CurrentManagedThreadId == writer && !Thread.CurrentThread.IsThreadPoolThread;
            got.Add(change);
        };
        for (var i = 0; i < 500; i++)
        {
            changes.Publish(Change(i));
        }

        Assert.Equal(Enumerable.Range(0, 500).Select(i => $"{i}"), await got.Keys());
        Assert.False(onWriter);
    }

    [Fact]
    public async Task A_blocked_handler_holds_up_neither_the_writer_nor_the_others_and_gets_the_rest_merged()
    {
        const int Limit = 8;
        var changes = new FlagChanges(limit: Limit);
        using var block = new ManualResetEventSlim();
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var slow = new List<FlagChange>();
        var slowDone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        changes.Changed += change =>
        {
            entered.TrySetResult();
            block.Wait(Bound);
            slow.Add(change);
            if (change.Keys.Contains("last"))
            {
                slowDone.SetResult();
            }
        };
        changes.Publish(Change(0));
        await entered.Task.WaitAsync(Bound, Token);

        var fast = new Collector(3);
        changes.Changed += fast.Add;
        changes.Publish(new(["x"]));
        changes.Publish(new(["y"]));
        changes.Publish(new(["z"]));
        Assert.Equal(["x", "y", "z"], await fast.Keys());
        changes.Changed -= fast.Add;

        // Three wait; five more fill the queue; the rest becomes one change with each key once.
        for (var i = 0; i < 5; i++)
        {
            changes.Publish(Change(i));
        }

        for (var i = 0; i < 1000; i++)
        {
            changes.Publish(new([$"m{i % 10}", "common"]));
        }

        changes.Publish(new(["last"]));
        block.Set();
        await slowDone.Task.WaitAsync(Bound, Token);
        Assert.Equal(1 + Limit + 1, slow.Count);
        Assert.Equal(["0", "x", "y", "z", "0", "1", "2", "3", "4"], slow.Take(1 + Limit).SelectMany(c => c.Keys));
        Assert.Equal(["m0", "common", .. Enumerable.Range(1, 9).Select(i => $"m{i}"), "last"], slow[^1].Keys);
    }

    [Fact]
    public async Task A_handler_that_throws_is_logged_once_and_goes_on_and_others_are_not_touched()
    {
        var changes = new FlagChanges(_logger);
        var calls = new Collector(3);
        var good = new Collector(3);
        Action<FlagChange> bad = change =>
        {
            calls.Add(change);
            throw new InvalidOperationException("handler's own fault");
        };
        changes.Changed += bad + good.Add;
        for (var i = 0; i < 3; i++)
        {
            changes.Publish(Change(i));
        }

        Assert.Equal(["0", "1", "2"], await calls.Keys());
        Assert.Equal(["0", "1", "2"], await good.Keys());
        changes.Changed -= bad + good.Add;
        Assert.False(changes.HasListeners);
        var record = Assert.Single(_logger.Collector.GetSnapshot());
        Assert.Equal(LogLevel.Error, record.Level);
        Assert.IsType<InvalidOperationException>(record.Exception);
    }

    [Fact]
    public async Task A_handler_can_remove_itself_and_gets_nothing_after()
    {
        var changes = new FlagChanges();
        var calls = 0;
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var ready = new ManualResetEventSlim();
        void Once(FlagChange change)
        {
            ready.Wait(Bound);
            calls++;
            changes.Changed -= Once;
            gone.TrySetResult();
        }

        changes.Changed += Once;
        changes.Publish(Change(1));
        changes.Publish(Change(2));
        ready.Set();
        await gone.Task.WaitAsync(Bound, Token);
        Assert.False(changes.HasListeners);

        // Given a second call, were there one, the time of many deliveries to somebody else.
        var other = new Collector(2000);
        changes.Changed += other.Add;
        for (var i = 0; i < 2000; i++)
        {
            changes.Publish(Change(i));
        }

        changes.Publish(Change(3));
        await other.Keys();
        Assert.Equal(1, calls);
    }

    [Fact]
    public async Task A_handler_added_twice_is_called_twice_until_removed_twice()
    {
        var changes = new FlagChanges();
        var got = new Collector(2);
        changes.Changed += got.Add;
        changes.Changed += got.Add;
        changes.Publish(Change(1));
        Assert.Equal(["1", "1"], await got.Keys());
        changes.Changed -= got.Add;
        Assert.True(changes.HasListeners);
        changes.Changed -= got.Add;
        Assert.False(changes.HasListeners);
        changes.Changed -= got.Add;
        changes.Changed += null;
    }

    [Fact]
    public async Task An_enumeration_begins_with_the_call_not_with_the_first_move()
    {
        var changes = new FlagChanges();
        await using var enumerator = changes.GetAsyncEnumerator(Token);
        Assert.True(changes.HasListeners);
        changes.Publish(Change(1));
        changes.Publish(Change(2));
        Assert.True(await enumerator.MoveNextAsync());
        Assert.Equal("1", enumerator.Current.Keys.Single());
        Assert.True(await enumerator.MoveNextAsync());
        Assert.Equal("2", enumerator.Current.Keys.Single());

        var waiting = enumerator.MoveNextAsync();
        Assert.False(waiting.IsCompleted);
        changes.Publish(Change(3));
        Assert.True(await waiting.AsTask().WaitAsync(Bound, Token));
        Assert.Equal("3", enumerator.Current.Keys.Single());
    }

    [Fact]
    public async Task Completion_gives_enumerations_and_handlers_the_rest_and_ends_them()
    {
        var changes = new FlagChanges();
        var got = new Collector(2);
        changes.Changed += got.Add;
        var waiting = changes.GetAsyncEnumerator(Token).MoveNextAsync().AsTask();
        var enumerator = changes.GetAsyncEnumerator(Token);
        changes.Publish(Change(1));
        changes.Publish(Change(2));
        changes.Complete();
        changes.Complete();
        changes.Publish(Change(3));

        Assert.True(await waiting.WaitAsync(Bound, Token));
        Assert.True(await enumerator.MoveNextAsync());
        Assert.True(await enumerator.MoveNextAsync());
        Assert.False(await enumerator.MoveNextAsync());
        Assert.Equal(["1", "2"], await got.Keys());

        Assert.False(changes.HasListeners);
        Assert.False(await changes.GetAsyncEnumerator(Token).MoveNextAsync());
        changes.Changed += got.Add;
        Assert.False(changes.HasListeners);
    }

    [Fact]
    public async Task Completion_ends_an_enumeration_that_waits()
    {
        var changes = new FlagChanges();
        var waiting = changes.GetAsyncEnumerator(Token).MoveNextAsync().AsTask();
        changes.Complete();
        Assert.False(await waiting.WaitAsync(Bound, Token));
    }

    [Fact]
    public async Task Cancelling_ends_the_enumeration_and_disposing_removes_it()
    {
        var changes = new FlagChanges();
        using var cancel = new CancellationTokenSource();
        var enumerator = changes.GetAsyncEnumerator(cancel.Token);
        var waiting = enumerator.MoveNextAsync().AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(Bound, Token));
        await enumerator.DisposeAsync();
        await enumerator.DisposeAsync();
        Assert.False(changes.HasListeners);

        var disposed = changes.GetAsyncEnumerator(Token);
        var pending = disposed.MoveNextAsync().AsTask();
        await disposed.DisposeAsync();
        Assert.False(await pending.WaitAsync(Bound, Token));
    }

    [Fact]
    public void Publishing_without_listeners_allocates_nothing()
    {
        var changes = new FlagChanges();
        var change = Change(1);
        Allocations.None(() => changes.Publish(change));
    }

    [Fact]
    public async Task Subscribing_and_leaving_while_changes_arrive_loses_nothing_for_those_who_stay()
    {
        var changes = new FlagChanges();
        var got = new Collector(1000);
        changes.Changed += got.Add;
        var comeAndGo = Enumerable.Range(0, 2).Select(_ => Task.Run(
            () =>
            {
                for (var i = 0; i < 500; i++)
                {
                    Action<FlagChange> handler = _ => { };
                    changes.Changed += handler;
                    changes.Changed -= handler;
                }
            },
            Token)).ToArray();
        for (var i = 0; i < 1000; i++)
        {
            changes.Publish(Change(i));
        }

        await Task.WhenAll(comeAndGo).WaitAsync(Bound, Token);
        Assert.Equal(Enumerable.Range(0, 1000).Select(i => $"{i}"), await got.Keys());
    }

    private static FlagChange Change(int i) => new([$"{i}"]);

    private sealed class Collector(int expected)
    {
        private readonly List<string> _keys = [];
        private readonly TaskCompletionSource _full = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Add(FlagChange change)
        {
            lock (_keys)
            {
                _keys.AddRange(change.Keys);
                if (_keys.Count >= expected)
                {
                    _full.TrySetResult();
                }
            }
        }

        public async Task<string[]> Keys()
        {
            await _full.Task.WaitAsync(Bound, Token);
            lock (_keys)
            {
                return [.. _keys];
            }
        }
    }
}
