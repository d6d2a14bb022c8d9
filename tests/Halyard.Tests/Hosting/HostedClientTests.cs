using Halyard.Tests.Clients;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace Halyard.Tests.Hosting;

public sealed class HostedClientTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddDays(20_000));
    private readonly FakeLogCollector _logs = new();
    private ScriptedSource _source = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_client_starts_before_other_services_and_ends_with_the_host()
    {
        var data = new TestData().Update(TestData.Flag("on").VariationForAll(true));
        var builder = Builder();
        builder.Services.AddSingleton<Probe>();
        builder.Services.AddHostedService(services => services.GetRequiredService<Probe>());
        builder.Services.AddHalyard(options => options.DataSystem = DataSystem.TestData(data));
        using var host = builder.Build();
        await host.StartAsync(Token).WaitAsync(Bound, Token);

        Assert.True(host.Services.GetRequiredService<Probe>().SawFlag);
        var client = host.Services.GetRequiredService<Client>();
        await host.StopAsync(Token).WaitAsync(Bound, Token);
        Assert.Equal(DataSourceState.Off, client.DataSourceStatus.Current.State);
        Assert.True(client.BoolVariation("on", Clients.Clients.User, false));
    }

    [Fact]
    public async Task Without_a_host_the_client_starts_when_it_is_asked_to_and_ends_with_its_services()
    {
        var data = new TestData().Update(TestData.Flag("on").VariationForAll(true));
        var provider = new ServiceCollection().AddHalyard(options => options.DataSystem = DataSystem.TestData(data)).BuildServiceProvider();
        IHalyardClient client;
        await using (provider)
        {
            client = provider.GetRequiredService<IHalyardClient>();
            Assert.Same(provider.GetRequiredService<Client>(), client);
            Assert.False(client.BoolVariation("on", Clients.Clients.User, false));
            await client.StartAsync(Token).WaitAsync(Bound, Token);
            Assert.True(client.BoolVariation("on", Clients.Clients.User, false));
        }

        Assert.Equal(DataSourceState.Off, client.DataSourceStatus.Current.State);
    }

    [Fact]
    public async Task What_stands_in_for_the_client_stays()
    {
        var services = new ServiceCollection().AddSingleton<IHalyardClient>(static provider => new Decorated(provider.GetRequiredService<Client>()));
        services.AddHalyard(options => options.Offline = true);
        await using var provider = services.BuildServiceProvider();
        Assert.IsType<Decorated>(provider.GetRequiredService<IHalyardClient>());
    }

    [Fact]
    public void A_container_that_cannot_await_ends_the_client_too()
    {
        var services = new ServiceCollection();
        services.AddHalyard(options => options.DataSystem = DataSystem.TestData(new()));
        Client client;
        using (var provider = services.BuildServiceProvider())
        {
            client = provider.GetRequiredService<Client>();
        }

        Assert.Equal(DataSourceState.Off, client.DataSourceStatus.Current.State);
        client.Dispose();
    }

    [Fact]
    public async Task A_host_whose_time_is_over_ends_the_client_all_the_same()
    {
        var data = new TestData().Update(TestData.Flag("on").VariationForAll(true));
        var builder = Builder();
        builder.Services.AddHalyard(options => options.DataSystem = DataSystem.TestData(data));
        using var host = builder.Build();
        await host.StartAsync(Token).WaitAsync(Bound, Token);
        var client = host.Services.GetRequiredService<Client>();
        await host.StopAsync(new CancellationToken(canceled: true)).WaitAsync(Bound, Token);
        Assert.Equal(DataSourceState.Off, client.DataSourceStatus.Current.State);
        Assert.True(client.BoolVariation("on", Clients.Clients.User, false));
    }

    [Fact]
    public async Task A_logger_that_throws_keeps_a_host_neither_from_starting_nor_from_ending()
    {
        var builder = Builder();
        builder.Services.AddHalyard(options => options.DataSystem = DataSystem.FromSynchronizer(_ => new Broken()));
        using var throwing = new ThrowingProvider();
        builder.Logging.AddProvider(throwing);
        using var host = builder.Build();
        await host.StartAsync(Token).WaitAsync(Bound, Token);
        Assert.NotEqual(0, throwing.Thrown);
        await host.StopAsync(Token).WaitAsync(Bound, Token);
    }

    [Fact]
    public async Task Logging_and_the_clock_come_from_the_services()
    {
        using var host = Host(options => options.StartTimeout = TimeSpan.Zero);
        await host.StartAsync(Token).WaitAsync(Bound, Token);
        var options = host.Services.GetRequiredService<IOptions<ClientOptions>>().Value;
        Assert.Same(_time, options.TimeProvider);
        Assert.Same(host.Services.GetRequiredService<ILoggerFactory>(), options.LoggerFactory);
        Assert.Contains(_logs.GetSnapshot(), log => log.Category == "Halyard.Client");
    }

    [Fact]
    public void Hooks_and_stores_come_from_the_services()
    {
        var builder = Builder();
        var (first, second) = (new TracingHook(), new TracingHook());
        var store = new SqliteStore("flags.db");
        builder.Services.AddSingleton<Hook>(first).AddSingleton<Hook>(second).AddSingleton<IPersistentStore>(store);
        builder.Configuration.AddInMemoryCollection(
        [
            new("Halyard:SdkKey", "sdk-1"),
            new("Halyard:WriteThrough:Enabled", "true"),
            new("Halyard:BigSegments:StaleAfter", "00:01:00"),
        ]);
        builder.Services.AddHalyard(builder.Configuration.GetSection("Halyard"));
        using var host = builder.Build();
        var options = host.Services.GetRequiredService<IOptions<ClientOptions>>().Value;
        Assert.Equal([first, second], options.Hooks);
        Assert.Same(store, options.WriteThrough!.Store);
        Assert.Same(store, options.BigSegments!.OpenStore.Target);
        Assert.Equal(TimeSpan.FromMinutes(1), options.BigSegments.StaleAfter);
    }

    [Theory]
    [InlineData("Events:Capacity", "0", "Events.Capacity is 0")]
    [InlineData("Events:PrivateAttributes:0", "/a//b", "Events.PrivateAttributes has '/a//b'")]
    [InlineData("Snapshot:Interval", "-00:00:01", "SnapshotOptions.Interval is -00:00:01")]
    [InlineData("Evnets:Capacity", "5", "Halyard:Evnets is no setting")]
    public async Task A_setting_out_of_its_limits_ends_the_start_of_the_host_with_its_name(string key, string value, string message)
    {
        var builder = Builder();
        builder.Configuration.AddInMemoryCollection(
            [new("Halyard:SdkKey", "sdk-1"), new("Halyard:Snapshot:Path", "flags.snapshot"), new("Halyard:" + key, value)]);
        builder.Services.AddHalyard(builder.Configuration.GetSection("Halyard"));
        using var host = builder.Build();
        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync(Token).WaitAsync(Bound, Token));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_network_that_is_away_does_not_end_the_host()
    {
        using var host = Host(options =>
        {
            options.TimeProvider = TimeProvider.System;
            options.StartTimeout = TimeSpan.FromMilliseconds(20);
        });
        await host.StartAsync(Token).WaitAsync(Bound, Token);
        Assert.False(host.Services.GetRequiredService<Client>().Initialized);
    }

    [Fact]
    public async Task A_source_that_cannot_start_does_not_end_the_host()
    {
        using var host = Host(options => options.DataSystem = DataSystem.FromSynchronizer(_ => new BrokenSource()));
        await host.StartAsync(Token).WaitAsync(Bound, Token);
        Assert.Contains(_logs.GetSnapshot(), log => log.Level == LogLevel.Error && log.Exception?.Message == "broken");
        await host.StopAsync(Token).WaitAsync(Bound, Token);
    }

    [Fact]
    public async Task Wrong_options_end_the_start_of_the_host_with_the_reason()
    {
        var builder = Builder();
        builder.Configuration.AddInMemoryCollection([new("Halyard:SdkKey", "not a key")]);
        builder.Services.AddHalyard(builder.Configuration.GetSection("Halyard"));
        using var host = builder.Build();
        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync(Token).WaitAsync(Bound, Token));
        Assert.Contains("SdkKey", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Health_follows_the_source()
    {
        using var host = Host(options => options.StartTimeout = TimeSpan.Zero);
        await host.StartAsync(Token).WaitAsync(Bound, Token);
        var entry = await CheckAsync(host);
        Assert.Equal(HealthStatus.Unhealthy, entry.Status);
        Assert.Equal("Initializing", entry.Data["state"]);
        Assert.False(entry.Data.ContainsKey("ageSeconds"));

        _source.Destination!.Init(DataSet.Empty);
        Assert.Equal(HealthStatus.Degraded, (await CheckAsync(host)).Status);

        _source.Status.ReportValid();
        _time.Advance(TimeSpan.FromSeconds(60));
        entry = await CheckAsync(host);
        Assert.Equal(HealthStatus.Healthy, entry.Status);
        Assert.Equal(60.0, entry.Data["ageSeconds"]);
        Assert.Equal("scripted", entry.Data["source"]);

        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(HealthStatus.Degraded, (await CheckAsync(host)).Status);

        _source.Status.ReportInterrupted(DataSourceErrorKind.NetworkError, "cable pulled");
        entry = await CheckAsync(host);
        Assert.Equal(HealthStatus.Degraded, entry.Status);
        Assert.Contains("cable pulled", entry.Description, StringComparison.Ordinal);
        Assert.Equal("cable pulled", entry.Data["lastError"]);

        _source.Status.ReportOff(DataSourceErrorKind.ErrorResponse, "refused", 401);
        Assert.Equal(HealthStatus.Unhealthy, (await CheckAsync(host)).Status);
    }

    [Fact]
    public async Task Health_names_the_source_in_use_and_why_the_one_before_was_left()
    {
        using var host = Host(options => options.StartTimeout = TimeSpan.Zero);
        await host.StartAsync(Token).WaitAsync(Bound, Token);
        Assert.False((await CheckAsync(host)).Data.ContainsKey("activeSource"));

        var status = host.Services.GetRequiredService<Client>().DataSourceStatus;
        status.ReportActive(new("fdv2-streaming", _time.GetUtcNow(), null, null));
        var entry = await CheckAsync(host);
        Assert.Equal(("fdv2-streaming", _time.GetUtcNow()), (entry.Data["activeSource"], entry.Data["activeSince"]));
        Assert.False(entry.Data.ContainsKey("previousSource"));

        status.ReportActive(new(null, _time.GetUtcNow(), "fdv2-streaming", "interrupted for 2 minutes"));
        entry = await CheckAsync(host);
        Assert.Equal("none", entry.Data["activeSource"]);
        Assert.Equal(("fdv2-streaming", "interrupted for 2 minutes"), (entry.Data["previousSource"], entry.Data["previousLeftBecause"]));
    }

    [Fact]
    public async Task Offline_by_choice_is_healthy()
    {
        using var host = Host(options => options.Offline = true);
        await host.StartAsync(Token).WaitAsync(Bound, Token);
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(host)).Status);
    }

    private static async Task<HealthReportEntry> CheckAsync(IHost host) =>
        (await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(Token).WaitAsync(Bound, Token)).Entries["halyard"];

    private HostApplicationBuilder Builder()
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new());
        builder.Logging.AddProvider(new FakeLoggerProvider(_logs));
        return builder;
    }

    private IHost Host(Action<ClientOptions> configure)
    {
        var builder = Builder();
        builder.Services.AddSingleton<TimeProvider>(_time);
        builder.Services.AddHealthChecks().AddHalyard(maximumAge: TimeSpan.FromSeconds(60), grace: TimeSpan.Zero);
        builder.Services.AddHalyard(options =>
        {
            options.DataSystem = DataSystem.FromSynchronizer(context => _source = new(context.Status));
            configure(options);
        });
        return builder.Build();
    }

    private sealed class Probe(Client client) : IHostedService
    {
        public bool SawFlag { get; private set; }

        public Task StartAsync(CancellationToken cancellationToken)
        {
            SawFlag = client.BoolVariation("on", Clients.Clients.User, false);
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class Decorated(IHalyardClient inner) : DelegatingHalyardClient(inner);

    private sealed class BrokenSource : IDataSynchronizer
    {
        public string Identity => "broken";

        public Task StartAsync(IDataDestination destination, Bootstrap? bootstrap, CancellationToken cancellationToken) =>
            throw new InvalidOperationException("broken");

        public ValueTask DisposeAsync() => default;
    }

    /// <summary>A source that cannot start, nor end.</summary>
    private sealed class Broken : IDataSynchronizer
    {
        public string Identity => "broken";

        public Task StartAsync(IDataDestination destination, Bootstrap? bootstrap, CancellationToken cancellationToken) =>
            throw new InvalidOperationException("It cannot start.");

        public ValueTask DisposeAsync() => throw new InvalidOperationException("It cannot end.");
    }

    /// <summary>Throws at every line of the client's.</summary>
    private sealed class ThrowingProvider : ILoggerProvider, ILogger
    {
        private int _thrown;

        public int Thrown => Volatile.Read(ref _thrown);

        public ILogger CreateLogger(string categoryName) =>
            categoryName.StartsWith("Halyard", StringComparison.Ordinal) ? this : Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            Interlocked.Increment(ref _thrown);
            throw new IOException("The disk is full.");
        }

        public void Dispose()
        {
        }
    }
}
