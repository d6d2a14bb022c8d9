using Halyard.DataInterfaces;
using Halyard.Tests.Clients;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Time.Testing;

namespace Halyard.Tests.Hosting;

/// <summary>Whether a process can do its work is one question, whether it must be started anew another.</summary>
public sealed class ClientHealthTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddDays(20_000));
    private ScriptedSource _source = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Readiness_and_liveness_are_told_apart_by_their_tags()
    {
        using var host = await StartAsync(checks => checks.AddHalyard().AddHalyardLiveness());
        Assert.Equal([("halyard", HealthStatus.Unhealthy)], await CheckAsync(host, "ready"));
        Assert.Equal([("halyard-live", HealthStatus.Healthy)], await CheckAsync(host, "live"));

        Deliver();
        Assert.Equal([("halyard", HealthStatus.Healthy)], await CheckAsync(host, "ready"));
        _source.Status.ReportInterrupted(DataSourceErrorKind.NetworkError, "cable pulled");
        _time.Advance(TimeSpan.FromDays(1));
        Assert.Equal([("halyard", HealthStatus.Degraded)], await CheckAsync(host, "ready"));
        Assert.Equal([("halyard-live", HealthStatus.Healthy)], await CheckAsync(host, "live"));

        _source.Status.ReportOff(DataSourceErrorKind.ErrorResponse, "refused", 401);
        Assert.Equal([("halyard", HealthStatus.Unhealthy)], await CheckAsync(host, "ready"));
        Assert.Equal([("halyard-live", HealthStatus.Unhealthy)], await CheckAsync(host, "live"));
    }

    [Theory]
    [InlineData(null, 30)]
    [InlineData(5, 5)]
    [InlineData(0, 0)]
    public async Task A_reconnect_counts_as_degraded_once_its_grace_is_over(int? grace, int seconds)
    {
        using var host = await StartAsync(checks => checks.AddHalyard(grace: grace is { } time ? TimeSpan.FromSeconds(time) : null));
        Deliver();
        _source.Status.ReportInterrupted(DataSourceErrorKind.NetworkError, "cable pulled");
        if (seconds > 0)
        {
            _time.Advance(TimeSpan.FromSeconds(seconds) - TimeSpan.FromTicks(1));
            Assert.Equal([("halyard", HealthStatus.Healthy)], await CheckAsync(host, "ready"));
            _source.Status.ReportInterrupted(DataSourceErrorKind.NetworkError, "still pulled");
            _time.Advance(TimeSpan.FromTicks(1));
        }

        Assert.Equal([("halyard", HealthStatus.Degraded)], await CheckAsync(host, "ready"));
    }

    [Fact]
    public async Task Data_that_an_open_stream_keeps_in_step_grows_no_older()
    {
        using var host = await StartAsync(checks => checks.AddHalyard(maximumAge: TimeSpan.FromMinutes(1)));
        var stream = (IConnectionEvents)_source.Status;
        stream.ReportConnected();
        Deliver();
        _time.Advance(TimeSpan.FromDays(1));
        Assert.Equal([("halyard", HealthStatus.Healthy)], await CheckAsync(host, "ready"));

        // Closed by the service as a matter of routine, and open again, but without a word yet.
        stream.ReportDisconnected();
        Assert.Equal([("halyard", HealthStatus.Degraded)], await CheckAsync(host, "ready"));
        stream.ReportConnected();
        Assert.Equal([("halyard", HealthStatus.Degraded)], await CheckAsync(host, "ready"));
        _source.Status.ReportValid();
        _time.Advance(TimeSpan.FromDays(1));
        Assert.Equal([("halyard", HealthStatus.Healthy)], await CheckAsync(host, "ready"));

        _source.Status.ReportInterrupted(DataSourceErrorKind.NetworkError, "cable pulled");
        var status = host.Services.GetRequiredService<IHalyardClient>().DataSourceStatus.Current;
        Assert.False(status.IsStreamOpen);
        Assert.Equal(TimeSpan.FromDays(1), status.AgeAt(_time.GetUtcNow()));
    }

    [Fact]
    public void The_age_of_data_is_never_negative_and_unknown_before_the_first()
    {
        var now = _time.GetUtcNow();
        Assert.Null(new DataSourceStatus(DataSourceState.Initializing, now, null, null).AgeAt(now));
        Assert.Equal(TimeSpan.Zero, new DataSourceStatus(DataSourceState.Valid, now, null, now.AddHours(1)).AgeAt(now));
    }

    [Fact]
    public void Limits_that_mean_nothing_are_refused()
    {
        var checks = new ServiceCollection().AddHealthChecks();
        Assert.Throws<ArgumentOutOfRangeException>(() => checks.AddHalyard(grace: TimeSpan.FromTicks(-1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => checks.AddHalyard(maximumAge: TimeSpan.Zero));
        Assert.Throws<ArgumentException>(() => checks.AddHalyardLiveness(client: " "));
    }

    private static async Task<IEnumerable<(string Name, HealthStatus Status)>> CheckAsync(IHost host, string tag)
    {
        var health = host.Services.GetRequiredService<HealthCheckService>();
        var report = await health.CheckHealthAsync(check => check.Tags.Contains(tag), Token).WaitAsync(Bound, Token);
        return report.Entries.Select(entry => (entry.Key, entry.Value.Status));
    }

    private void Deliver()
    {
        _source.Destination!.Init(DataSet.Empty);
        _source.Status.ReportValid();
    }

    private async Task<IHost> StartAsync(Action<IHealthChecksBuilder> add)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Services.AddSingleton<TimeProvider>(_time);
        add(builder.Services.AddHealthChecks());
        builder.Services.AddHalyard(options =>
        {
            options.StartTimeout = TimeSpan.Zero;
            options.DataSystem = DataSystem.FromSynchronizer(context => _source = new(context.Status));
        });
        var host = builder.Build();
        await host.StartAsync(Token).WaitAsync(Bound, Token);
        return host;
    }
}
