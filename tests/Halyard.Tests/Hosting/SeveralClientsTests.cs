using Halyard.Tests.Clients;
using Halyard.Tests.Support;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Options;

namespace Halyard.Tests.Hosting;

/// <summary>A host with several clients: each has what is its own, and none has another's.</summary>
public sealed class SeveralClientsTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);
    private readonly FakeLogCollector _logs = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_has_data_hooks_and_log_of_its_own()
    {
        var builder = Builder();
        var (ofEurope, ofAmerica, ofNobody) = (new CountingHook(), new CountingHook(), new CountingHook());
        builder.Services.AddKeyedSingleton<Hook>("eu", ofEurope).AddKeyedSingleton<Hook>("us", ofAmerica).AddSingleton<Hook>(ofNobody);
        builder.Services.AddHalyard("eu", options => options.DataSystem = Data("Paris"));
        builder.Services.AddHalyard("us", options => options.DataSystem = Data("Boston"));
        builder.Services.AddHalyard(options => options.DataSystem = Data("Nowhere"));
        builder.Services.AddSingleton<Consumer>();
        using var host = builder.Build();
        await host.StartAsync(Token).WaitAsync(Bound, Token);

        var consumer = host.Services.GetRequiredService<Consumer>();
        Assert.Equal("Paris", City(consumer.Europe));
        Assert.Equal("Boston", City(consumer.America));
        Assert.Equal("Nowhere", City(consumer.Other));
        Assert.Equal("Nowhere", City(consumer.Other));
        Assert.Equal((1, 1, 2), (ofEurope.Evaluations, ofAmerica.Evaluations, ofNobody.Evaluations));
        Assert.Same(host.Services.GetRequiredKeyedService<Client>("eu"), consumer.Europe);
        Assert.Equal("eu", host.Services.GetRequiredService<IOptionsMonitor<ClientOptions>>().Get("eu").Name);
        Assert.Superset(
            new HashSet<string?> { "Halyard.Client", "Halyard.Client[eu]", "Halyard.Client[us]" },
            _logs.GetSnapshot().Select(log => log.Category).ToHashSet());

        await host.StopAsync(Token).WaitAsync(Bound, Token);
        Assert.All([consumer.Europe, consumer.America, consumer.Other], client => Assert.Equal(DataSourceState.Off, client.DataSourceStatus.Current.State));
    }

    [Fact]
    public async Task They_start_at_the_same_time_and_what_keeps_one_keeps_no_other()
    {
        var builder = Builder();
        var sources = new Dictionary<string, ScriptedSource>();
        foreach (var name in new[] { "slow", "quick" })
        {
            builder.Services.AddHalyard(name, options =>
            {
                options.StartTimeout = Timeout.InfiniteTimeSpan;
                options.DataSystem = DataSystem.FromSynchronizer(context => sources[name] = new(context.Status));
            });
        }

        using var host = builder.Build();
        var starting = host.StartAsync(Token);
        await Conditions.UntilAsync(() => sources.Count == 2 && sources.Values.All(source => source.Destination is not null));
        Deliver(sources["quick"]);
        var quick = host.Services.GetRequiredKeyedService<IHalyardClient>("quick");
        await quick.StartAsync(Token).WaitAsync(Bound, Token);
        Assert.True(quick.Initialized);
        Assert.False(starting.IsCompleted);

        Deliver(sources["slow"]);
        await starting.WaitAsync(Bound, Token);
        sources["slow"].FailsToEnd = new InvalidOperationException("it cannot end");
        await host.StopAsync(Token).WaitAsync(Bound, Token);
        Assert.True(sources["quick"].Disposed);
    }

    [Fact]
    public async Task Each_takes_settings_and_stores_under_its_own_name_and_never_those_without_one()
    {
        var builder = Builder();
        var (ofEurope, ofNobody) = (new SqliteStore("eu.db"), new SqliteStore("nobody.db"));
        builder.Configuration.AddInMemoryCollection(
        [
            new("Halyard:Eu:SdkKey", "sdk-eu"), new("Halyard:Eu:WriteThrough:Enabled", "true"), new("Halyard:Eu:BigSegments:Enabled", "true"),
            new("Halyard:Us:SdkKey", "sdk-us"), new("Halyard:Us:WriteThrough:Enabled", "true"),
        ]);
        builder.Services.AddKeyedSingleton<IPersistentStore>("eu", ofEurope).AddSingleton<IPersistentStore>(ofNobody);
        builder.Services.AddHalyard("eu", builder.Configuration.GetSection("Halyard:Eu"));
        builder.Services.AddHalyard("us", builder.Configuration.GetSection("Halyard:Us"), options => options.SdkKey += "-2");
        using var host = builder.Build();

        var options = host.Services.GetRequiredService<IOptionsMonitor<ClientOptions>>();
        Assert.Equal("sdk-eu", options.Get("eu").SdkKey);
        Assert.Same(ofEurope, options.Get("eu").WriteThrough!.Store);
        Assert.Same(ofEurope, options.Get("eu").BigSegments!.OpenStore.Target);
        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync(Token).WaitAsync(Bound, Token));
        Assert.Equal("us", error.OptionsName);
        Assert.Equal(["Halyard:Us:WriteThrough needs a store: register an IPersistentStore as a keyed service under 'us'."], error.Failures);
    }

    [Fact]
    public void A_host_registration_is_an_error_that_tells_what_to_do()
    {
        var services = new ServiceCollection().AddHalyard(options => options.Offline = true).AddHalyard("eu", options => options.Offline = true);
        var unnamed = Assert.Throws<InvalidOperationException>(() => services.AddHalyard(options => options.Offline = true));
        Assert.Equal(
            "AddHalyard was called twice without a name. Give one of the clients a name: AddHalyard(\"name\", ...)."
            + " To put a client in place of the first, call ReplaceHalyard(...); in tests, AddHalyardTestData(...).",
            unnamed.Message);
        var named = Assert.Throws<InvalidOperationException>(() => services.AddHalyard("eu", new ConfigurationBuilder().Build()));
        Assert.StartsWith("AddHalyard was called twice for the client 'eu'.", named.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => services.AddHalyard(" ", options => options.Offline = true));
        Assert.Throws<ArgumentNullException>(() => services.AddHalyard((string)null!, options => options.Offline = true));
    }

    [Theory]
    [InlineData(101, 'x')]
    [InlineData(1, '\n')]
    public async Task A_name_that_no_log_can_bear_is_an_error_at_the_start(int length, char letter)
    {
        var builder = Builder();
        builder.Services.AddHalyard("a" + new string(letter, length - 1) + letter, options => options.Offline = true);
        using var host = builder.Build();
        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync(Token).WaitAsync(Bound, Token));
        Assert.Contains("ClientOptions.Name has", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_clients_that_would_keep_their_snapshots_in_one_file_do_not_start()
    {
        var builder = Builder();
        foreach (var (name, path) in new[] { ("eu", "flags.snapshot"), ("us", "./flags.snapshot") })
        {
            builder.Services.AddHalyard(name, options =>
            {
                options.SdkKey = "sdk-" + name;
                options.Snapshot = new() { Path = path };
            });
        }

        using var host = builder.Build();
        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync(Token).WaitAsync(Bound, Token));
        Assert.Equal(
            ["Halyard's client 'us' cannot start: its Snapshot.Path is './flags.snapshot', where Halyard's client 'eu' keeps its own; give each a file."],
            error.Failures);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_hook_that_asks_for_its_own_client_is_an_error_and_no_endless_loop(bool byOptions)
    {
        var services = new ServiceCollection();
        services.AddSingleton<Hook, Circle>().AddHalyard(options => options.DataSystem = Data("Paris"));
        using var provider = services.BuildServiceProvider();
        var error = Assert.Throws<InvalidOperationException>(() =>
        {
            _ = byOptions
                ? (object)provider.GetRequiredService<IOptionsMonitor<ClientOptions>>().CurrentValue
                : provider.GetRequiredService<IHalyardClient>();
        });
        Assert.StartsWith("Halyard's client is needed to make itself", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hook_of_one_client_may_ask_for_another()
    {
        var services = new ServiceCollection();
        services.AddKeyedSingleton<Hook, Circle>("outer").AddHalyard("outer", options => options.DataSystem = Data("Paris"));
        services.AddHalyard(options => options.DataSystem = Data("Boston"));
        await using var provider = services.BuildServiceProvider();
        var outer = provider.GetRequiredKeyedService<IHalyardClient>("outer");
        await outer.StartAsync(Token).WaitAsync(Bound, Token);
        Assert.Equal("Paris", City(outer));
    }

    [Fact]
    public async Task Each_has_a_health_check_of_its_own()
    {
        var builder = Builder();
        builder.Services.AddHealthChecks().AddHalyard(client: "eu").AddHalyard(client: "us").AddHalyard();
        builder.Services.AddHalyard("eu", options => options.DataSystem = Data("Paris"));
        builder.Services.AddHalyard("us", options => (options.StartTimeout, options.DataSystem) = (TimeSpan.Zero, DataSystem.FromSynchronizer(context => new ScriptedSource(context.Status))));
        builder.Services.AddHalyard(options => options.Offline = true);
        using var host = builder.Build();
        await host.StartAsync(Token).WaitAsync(Bound, Token);

        var report = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(Token).WaitAsync(Bound, Token);
        Assert.Equal(
            [("halyard", HealthStatus.Healthy), ("halyard-eu", HealthStatus.Healthy), ("halyard-us", HealthStatus.Unhealthy)],
            report.Entries.Select(entry => (entry.Key, entry.Value.Status)).Order());
    }

    private static string City(IHalyardClient client) => client.StringVariation("city", Clients.Clients.User, "");

    private static TestDataOptions Data(string city) =>
        DataSystem.TestData(new TestData().Update(TestData.Flag("city").Variations("", city).VariationForAll(1)));

    private static void Deliver(ScriptedSource source)
    {
        source.Destination!.Init(DataSet.Empty);
        source.Status.ReportValid();
    }

    private HostApplicationBuilder Builder()
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new());
        builder.Logging.AddProvider(new FakeLoggerProvider(_logs));
        return builder;
    }

    private sealed record Consumer(
        [FromKeyedServices("eu")] IHalyardClient Europe, [FromKeyedServices("us")] IHalyardClient America, IHalyardClient Other);

    private sealed class CountingHook() : Hook("counting")
    {
        public int Evaluations { get; private set; }

        public override System.Collections.Immutable.ImmutableDictionary<string, object> BeforeEvaluation(
            EvaluationSeriesContext context, System.Collections.Immutable.ImmutableDictionary<string, object> data)
        {
            Evaluations++;
            return data;
        }
    }

    private sealed class Circle(IHalyardClient client) : Hook("circle")
    {
        public IHalyardClient Client => client;
    }
}
