namespace Halyard.Tests.Clients;

/// <summary>A client that is made first and started later, and disposed at any moment.</summary>
public sealed class ClientLifeTests
{
    private readonly HeldStore _held = new();
    private HeldSource? _source;

    private ClientOptions Options => new() { DataSystem = DataSystem.FromSynchronizer(context => _source = new(context.Status)), StartTimeout = Timeout.InfiniteTimeSpan };

    [Fact]
    public async Task A_client_that_is_not_started_serves_defaults_and_has_its_source_do_nothing()
    {
        await using var client = Client.Create(Options);

        Assert.False(client.Initialized);
        Assert.Equal(DataSourceState.Initializing, client.DataSourceStatus.Current.State);
        var detail = client.BoolVariationDetail("flag", Clients.User, true);
        Assert.Equal((true, EvaluationErrorKind.ClientNotReady), (detail.Value, detail.Reason.ErrorKind));
        Assert.False(client.AllFlagsState(Clients.User).IsValid);
        Assert.Equal(0, _source!.Starts);
    }

    [Fact]
    public async Task A_store_is_not_asked_before_the_start()
    {
        _held.Put(Items.Flag("flag"));
        await using var client = Client.Create(new() { DataSystem = DataSystem.LazyLoad(_held) });

        var detail = await client.BoolVariationDetailAsync("flag", Clients.User, true, Clients.Token);
        Assert.Equal((true, EvaluationErrorKind.ClientNotReady), (detail.Value, detail.Reason.ErrorKind));
        Assert.Equal(EvaluationErrorKind.ClientNotReady, client.BoolVariationDetail("flag", Clients.User, true).Reason.ErrorKind);
        Assert.False(client.AllFlagsState(Clients.User).IsValid);
        Assert.False((await client.AllFlagsStateAsync(Clients.User, cancellationToken: Clients.Token)).IsValid);
        Assert.False(client.Initialized);
        Assert.Null(client.Store.GetFlag("flag"));
        Assert.Null(await client.Store.GetFlagAsync("flag", Clients.Token));
        Assert.Empty(client.Store.AllFlags());
        Assert.Empty(await client.Store.AllSegmentsAsync(Clients.Token));
        Assert.Equal(0, _held.Reads);

        await client.StartAsync(Clients.Token);
        Assert.Equal(EvaluationErrorKind.None, client.BoolVariationDetail("flag", Clients.User, true).Reason.ErrorKind);
    }

    [Fact]
    public void Wrong_options_make_no_client() =>
        Assert.Contains("SdkKey", Assert.Throws<ArgumentException>(() => Client.Create(new() { SdkKey = "" })).Message, StringComparison.Ordinal);

    [Fact]
    public async Task Every_call_waits_for_the_one_start()
    {
        await using var client = Client.Create(Options);
        var starts = Enumerable.Range(0, 8).Select(_ => Task.Run(() => client.StartAsync(Clients.Token))).ToArray();
        await _source!.Started.Task.WaitAsync(Clients.Token);
        Assert.DoesNotContain(starts, start => start.IsCompleted);

        _source.Deliver();
        await Task.WhenAll(starts).WaitAsync(Clients.Token);
        await client.StartAsync(Clients.Token);
        Assert.Equal(1, _source.Starts);
        Assert.True(client.Initialized);
    }

    [Fact]
    public async Task A_caller_that_gives_up_waiting_leaves_the_start_to_the_others()
    {
        await using var client = Client.Create(Options);
        using var giveUp = new CancellationTokenSource();
        var impatient = client.StartAsync(giveUp.Token);
        var patient = client.StartAsync(Clients.Token);
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.StartAsync(giveUp.Token));

        _source!.Deliver();
        await patient.WaitAsync(Clients.Token);
        Assert.True(client.Initialized);
        Assert.False(_source.Disposed);
    }

    [Fact]
    public async Task A_client_that_was_never_started_can_be_disposed_and_not_started_any_more()
    {
        var client = Client.Create(Options);
        await client.DisposeAsync();

        Assert.True(_source!.Disposed);
        Assert.Equal(0, _source.Starts);
        Assert.Equal(DataSourceState.Off, client.DataSourceStatus.Current.State);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => client.StartAsync(Clients.Token));
        Assert.Equal(EvaluationErrorKind.ClientNotReady, client.BoolVariationDetail("flag", Clients.User, true).Reason.ErrorKind);
    }

    [Fact]
    public async Task Disposal_ends_a_start_that_waits_for_data()
    {
        var client = Client.Create(Options);
        var start = client.StartAsync(Clients.Token);
        await _source!.Started.Task.WaitAsync(Clients.Token);

        await client.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => start);
        Assert.True(_source.Disposed);
    }

    [Fact]
    public async Task Disposal_ends_a_source_that_is_still_starting()
    {
        var client = Client.Create(Options);
        _source!.HoldsItsStart = true;
        var start = client.StartAsync(Clients.Token);
        await _source.Started.Task.WaitAsync(Clients.Token);

        await Task.WhenAll(client.DisposeAsync().AsTask(), client.DisposeAsync().AsTask()).WaitAsync(Clients.Token);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => start);
        Assert.True(_source.Disposed);
        Assert.False(_source.DisposedWhileStarting);
    }

    [Fact]
    public async Task The_status_of_a_client_takes_no_reports_from_applications()
    {
        await using var client = Client.Create(Options);
        Assert.False((object)client.DataSourceStatus is IDataSourceStatusReporter);
    }

    private sealed class HeldSource(IDataSourceStatusReporter status) : IDataSynchronizer
    {
        private int _starts;
        private volatile bool _isStarting;

        public string Identity => "held";

        public int Starts => Volatile.Read(ref _starts);

        public bool HoldsItsStart { get; set; }

        public bool Disposed { get; private set; }

        public bool DisposedWhileStarting { get; private set; }

        public TaskCompletionSource Started { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        private IDataDestination? Destination { get; set; }

        public void Deliver()
        {
            Destination!.Init(DataSet.Empty);
            status.ReportValid();
        }

        public async Task StartAsync(IDataDestination destination, Bootstrap? bootstrap, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _starts);
            Destination = destination;
            _isStarting = true;
            Started.SetResult();
            try
            {
                if (HoldsItsStart)
                {
                    await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
                }
            }
            finally
            {
                _isStarting = false;
            }
        }

        public ValueTask DisposeAsync()
        {
            DisposedWhileStarting = _isStarting;
            Disposed = true;
            return ValueTask.CompletedTask;
        }
    }
}
