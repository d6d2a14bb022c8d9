using Halyard.Tests.Support;
using Microsoft.Extensions.Logging.Testing;

namespace Halyard.Tests.Clients;

/// <summary>A stream that is open and says nothing.</summary>
public sealed class SilentStreamTests
{
    [Theory]
    [InlineData("fdv1")]
    [InlineData("fdv2")]
    [InlineData("chain")]
    public async Task The_status_and_the_log_of_the_start_tell_of_an_open_stream_without_data(string system)
    {
        var time = new RecordingTimeProvider();
        var service = new ScriptedHandler().ThenStream(out var stream);
        var logs = new FakeLogCollector();
        var options = new ClientOptions
        {
            SdkKey = "sdk-secret-0123",
            TimeProvider = time,
            Endpoints = ServiceEndpoints.At(new Uri("http://flags.test/")),
            LoggerFactory = Clients.Factory(logs),
            StartTimeout = TimeSpan.FromSeconds(7),
            DataSystem = system switch
            {
                "fdv1" => new StreamingOptions(),
                "fdv2" => new StreamingOptions { Protocol = ProtocolVersion.Fdv2 },
                _ => Chain(),
            },
        };
        options.Http.HandlerFactory = () => service;
        await using var client = Client.Create(options);
        var start = client.StartAsync(Clients.Token);
        var opened = time.GetUtcNow();
        await Conditions.UntilAsync(() => client.DataSourceStatus.Current.ConnectedWithoutDataSince == opened);
        await time.PassAsync(options.StartTimeout);
        await start.WaitAsync(TimeSpan.FromSeconds(30), Clients.Token);
        Assert.False(client.Initialized);
        Assert.Contains(logs.GetSnapshot(), log => log.Message.Contains("the stream is open since 2026-01-01T00:00:00", StringComparison.Ordinal));

        var data = WireEvent.Stream(WireEvent.Full, WireEvent.Put("a", 1), WireEvent.Transferred("one"));
        await stream.WriteAsync(System.Text.Encoding.UTF8.GetBytes(system == "fdv1" ? "event: put\ndata: {\"path\":\"/\",\"data\":{\"flags\":{}}}\n\n" : data), Clients.Token);
        await client.DataSourceStatus.WaitForAsync(DataSourceState.Valid, TimeSpan.FromSeconds(30), Clients.Token);
        Assert.Null(client.DataSourceStatus.Current.ConnectedWithoutDataSince);
    }

    private static SourceChainOptions Chain()
    {
        var chain = DataSystem.Chain();
        chain.Initializers.Clear();
        chain.Synchronizers.Clear();
        chain.Synchronizers.Add(new StreamingOptions { Protocol = ProtocolVersion.Fdv2 });
        return chain;
    }
}
