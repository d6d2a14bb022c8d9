using System.Text.Json.Nodes;
using Halyard.Tests.Clients;
using Halyard.Tests.Support;
using Microsoft.Extensions.Logging.Testing;

namespace Halyard.Tests.AnalyticsEvents;

/// <summary>A client on in-process data that sends its events to a service in memory, under fake time.</summary>
internal sealed class EventsFixture : IAsyncDisposable
{
    /// <summary>The fake time at the start, as events tell it.</summary>
    public const long Now = 1_767_225_600_000;

    private Client? _client;
    private int _taken;

    public EventsFixture()
    {
        Options = new()
        {
            SdkKey = "sdk-secret-0123456789",
            DataSystem = DataSystem.TestData(Data),
            Endpoints = ServiceEndpoints.At(new Uri("http://events.test/base/")),
            TimeProvider = Time,
            LoggerFactory = Clients.Clients.Factory(Logs),
            Events = new(),
        };
        Options.Http.HandlerFactory = () => Service;
    }

    public TestData Data { get; } = new();

    public RecordingTimeProvider Time { get; } = new();

    public EventService Service { get; } = new();

    public FakeLogCollector Logs { get; } = new();

    public ClientOptions Options { get; }

    public EventOptions Events => Options.Events!;

    public Client Client => _client!;

    public static async Task<EventsFixture> StartAsync(Action<EventsFixture>? prepare = null)
    {
        var fixture = new EventsFixture();
        prepare?.Invoke(fixture);
        fixture._client = await Client.StartAsync(fixture.Options, Clients.Clients.Token);
        return fixture;
    }

    /// <summary>Delivers, and gives the events of the one payload that this made.</summary>
    public async Task<JsonArray> FlushAsync()
    {
        Assert.True(await Client.FlushAsync(Clients.Clients.Token).Soon());
        var posts = Service.Posts.Entries;
        Assert.Equal(_taken + 1, posts.Count);
        return posts[_taken++].Events;
    }

    /// <summary>Delivers, and finds that there was nothing to deliver.</summary>
    public async Task FlushNothingAsync()
    {
        Assert.True(await Client.FlushAsync(Clients.Clients.Token).Soon());
        Assert.Equal(_taken, Service.Posts.Count);
    }

    public IEnumerable<FakeLogRecord> LogsWith(string text) => Logs.GetSnapshot().Where(log => log.Message.Contains(text, StringComparison.Ordinal));

    public static void Same(string expected, JsonNode? actual)
    {
        var wanted = JsonNode.Parse(expected);
        if (!JsonNode.DeepEquals(wanted, actual))
        {
            Assert.Equal(wanted?.ToJsonString(), actual?.ToJsonString());
        }
    }

    public static string[] Kinds(JsonArray events) => [.. events.Select(e => (string)e!["kind"]!)];

    public async ValueTask DisposeAsync()
    {
        if (_client is not null)
        {
            await _client.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30), CancellationToken.None);
            // The platform releases the timer of a delay just after it has told of its cancellation.
            await Conditions.UntilAsync(() => Time.TimersAlive == 0);
            Assert.True(Options.Events is null || Service.Disposed);
        }

        Assert.DoesNotContain(Logs.GetSnapshot(), log => log.Message.Contains(Options.SdkKey, StringComparison.Ordinal));
    }
}
