using System.Diagnostics;
using Halyard.Tests.Support;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;

namespace Halyard.Tests.Hosting;

/// <summary>What becomes of settings that change while the host runs.</summary>
public sealed class SettingsWatchTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);
    private readonly FakeLogCollector _logs = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_waits_for_a_restart_is_named_once_and_its_value_is_not()
    {
        var settings = new ChangedSettings(("Halyard:Offline", "true"), ("Halyard:SdkKey", "secret-1"));
        using var host = Host(settings);
        await host.StartAsync(Token).WaitAsync(Bound, Token);
        settings.Change(("Halyard:Offline", "true"), ("Halyard:SdkKey", "secret-1"), ("Elsewhere", "1"));
        Assert.Empty(Said());

        settings.Change(("Halyard:Offline", "true"), ("Halyard:SdkKey", "secret-2"), ("Halyard:Events:Capacity", "7"));
        settings.Change(("Halyard:Offline", "true"), ("Halyard:SdkKey", "secret-2"), ("Halyard:Events:Capacity", "7"));
        settings.Change(("Halyard:Offline", "true"), ("Halyard:SdkKey", "secret-1"));
        settings.Change(("Halyard:SdkKey", "secret-1"));
        Assert.Equal(
            [
                "Warning Halyard's client: changed settings wait for a restart: Events:Capacity, SdkKey",
                "Information Halyard's client: the settings are again those in force",
                "Warning Halyard's client: changed settings wait for a restart: Offline",
            ],
            Said());
        await host.StopAsync(Token).WaitAsync(Bound, Token);
        settings.Change(("Halyard:SdkKey", "secret-3"));
        Assert.Equal(3, Said().Count);
    }

    [Fact]
    public async Task What_changes_between_the_making_and_the_start_is_named_too()
    {
        var settings = new ChangedSettings(("Halyard:Offline", "true"));
        using var host = Host(settings);
        Assert.True(host.Services.GetRequiredService<IHalyardClient>().IsOffline);
        settings.Change(("Halyard:Offline", "true"), ("Halyard:StartTimeout", "00:00:01"));
        await host.StartAsync(Token).WaitAsync(Bound, Token);
        Assert.Equal("Warning Halyard's client: changed settings wait for a restart: StartTimeout", Assert.Single(Said()));
    }

    [Fact]
    public async Task Settings_and_loggers_that_throw_disturb_neither_each_other_nor_the_host()
    {
        var settings = new ChangedSettings(("Halyard:Offline", "true"));
        using var host = Host(settings, services => services.AddSingleton<ILoggerProvider>(new ThrowingProvider()));
        await host.StartAsync(Token).WaitAsync(Bound, Token);
        settings.Change(("Halyard:Offline", "false"));
        settings.Change(("Halyard:Offline", "true"));
        await host.StopAsync(Token).WaitAsync(Bound, Token);
        Assert.Equal(DataSourceState.Off, host.Services.GetRequiredService<Client>().DataSourceStatus.Current.State);
    }

    private sealed class ThrowingProvider : ILoggerProvider
    {
        // The host's own lines are another matter.
        public ILogger CreateLogger(string categoryName) =>
            categoryName.StartsWith("Halyard", StringComparison.Ordinal) ? new ThrowingLogger() : Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance;

        public void Dispose()
        {
        }
    }

    [Fact]
    public async Task Settings_that_are_wrong_by_now_are_named_and_change_nothing()
    {
        var settings = new ChangedSettings(("Halyard:Offline", "true"), ("Halyard:TracingHook:Enabled", "true"));
        using var host = Host(settings);
        await host.StartAsync(Token).WaitAsync(Bound, Token);
        settings.Change(("Halyard:Offline", "true"), ("Halyard:TracingHook:Enabled", "false"), ("Halyard:StartTimeuot", "5"));
        settings.Change(("Halyard:Offline", "true"), ("Halyard:TracingHook:EventName", " "));
        Assert.Equal(2, Said().Count);
        Assert.StartsWith(
            "Error Halyard's client: changed settings are wrong, and would end the next start: Halyard:StartTimeuot is no setting; did you mean", Said()[0], StringComparison.Ordinal);
        Assert.Contains("EventName is empty", Said()[1], StringComparison.Ordinal);
        Assert.Single(EventsOf(host));
    }

    [Fact]
    public async Task Tracing_follows_its_settings_at_once()
    {
        var settings = new ChangedSettings(("Halyard:Offline", "true"), ("Halyard:TracingHook:IncludeContextKey", "true"));
        using var host = Host(settings);
        await host.StartAsync(Token).WaitAsync(Bound, Token);
        Assert.Contains(Assert.Single(EventsOf(host)).Tags, static tag => tag.Key == "feature_flag.context.id");

        settings.Change(("Halyard:Offline", "true"), ("Halyard:TracingHook:IncludeContextKey", "false"), ("Halyard:TracingHook:ProviderName", "shop"));
        var tags = Assert.Single(EventsOf(host)).Tags;
        Assert.DoesNotContain(tags, static tag => tag.Key == "feature_flag.context.id");
        Assert.Contains(tags, static tag => tag is { Key: "feature_flag.provider.name", Value: "shop" });

        settings.Change(("Halyard:Offline", "true"), ("Halyard:TracingHook:Enabled", "false"), ("Halyard:StartTimeout", "00:00:01"));
        Assert.Empty(EventsOf(host));
        Assert.Equal(
            [
                "Information Halyard's client: changed settings are in force: TracingHook:IncludeContextKey, TracingHook:ProviderName",
                "Information Halyard's client: changed settings are in force: TracingHook:Enabled, TracingHook:IncludeContextKey, TracingHook:ProviderName",
                "Warning Halyard's client: changed settings wait for a restart: StartTimeout",
            ],
            Said());
    }

    [Fact]
    public async Task A_hook_that_was_not_there_at_the_start_waits_for_a_restart()
    {
        var settings = new ChangedSettings(("Halyard:Offline", "true"));
        using var host = Host(settings, services => services.AddSingleton<Hook>(new TracingHook(new() { ProviderName = "own" })));
        await host.StartAsync(Token).WaitAsync(Bound, Token);
        settings.Change(("Halyard:Offline", "true"), ("Halyard:TracingHook:ProviderName", "other"));
        Assert.Equal("Warning Halyard's client: changed settings wait for a restart: TracingHook:ProviderName", Assert.Single(Said()));
        Assert.Contains(Assert.Single(EventsOf(host)).Tags, static tag => tag is { Key: "feature_flag.provider.name", Value: "own" });
    }

    [Fact]
    public async Task Each_of_several_clients_hears_of_its_own_settings()
    {
        var settings = new ChangedSettings(("Halyard:eu:Offline", "true"), ("Halyard:us:Offline", "true"));
        var builder = Builder(settings);
        builder.Services.AddHalyard("eu", builder.Configuration.GetSection("Halyard:eu"));
        builder.Services.AddHalyard("us", builder.Configuration.GetSection("Halyard:us"));
        using var host = builder.Build();
        await host.StartAsync(Token).WaitAsync(Bound, Token);
        settings.Change(("Halyard:eu:Offline", "true"), ("Halyard:us:Offline", "false"));
        Assert.Equal("Warning Halyard's client 'us': changed settings wait for a restart: Offline", Assert.Single(Said()));
    }

    private static List<ActivityEvent> EventsOf(IHost host)
    {
        using var work = new Activity("work").Start();
        work.IsAllDataRequested = true;
        host.Services.GetRequiredService<IHalyardClient>().BoolVariation("on", Clients.Clients.User, false);
        return [.. work.Events];
    }

    private List<string> Said() =>
        [.. _logs.GetSnapshot().Where(static record => record.Message.Contains("settings", StringComparison.Ordinal)).Select(static record => $"{record.Level} {record.Message}")];

    private IHost Host(ChangedSettings settings, Action<IServiceCollection>? more = null)
    {
        var builder = Builder(settings);
        more?.Invoke(builder.Services);
        builder.Services.AddHalyard(builder.Configuration.GetSection("Halyard"));
        return builder.Build();
    }

    private HostApplicationBuilder Builder(ChangedSettings settings)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new());
        ((IConfigurationBuilder)builder.Configuration).Add(settings);
        builder.Logging.AddProvider(new FakeLoggerProvider(_logs));
        return builder;
    }
}
