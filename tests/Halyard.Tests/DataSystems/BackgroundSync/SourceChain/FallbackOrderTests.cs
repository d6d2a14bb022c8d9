using System.Net;
using System.Text;
using Halyard.Tests.Support;

namespace Halyard.Tests;

/// <summary>The service's order to use the older protocol, on every way by which it can come, through the whole chain.</summary>
public sealed class FallbackOrderTests
{
    private static readonly string Payload = WireEvent.Body(WireEvent.Full, WireEvent.Put("a", 1), WireEvent.Transferred("one"));
    private static readonly string Stream = WireEvent.Stream(WireEvent.Full, WireEvent.Put("a", 1), WireEvent.Transferred("one"));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>An answer's status and time to live (0 is for good), and what is asked for: at first, by order, and when the time has passed.</summary>
    [Theory]
    [InlineData("initializer", 200, 60, "/sdk/poll", "/sdk/stream?basis=one")]
    [InlineData("initializer", 401, 60, "/sdk/poll", "/sdk/stream")]
    [InlineData("initializer", 503, 60, "/sdk/poll", "/sdk/stream")]
    [InlineData("initializer", 200, 0, "/sdk/poll", null)]
    [InlineData("initializer", 503, 0, "/sdk/poll", null)]
    [InlineData("stream", 200, 60, "/sdk/stream", "/sdk/stream?basis=one")]
    [InlineData("stream", 401, 60, "/sdk/stream", "/sdk/stream")]
    [InlineData("stream", 503, 60, "/sdk/stream", "/sdk/stream")]
    [InlineData("stream", 200, 0, "/sdk/stream", null)]
    [InlineData("stream", 503, 0, "/sdk/stream", null)]
    [InlineData("poll", 200, 60, "/sdk/poll", "/sdk/poll?basis=one")]
    [InlineData("poll", 401, 60, "/sdk/poll", "/sdk/poll")]
    [InlineData("poll", 503, 60, "/sdk/poll", "/sdk/poll")]
    [InlineData("poll", 200, 0, "/sdk/poll", null)]
    [InlineData("poll", 503, 0, "/sdk/poll", null)]
    public async Task An_order_is_obeyed_after_its_payload_for_as_long_as_it_says(string where, int status, int seconds, string first, string? after)
    {
        var time = new RecordingTimeProvider();
        using var service = new ScriptedHandler();
        service.Then((HttpStatusCode)status, response =>
        {
            response.Content = where == "stream"
                ? new StringContent(status == 200 ? Stream : "", Encoding.UTF8, "text/event-stream")
                : new StringContent(status == 200 ? Payload : "", Encoding.UTF8, "application/json");
            response.Headers.Add("X-LD-FD-Fallback", "true");
            response.Headers.Add("X-LD-FD-Fallback-TTL", $"{seconds}");
        });
        service.ThenStream(out var older);
        service.ThenStream(out _);
        var chain = DataSystem.Chain().UseFdv1Fallback(DataSystem.Streaming()).AddSynchronizers(
            where == "poll" ? DataSystem.Polling(ProtocolVersion.Fdv2) : DataSystem.Streaming(ProtocolVersion.Fdv2));
        if (where == "initializer")
        {
            chain.AddInitializers(DataSystem.Polling(ProtocolVersion.Fdv2));
        }

        var options = new ClientOptions
        {
            SdkKey = "k",
            DataSystem = chain,
            Endpoints = ServiceEndpoints.At(new("http://flags.test")),
            StartTimeout = TimeSpan.Zero,
            TimeProvider = time,
        };
        options.Http.HandlerFactory = () => service;
        await using var client = await Client.StartAsync(options, Token);

        Assert.Equal("/all", (await service.Requests.EntryAsync(2)).RequestUri!.PathAndQuery);
        Assert.Equal(first, service.Requests.Entries[0].RequestUri!.PathAndQuery);
        Assert.Equal(status == 200 ? 1 : null, client.System.GetFlag("a")?.Version);
        var active = client.DataSourceStatus.Current.Active!;
        Assert.Equal("streaming", active.Name);
        Assert.Equal(status == 200, client.Initialized);
        if (after is not null)
        {
            await time.PassAsync(TimeSpan.FromSeconds(seconds));
            Assert.Equal(after, (await service.Requests.EntryAsync(3)).RequestUri!.PathAndQuery);
            Assert.Equal("streaming", client.DataSourceStatus.Current.Active!.PreviousName);
            return;
        }

        // For good: the older stream is used, and nothing else is ever asked for.
        await older.WriteAsync(Encoding.UTF8.GetBytes("event: put\ndata: {\"data\":{\"flags\":{\"a\":{\"key\":\"a\",\"version\":7}},\"segments\":{}}}\n\n"), Token);
        Assert.True(await client.DataSourceStatus.WaitForAsync(DataSourceState.Valid, TimeSpan.FromSeconds(30), Token));
        Assert.Equal(1, await VersionsUntilAsync(client, 7));
        time.Advance(TimeSpan.FromMinutes(4));
        Assert.Equal(2, service.Requests.Count);
        Assert.Equal(active, client.DataSourceStatus.Current.Active);
    }

    /// <summary>Waits until flag a has the version.</summary>
    /// <returns>How many flags there are then.</returns>
    private static async Task<int> VersionsUntilAsync(Client client, long version)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (client.System.GetFlag("a")?.Version != version)
        {
            limit.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        return client.System.AllFlags().Count;
    }
}
