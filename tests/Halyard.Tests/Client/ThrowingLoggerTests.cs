using System.Text;
using Halyard.Model;
using Halyard.Tests.Support;

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
}
