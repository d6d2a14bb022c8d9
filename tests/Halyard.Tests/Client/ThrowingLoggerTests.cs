using System.Text;
using Halyard.Model;
using Halyard.Tests.Support;
using Microsoft.Extensions.Logging;

namespace Halyard.Tests;

/// <summary>A logger belongs to the application; what it throws reaches nobody.</summary>
public sealed class ThrowingLoggerTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_ends_neither_a_start_nor_a_stream()
    {
        using var service = new ScriptedHandler();
        service.ThenStreamOf(WireEvent.Stream(WireEvent.Full, WireEvent.Put("a", 1), WireEvent.Transferred("s1")));
        service.ThenStream(out var stream);
        var options = new ClientOptions
        {
            SdkKey = "key",
            DataSystem = new StreamingOptions { Protocol = ProtocolVersion.Fdv2, InitialReconnectDelay = TimeSpan.FromMilliseconds(1) },
            LoggerFactory = new ThrowingLoggers(),
        };
        options.Http.HandlerFactory = () => service;
        await using var client = await Client.StartAsync(options, Token);
        await stream.WriteAsync(Encoding.UTF8.GetBytes(WireEvent.Stream(WireEvent.Full, WireEvent.Put("b", 1), WireEvent.Transferred("s2"))), Token);
        await Conditions.UntilAsync(() => client.Store.GetFlag("b") is not null && client.DataSourceStatus.Current.State == DataSourceState.Valid);
    }

    [Theory]
    [InlineData("stream")]
    [InlineData("poll")]
    [InlineData("chain")]
    public async Task It_ends_no_source_when_it_fails_for_a_moment(string source)
    {
        // Microsoft's factory at its most talkative, over a provider that throws for 600 ms of the client's clock.
        var clock = new Faults.FaultyClock();
        using var provider = new FailingProvider();
        using var loggers = LoggerFactory.Create(builder => builder.SetMinimumLevel(LogLevel.Debug).AddProvider(provider));
        using var service = new Faults.LiveService();
        var store = new Clients.HeldStore();
        var stream = new StreamingOptions { ReadTimeout = TimeSpan.FromHours(10) };
        var options = new ClientOptions
        {
            SdkKey = "key",
            TimeProvider = clock,
            LoggerFactory = loggers,
            DataSystem = source switch
            {
                "stream" => stream,
                "poll" => new PollingOptions(),
                _ => DataSystem.Chain().AddInitializers(new PollingOptions()).AddSynchronizers(stream),
            },
            // Longer than a timer can be set to.
            WriteThrough = new(store) { MarkerCheckInterval = TimeSpan.FromDays(60) },
        };
        options.Http.HandlerFactory = () => service;
        options.Http.ResponseTimeout = TimeSpan.FromHours(10);
        await using var client = await Client.StartAsync(options, Token);
        await Conditions.UntilAsync(() => store.VersionOf(DataKind.Flag, "a") == 1);

        provider.Fails = true;
        service.Put(2);
        service.Cut();
        await Conditions.UntilAsync(() => provider.Failures > 0);
        await Task.Delay(TimeSpan.FromMilliseconds(600), clock, Token);
        provider.Fails = false;

        service.Put(3);
        await Conditions.UntilAsync(() => client.Store.GetFlag("a")!.Version == 3 && client.DataSourceStatus.Current.State == DataSourceState.Valid);
        await Conditions.UntilAsync(() => store.VersionOf(DataKind.Flag, "a") == 3 && client.WriteThroughStatus is { StoreDown: false, Pending: 0 });
    }

    [Fact]
    public async Task It_ends_no_lazy_load_and_no_store()
    {
        var store = new Clients.HeldStore { IsDown = true };
        await using var client = await Client.StartAsync(
            new() { DataSystem = DataSystem.LazyLoad(store), LoggerFactory = new ThrowingLoggers(failsToCreate: true) }, Token);
        Assert.False(client.BoolVariation("a", Context.New("u"), false));
        store.IsDown = false;
        store.Put(ItemDescriptor.FromJson(DataKind.Flag, "a", """{"key":"a","version":1,"on":false,"offVariation":0,"variations":[true]}"""u8));
        await Conditions.UntilAsync(() => client.BoolVariation("a", Context.New("u"), false));
    }

    private sealed class FailingProvider : ILoggerProvider, ILogger
    {
        private int _failures;

        public volatile bool Fails;

        public int Failures => Volatile.Read(ref _failures);

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (Fails)
            {
                Interlocked.Increment(ref _failures);
                throw new IOException("The disk is full.");
            }
        }

        public void Dispose()
        {
        }
    }
}
