using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Halyard.Tests.Hosting;

/// <summary>Tests of an application put flags of their own, or something of their own, in place of the client that the application registers.</summary>
public sealed class ReplacedClientTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(null)]
    [InlineData("eu")]
    public async Task Nothing_is_left_of_the_client_that_was_replaced(string? name)
    {
        var builder = Application(name);
        Action<ClientOptions> replacement = options => options.DataSystem = DataSystem.TestData(Flags("new"));
        _ = name is null ? builder.Services.ReplaceHalyard(replacement) : builder.Services.ReplaceHalyard(name, replacement);
        using var host = builder.Build();
        await host.StartAsync(Token).WaitAsync(Bound, Token);

        var options = host.Services.GetRequiredService<IOptionsMonitor<ClientOptions>>().Get(name ?? "");
        Assert.Equal(("", null, 0), (options.SdkKey, options.Events, options.Hooks.Count));
        Assert.Equal("new", Origin(Client(host, name)));
        Assert.Single(host.Services.GetServices<IHostedService>());
        await host.StopAsync(Token).WaitAsync(Bound, Token);
    }

    [Fact]
    public void What_replaces_nothing_is_added()
    {
        var services = new ServiceCollection().ReplaceHalyard(options => options.Offline = true).ReplaceHalyard("eu", options => options.Offline = true);
        Assert.Equal(2, services.Count(service => service.ServiceType == typeof(IHalyardClient)));
        Assert.Equal(2, services.ReplaceHalyard(options => options.Offline = true).Count(service => service.ServiceType == typeof(Client)));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("eu")]
    public async Task Test_data_stands_in_for_what_the_application_configures_and_may_change(string? name)
    {
        var data = Flags("test");
        var builder = Application(name);
        builder.Services.AddHalyardTestData(data, name);
        using var host = builder.Build();
        await host.StartAsync(Token).WaitAsync(Bound, Token);
        var client = Client(host, name);
        Assert.Equal("test", Origin(client));
        data.Update(Flag("changed"));
        Assert.Equal("changed", Origin(client));
        await host.StopAsync(Token).WaitAsync(Bound, Token);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("eu")]
    public async Task A_substitute_stands_in_for_a_client_that_is_not_even_made(string? name)
    {
        await using var inner = await Clients.Clients.StartAsync(Flags("substitute"));
        var builder = Application(name);
        builder.Services.AddHealthChecks().AddHalyard(client: name);
        builder.Services.ReplaceHalyard(new Substitute(inner), name);
        using var host = builder.Build();
        await host.StartAsync(Token).WaitAsync(Bound, Token);

        Assert.Equal("substitute", Origin(Client(host, name)));
        Assert.Null(name is null ? host.Services.GetService<Client>() : host.Services.GetKeyedService<Client>(name));
        var report = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(Token).WaitAsync(Bound, Token);
        Assert.Equal(HealthStatus.Healthy, report.Status);
        await host.StopAsync(Token).WaitAsync(Bound, Token);
        Assert.Equal("substitute", Origin(inner));
        Assert.Equal(DataSourceState.Valid, inner.DataSourceStatus.Current.State);
    }

    [Fact]
    public async Task A_substitute_gives_way_to_test_data_and_the_other_way_round()
    {
        await using var inner = await Clients.Clients.StartAsync(Flags("substitute"));
        var services = Application(null).Services;
        services.ReplaceHalyard(inner).AddHalyardTestData(Flags("test"));
        await using (var provider = services.BuildServiceProvider())
        {
            var client = provider.GetRequiredService<IHalyardClient>();
            Assert.NotSame(inner, client);
            await client.StartAsync(Token).WaitAsync(Bound, Token);
            Assert.Equal("test", Origin(client));
        }

        await using var last = services.ReplaceHalyard(inner).BuildServiceProvider();
        Assert.Same(inner, last.GetRequiredService<IHalyardClient>());
        Assert.Throws<InvalidOperationException>(() => services.AddHalyard(options => options.Offline = true));
    }

    [Fact]
    public async Task Applications_of_parallel_tests_have_flags_of_their_own()
    {
        await Parallel.ForAsync(0, 8, Token, async (number, _) =>
        {
            var builder = Application(null);
            builder.Services.AddHalyardTestData(Flags($"test {number}"));
            using var host = builder.Build();
            await host.StartAsync(Token).WaitAsync(Bound, Token);
            Assert.Equal($"test {number}", Origin(Client(host, null)));
            await host.StopAsync(Token).WaitAsync(Bound, Token);
        });
    }

    private static IHalyardClient Client(IHost host, string? name) =>
        name is null ? host.Services.GetRequiredService<IHalyardClient>() : host.Services.GetRequiredKeyedService<IHalyardClient>(name);

    private static string Origin(IHalyardClient client) => client.StringVariation("origin", Clients.Clients.User, "default");

    private static TestData Flags(string origin) => new TestData().Update(Flag(origin));

    private static TestFlagBuilder Flag(string origin) => TestData.Flag("origin").Variations(origin).VariationForAll(0);

    /// <summary>An application as it is in production: its options would be refused, and its source would be waited for.</summary>
    private static HostApplicationBuilder Application(string? name)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new());
        builder.Logging.SetMinimumLevel(LogLevel.None);
        Action<ClientOptions> configure = options =>
        {
            options.SdkKey = "not a key";
            options.StartTimeout = Timeout.InfiniteTimeSpan;
            options.Events = new();
            options.Hooks.Add(new TracingHook());
        };
        _ = name is null ? builder.Services.AddHalyard(configure) : builder.Services.AddHalyard(name, configure);
        return builder;
    }

    private sealed class Substitute(IHalyardClient inner) : DelegatingHalyardClient(inner);
}
