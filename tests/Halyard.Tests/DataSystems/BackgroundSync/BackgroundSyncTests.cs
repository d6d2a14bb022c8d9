using Halyard.DataSystems;
using Halyard.Model;

namespace Halyard.Tests;

public sealed class BackgroundSyncTests : IAsyncDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);
    private readonly FakeSynchronizer _synchronizer = new();
    private readonly FlagChanges _changes = new();

    public ValueTask DisposeAsync() => _synchronizer.DisposeAsync();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_the_synchronizer_writes_can_be_read_and_is_announced()
    {
        await using var system = new BackgroundSync(_synchronizer, _changes);
        Assert.Equal("fake", system.Identity);
        Assert.False(system.Initialized);
        await using var announced = _changes.GetAsyncEnumerator(Token);
        await system.StartAsync(Token);
        Assert.Null(_synchronizer.Bootstrap);
        var snapshot = system.Snapshot;
        _synchronizer.Destination!.Init(Items.Set(Items.Flag("a", 3), Items.NoFlag("b"), Items.Segment("s", 4)));

        Assert.True(system.Initialized);
        Assert.Equal(3, system.GetFlag("a")!.Version);
        Assert.Equal(4, system.GetSegment("s")!.Version);
        Assert.Single(system.AllFlags());
        Assert.Single(system.AllSegments());
        Assert.NotSame(snapshot, system.Snapshot);
        Assert.Empty(snapshot.Flags);
        Assert.True(await announced.MoveNextAsync().AsTask().WaitAsync(Bound, Token));
        Assert.Equal(["a"], announced.Current.Keys);
    }

    [Fact]
    public async Task Preset_data_is_served_before_the_start_and_the_source_is_told_of_it()
    {
        await using var system = new BackgroundSync(_synchronizer, _changes, Items.Set(Items.Flag("a", 1, ["b"]), Items.Flag("b")));
        Assert.True(system.Initialized);
        Assert.NotNull(system.GetFlag("a"));
        await system.StartAsync(Token);
        Assert.NotNull(_synchronizer.Bootstrap);

        await using var announced = _changes.GetAsyncEnumerator(Token);
        _synchronizer.Destination!.Upsert(DataKind.Flag, "b", Items.Flag("b", 2));
        Assert.True(await announced.MoveNextAsync().AsTask().WaitAsync(Bound, Token));
        Assert.Equal(["b", "a"], announced.Current.Keys);
    }

    [Fact]
    public async Task Starting_again_and_at_once_from_many_sides_starts_once()
    {
        await using var system = new BackgroundSync(_synchronizer, _changes);
        _synchronizer.HoldStart();
        var starts = Enumerable.Range(0, 8).Select(_ => Task.Run(() => system.StartAsync(Token), Token)).ToArray();
        await _synchronizer.StartEntered.WaitAsync(Bound, Token);
        _synchronizer.ReleaseStart();
        await Task.WhenAll(starts).WaitAsync(Bound, Token);
        await system.StartAsync(Token);
        Assert.Equal(1, _synchronizer.Starts);
    }

    [Fact]
    public async Task A_second_caller_can_stop_waiting_without_ending_the_start()
    {
        await using var system = new BackgroundSync(_synchronizer, _changes);
        _synchronizer.HoldStart();
        var first = system.StartAsync(Token);
        using var cancel = new CancellationTokenSource();
        var second = system.StartAsync(cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second.WaitAsync(Bound, Token));
        Assert.False(first.IsCompleted);
        _synchronizer.ReleaseStart();
        await first.WaitAsync(Bound, Token);
    }

    [Fact]
    public async Task A_start_that_fails_says_so_to_every_caller_and_the_system_can_be_disposed()
    {
        var system = new BackgroundSync(_synchronizer, _changes);
        _synchronizer.StartError = new IOException("no socket");
        await Assert.ThrowsAsync<IOException>(() => system.StartAsync(Token));
        await Assert.ThrowsAsync<IOException>(() => system.StartAsync(Token));
        await system.DisposeAsync();
        Assert.Equal(1, _synchronizer.Disposals);
    }

    [Fact]
    public async Task Disposed_before_the_start_it_never_starts()
    {
        var system = new BackgroundSync(_synchronizer, _changes);
        await system.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => system.StartAsync(Token));
        Assert.Equal(0, _synchronizer.Starts);
        Assert.Equal(1, _synchronizer.Disposals);
    }

    [Fact]
    public async Task Disposed_during_the_start_it_cancels_the_start_first()
    {
        var system = new BackgroundSync(_synchronizer, _changes);
        _synchronizer.HoldStart();
        var start = system.StartAsync(Token);
        await _synchronizer.StartEntered.WaitAsync(Bound, Token);
        await system.DisposeAsync().AsTask().WaitAsync(Bound, Token);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => start.WaitAsync(Bound, Token));
        Assert.Equal(1, _synchronizer.Disposals);
        Assert.False(_synchronizer.DisposedDuringStart);
    }

    [Fact]
    public async Task Disposing_twice_and_at_once_disposes_the_source_once_and_both_wait()
    {
        var system = new BackgroundSync(_synchronizer, _changes);
        await system.StartAsync(Token);
        var release = _synchronizer.HoldDisposal();
        var disposals = Enumerable.Range(0, 4).Select(_ => Task.Run(() => system.DisposeAsync().AsTask(), Token)).ToArray();
        await _synchronizer.DisposalEntered.WaitAsync(Bound, Token);
        Assert.DoesNotContain(disposals, d => d.IsCompleted);
        release.SetResult();
        await Task.WhenAll(disposals).WaitAsync(Bound, Token);
        await system.DisposeAsync();
        Assert.Equal(1, _synchronizer.Disposals);
    }

    [Fact]
    public async Task Late_writes_do_not_reach_the_data_nor_the_listeners_and_reads_go_on()
    {
        var system = new BackgroundSync(_synchronizer, _changes);
        await system.StartAsync(Token);
        var destination = _synchronizer.Destination!;
        destination.Init(Items.Set(Items.Flag("a")));
        var last = system.Snapshot;
        await system.DisposeAsync();
        var announced = _changes.GetAsyncEnumerator(Token);

        destination.Init(Items.Set(Items.Flag("b")));
        Assert.False(destination.Upsert(DataKind.Flag, "a", Items.Flag("a", 2)));
        destination.Apply(Items.Full(Items.Flag("c")));
        Assert.Same(last, system.Snapshot);
        Assert.True(system.Initialized);
        Assert.NotNull(system.GetFlag("a"));

        _changes.Publish(new(["marker"]));
        Assert.True(await announced.MoveNextAsync().AsTask().WaitAsync(Bound, Token));
        Assert.Equal(["marker"], announced.Current.Keys);
    }

    [Fact]
    public async Task An_error_of_the_sources_disposal_is_told()
    {
        var system = new BackgroundSync(_synchronizer, _changes);
        _synchronizer.DisposalError = new IOException("stuck");
        await Assert.ThrowsAsync<IOException>(() => system.DisposeAsync().AsTask());
        await Assert.ThrowsAsync<IOException>(() => system.DisposeAsync().AsTask());
        _synchronizer.DisposalError = null;
    }

    private sealed class FakeSynchronizer : IDataSynchronizer
    {
        private readonly TaskCompletionSource _startEntered = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _disposalEntered = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private TaskCompletionSource? _startHold;
        private TaskCompletionSource? _disposalHold;
        private int _starts;
        private int _disposals;
        private volatile bool _inStart;

        public string Identity => "fake";

        public IDataDestination? Destination { get; private set; }

        public Bootstrap? Bootstrap { get; private set; }

        public Exception? StartError { get; set; }

        public Exception? DisposalError { get; set; }

        public int Starts => Volatile.Read(ref _starts);

        public int Disposals => Volatile.Read(ref _disposals);

        public bool DisposedDuringStart { get; private set; }

        public Task StartEntered => _startEntered.Task;

        public Task DisposalEntered => _disposalEntered.Task;

        public void HoldStart() => _startHold = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void ReleaseStart() => _startHold!.SetResult();

        public TaskCompletionSource HoldDisposal() => _disposalHold = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public async Task StartAsync(IDataDestination destination, Bootstrap? bootstrap, CancellationToken cancellationToken)
        {
            _inStart = true;
            Interlocked.Increment(ref _starts);
            (Destination, Bootstrap) = (destination, bootstrap);
            _startEntered.TrySetResult();
            try
            {
                if (_startHold is not null)
                {
                    await _startHold.Task.WaitAsync(cancellationToken);
                }
            }
            finally
            {
                _inStart = false;
            }

            if (StartError is not null)
            {
                throw StartError;
            }
        }

        public async ValueTask DisposeAsync()
        {
            DisposedDuringStart |= _inStart;
            Interlocked.Increment(ref _disposals);
            _disposalEntered.TrySetResult();
            if (_disposalHold is not null)
            {
                await _disposalHold.Task;
            }

            if (DisposalError is not null)
            {
                throw DisposalError;
            }
        }
    }
}
