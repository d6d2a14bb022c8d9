using Halyard.Concurrency;
using Halyard.Tests.BigSegmentStores;
using Halyard.Tests.Support;

namespace Halyard.Tests.Clients;

/// <summary>A source of the application's that does not come back from its start holds up neither the start nor the end.</summary>
public sealed class AbandonedStartTests
{
    private readonly RecordingTimeProvider _time = new();
    private readonly StuckSource _source = new();

    [Theory]
    [InlineData(5, 5)]
    [InlineData(0, 15)]
    public async Task A_start_waits_no_longer_for_it_than_it_was_told_to(int startTimeout, int waited)
    {
        await using var client = Make(TimeSpan.FromSeconds(startTimeout));
        var start = client.StartAsync(Clients.Token);
        await _time.PassAsync(TimeSpan.FromSeconds(waited));
        await start.WaitAsync(TimeSpan.FromSeconds(30), Clients.Token);
        Assert.False(client.Initialized);

        _source.Deliver();
        Assert.True(client.Initialized);
        _source.Return.SetResult();
    }

    [Fact]
    public async Task That_it_fails_after_that_shows_in_the_status()
    {
        await using var client = Make(TimeSpan.Zero);
        var start = client.StartAsync(Clients.Token);
        await _time.PassAsync(Ending.Patience);
        await start.WaitAsync(TimeSpan.FromSeconds(30), Clients.Token);

        _source.Return.SetException(new IOException("no way"));
        await Conditions.UntilAsync(() => client.DataSourceStatus.Current.LastError is { Message: var message } && message.EndsWith("no way", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Whoever_waits_for_the_start_is_released_by_the_end()
    {
        var client = Make(Timeout.InfiniteTimeSpan);
        var start = client.StartAsync(Clients.Token);
        await _source.Started.Task.WaitAsync(TimeSpan.FromSeconds(30), Clients.Token);
        await EndedAsync(client.DisposeAsync().AsTask());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => start.WaitAsync(TimeSpan.FromSeconds(30), Clients.Token));
        _source.Return.SetResult();
    }

    [Fact]
    public async Task A_store_of_big_segments_that_opens_when_the_client_has_ended_is_ended_too()
    {
        using var opening = new ManualResetEventSlim();
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var store = new ScriptedStore();
        var client = Client.Create(new()
        {
            TimeProvider = _time,
            DataSystem = DataSystem.FromSynchronizer(context => _source),
            BigSegments = new(_ =>
            {
                entered.SetResult();
                opening.Wait(TimeSpan.FromSeconds(60), CancellationToken.None);
                return store;
            }),
        });
        var start = Task.Run(() => client.StartAsync(Clients.Token), Clients.Token);
        await entered.Task.WaitAsync(TimeSpan.FromSeconds(30), Clients.Token);
        await EndedAsync(client.DisposeAsync().AsTask());
        opening.Set();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => start.WaitAsync(TimeSpan.FromSeconds(30), Clients.Token));
        await Conditions.UntilAsync(() => store.Disposed);
    }

    // Lets the time pass that an end waits for what does not come back.
    private async Task EndedAsync(Task end) => await Conditions.UntilAsync(() =>
    {
        if (!end.IsCompleted && _time.Timers.Entries.Any(due => due == Ending.Patience))
        {
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        return end.IsCompleted;
    });

    private Client Make(TimeSpan startTimeout) => Client.Create(new()
    {
        TimeProvider = _time,
        StartTimeout = startTimeout,
        DataSystem = DataSystem.FromSynchronizer(context => _source),
    });

    private sealed class StuckSource : IDataSynchronizer
    {
        private IDataDestination? _destination;

        public string Identity => "stuck";

        public TaskCompletionSource Started { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Return { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task StartAsync(IDataDestination destination, Bootstrap? bootstrap, CancellationToken cancellationToken)
        {
            _destination = destination;
            Started.SetResult();
            return Return.Task;
        }

        public void Deliver() => _destination!.Init(DataSet.Empty);

        public ValueTask DisposeAsync() => default;
    }
}
