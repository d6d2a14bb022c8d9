using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Halyard.Tests.Clients;

public sealed class ClientStartTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly FakeLogCollector _logs = new();
    private ScriptedSource? _source;

    private ClientOptions Options => new()
    {
        DataSystem = DataSystem.FromSynchronizer(context => _source = new(context.Status)),
        TimeProvider = _time,
        LoggerFactory = Clients.Factory(_logs),
    };

    [Fact]
    public async Task A_start_waits_for_the_first_data()
    {
        var starting = Client.StartAsync(Options, Clients.Token);
        Assert.False(starting.IsCompleted);

        _source!.Destination!.Init(DataSet.Empty);
        _source.Status.ReportValid();

        await using var client = await starting.Soon();
        Assert.True(client.Initialized);
        Assert.Equal(DataSourceState.Valid, client.DataSourceStatus.Current.State);
    }

    [Fact]
    public async Task A_start_ends_after_its_timeout_with_a_client_that_goes_on_trying()
    {
        var starting = Client.StartAsync(Options, Clients.Token);
        _time.Advance(TimeSpan.FromSeconds(5) - TimeSpan.FromMilliseconds(1));
        Assert.False(starting.IsCompleted);

        _time.Advance(TimeSpan.FromMilliseconds(1));
        await using var client = await starting.Soon();
        Assert.False(client.Initialized);
        Assert.False(_source!.Disposed);
        Assert.Contains(_logs.GetSnapshot(), log => log.Level == LogLevel.Warning && log.Message.Contains("scripted", StringComparison.Ordinal));

        _source.Destination!.Init(DataSet.Empty);
        _source.Status.ReportValid();
        Assert.True(client.Initialized);
    }

    [Fact]
    public async Task A_timeout_of_zero_does_not_wait()
    {
        var options = Options;
        options.StartTimeout = TimeSpan.Zero;
        await using var client = await Client.StartAsync(options, Clients.Token).Soon();
        Assert.False(client.Initialized);
    }

    [Fact]
    public async Task An_error_that_retrying_soon_will_not_mend_ends_the_wait_at_once()
    {
        var starting = Client.StartAsync(Options, Clients.Token);
        _source!.Status.ReportUnexpected(DataSourceErrorKind.ErrorResponse, "the key was refused", 401);

        await using var client = await starting.Soon();
        Assert.False(client.Initialized);
        Assert.Equal(401, client.DataSourceStatus.Current.LastError?.StatusCode);
        Assert.Contains(_logs.GetSnapshot(), log => log.Message.Contains("the key was refused", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_source_that_ended_for_good_ends_the_wait_at_once()
    {
        var starting = Client.StartAsync(Options, Clients.Token);
        _source!.Status.ReportOff(DataSourceErrorKind.ErrorResponse, "gone", 403);

        await using var client = await starting.Soon();
        Assert.Equal(DataSourceState.Off, client.DataSourceStatus.Current.State);
    }

    [Fact]
    public async Task A_cancelled_start_leaves_nothing_running()
    {
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(Clients.Token);
        var starting = Client.StartAsync(Options, cancellation.Token);
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => starting.Soon());
        Assert.True(_source!.Disposed);
    }

    [Theory]
    [InlineData("")]
    [InlineData("sdk key")]
    [InlineData("sdk\nkey")]
    public async Task A_key_that_cannot_be_sent_is_one_clear_error(string key)
    {
        var options = new ClientOptions { SdkKey = key };
        var error = await Assert.ThrowsAsync<ArgumentException>(() => Client.StartAsync(options, Clients.Token));
        Assert.Contains("SdkKey", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_negative_start_timeout_is_refused()
    {
        var options = Options;
        options.StartTimeout = TimeSpan.FromSeconds(-2);
        await Assert.ThrowsAsync<ArgumentException>(() => Client.StartAsync(options, Clients.Token));
        Assert.Null(_source);
    }

    [Fact]
    public async Task An_offline_client_opens_nothing_and_serves_defaults()
    {
        var options = Options;
        options.Offline = true;
        await using var client = await Client.StartAsync(options, Clients.Token).Soon();

        Assert.Null(_source);
        Assert.True(client.IsOffline);
        Assert.True(client.Initialized);
        var detail = client.BoolVariationDetail("flag", Clients.User, true);
        Assert.True(detail.Value);
        Assert.Equal(EvaluationErrorKind.ClientNotReady, detail.Reason.ErrorKind);
        Assert.False(client.AllFlagsState(Clients.User).IsValid);
    }

    [Fact]
    public async Task Disposal_ends_the_source_once_and_keeps_the_last_known_data()
    {
        var data = new TestData().Update(TestData.Flag("flag").VariationForAll(true));
        var client = await Clients.StartAsync(data);
        await client.DisposeAsync();
        await client.DisposeAsync();

        Assert.Equal(DataSourceState.Off, client.DataSourceStatus.Current.State);
        Assert.True(client.BoolVariation("flag", Clients.User, false));
    }

    [Fact]
    public async Task A_source_that_fails_to_end_does_not_break_disposal()
    {
        var options = Options;
        options.StartTimeout = TimeSpan.Zero;
        var client = await Client.StartAsync(options, Clients.Token);
        _source!.FailsToEnd = new InvalidOperationException("stuck");
        await client.DisposeAsync();

        Assert.Equal(DataSourceState.Off, client.DataSourceStatus.Current.State);
        Assert.Contains(_logs.GetSnapshot(), log => log.Exception?.Message == "stuck");
    }
}
