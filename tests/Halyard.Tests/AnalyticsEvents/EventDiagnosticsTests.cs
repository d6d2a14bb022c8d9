using System.Text.Json.Nodes;
using Halyard.Tests.Clients;
using Halyard.Tests.Support;

namespace Halyard.Tests.AnalyticsEvents;

public sealed class EventDiagnosticsTests
{
    private static readonly Context User = Context.New("user-1");

    [Fact]
    public async Task Diagnostics_tell_the_settings_once_and_the_counts_at_the_interval()
    {
        await using var f = await EventsFixture.StartAsync(f =>
        {
            f.Events.Diagnostics = true;
            f.Events.FlushInterval = TimeSpan.FromDays(1);
        });
        var init = await f.Service.Posts.EntryAsync(1);
        Assert.Equal("http://events.test/base/diagnostic", init.Address.AbsoluteUri);
        Assert.Null(init.Header("X-LaunchDarkly-Event-Schema"));
        var json = JsonNode.Parse(init.Body)!;
        Assert.Equal("diagnostic-init", (string)json["kind"]!);
        Assert.Equal("456789", (string)json["id"]!["sdkKeySuffix"]!);
        Assert.Equal(10_000, (int)json["configuration"]!["eventsCapacity"]!);
        Assert.True((bool)json["configuration"]!["customEventsURI"]!);
        Assert.Equal("dotnet", (string)json["platform"]!["name"]!);

        f.Client.Track("t", User);
        f.Client.Track("t", User);
        Assert.True(await f.Client.FlushAsync(Clients.Clients.Token).Soon());
        await f.Time.PassAsync(f.Events.DiagnosticsInterval);
        var statistics = JsonNode.Parse((await f.Service.Posts.EntryAsync(3)).Body)!;
        Assert.Equal("diagnostic", (string)statistics["kind"]!);
        Assert.Equal((string)json["id"]!["diagnosticId"]!, (string)statistics["id"]!["diagnosticId"]!);
        Assert.Equal((0, 1, 3), ((int)statistics["droppedEvents"]!, (int)statistics["deduplicatedUsers"]!, (int)statistics["eventsInLastBatch"]!));
        Assert.Equal(EventsFixture.Now, (long)statistics["dataSinceDate"]!);
    }

    [Fact]
    public async Task Events_without_room_are_counted_and_each_interval_counts_anew()
    {
        await using var f = await EventsFixture.StartAsync(f =>
        {
            f.Events.Diagnostics = true;
            f.Events.Capacity = 2;
            f.Events.FlushInterval = TimeSpan.FromDays(1);
        });
        await f.Service.Posts.EntryAsync(1);
        for (var i = 0; i < 5; i++)
        {
            f.Client.Identify(User);
        }

        Assert.True(await f.Client.FlushAsync(Clients.Clients.Token).Soon());
        await f.Time.PassAsync(f.Events.DiagnosticsInterval);
        var first = JsonNode.Parse((await f.Service.Posts.EntryAsync(3)).Body)!;
        Assert.Equal((3, 2), ((int)first["droppedEvents"]!, (int)first["eventsInLastBatch"]!));
        Assert.Empty(first["streamInits"]!.AsArray());
        f.Time.Advance(f.Events.DiagnosticsInterval);
        var second = JsonNode.Parse((await f.Service.Posts.EntryAsync(4)).Body)!;
        Assert.Equal((0, 0, 0), ((int)second["droppedEvents"]!, (int)second["deduplicatedUsers"]!, (int)second["eventsInLastBatch"]!));
        Assert.Equal((long)first["creationDate"]!, (long)second["dataSinceDate"]!);
    }

    [Theory]
    [InlineData(ProtocolVersion.Fdv1)]
    [InlineData(ProtocolVersion.Fdv2)]
    public async Task Attempts_to_open_the_stream_are_told(ProtocolVersion protocol)
    {
        var streams = new ScriptedHandler();
        streams.ThenFail(new HttpRequestException("refused"));
        await using var f = await EventsFixture.StartAsync(f =>
        {
            f.Events.Diagnostics = true;
            f.Options.StartTimeout = TimeSpan.Zero;
            f.Options.DataSystem = DataSystem.Streaming(protocol);
            f.Options.Http.HandlerFactory = () => new Router(f.Service, streams);
        });
        await f.Service.Posts.EntryAsync(1);
        await f.Time.Timers.UntilAsync(all => all.Any(due => due > TimeSpan.FromSeconds(0.4) && due <= TimeSpan.FromSeconds(1)));
        await f.Time.PassAsync(f.Events.DiagnosticsInterval);
        var statistics = JsonNode.Parse((await f.Service.Posts.EntryAsync(2)).Body)!;
        EventsFixture.Same($$"""{"timestamp":{{EventsFixture.Now}},"durationMillis":0,"failed":true}""", statistics["streamInits"]![0]);
    }

    /// <summary>Sends what is posted to the event service and everything else to the streams.</summary>
    private sealed class Router(EventService events, ScriptedHandler streams) : HttpMessageHandler
    {
        private readonly HttpMessageInvoker _events = new(events);
        private readonly HttpMessageInvoker _streams = new(streams);

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            (request.Method == HttpMethod.Post ? _events : _streams).SendAsync(request, cancellationToken);

        protected override void Dispose(bool disposing)
        {
            _events.Dispose();
            _streams.Dispose();
            base.Dispose(disposing);
        }
    }
}
