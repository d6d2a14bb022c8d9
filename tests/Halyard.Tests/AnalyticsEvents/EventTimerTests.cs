using System.Net;
using Halyard.Tests.Clients;
using Halyard.Tests.Support;

namespace Halyard.Tests.AnalyticsEvents;

/// <summary>When events are delivered and contexts forgotten, without a timer for a client that has nothing to deliver.</summary>
[Collection(typeof(Alone))]
public sealed class EventTimerTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(7);

    [Fact]
    public async Task A_client_without_events_sets_no_timer_and_the_first_event_sets_one()
    {
        await using var f = await StartAsync();
        Assert.Equal(0, Sets(f));
        f.Client.Identify(Context.New("a"));
        f.Client.Identify(Context.New("b"));
        Assert.Equal(1, Sets(f));

        f.Time.Advance(Interval);
        Assert.Equal(2, (await f.Service.Posts.EntryAsync(1)).Events.Count);
        Assert.True(await f.Client.FlushAsync(Clients.Clients.Token).Soon());
        Assert.Equal(1, Sets(f));

        f.Client.Identify(Context.New("c"));
        Assert.Equal(2, Sets(f));
        f.Time.Advance(Interval);
        Assert.Single((await f.Service.Posts.EntryAsync(2)).Events);
    }

    [Fact]
    public async Task Events_that_the_service_refuses_set_the_timer_again()
    {
        await using var f = await StartAsync();
        f.Service.Then(HttpStatusCode.Unauthorized);
        f.Client.Identify(Context.New("a"));
        f.Time.Advance(Interval);
        await f.Service.Posts.EntryAsync(1);
        f.Client.Identify(Context.New("b"));
        f.Time.Advance(Interval);

        // The second waits for the service to take events again, so that the timer has to be set without another event.
        await Conditions.UntilAsync(() => Sets(f) >= 3);
        f.Time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal("b", (string)(await f.Service.Posts.EntryAsync(2)).Events[0]!["context"]!["key"]!);
    }

    [Fact]
    public async Task A_context_is_described_again_once_the_time_to_forget_has_passed()
    {
        await using var f = await StartAsync(f => f.Events.ContextKeysResetInterval = TimeSpan.FromMinutes(5));
        await DescribesAsync(f, "index", "custom");
        await DescribesAsync(f, "custom");
        f.Time.Advance(TimeSpan.FromMinutes(5) - TimeSpan.FromSeconds(1));
        await DescribesAsync(f, "custom");
        f.Time.Advance(TimeSpan.FromSeconds(1));
        await DescribesAsync(f, "index", "custom");
        await DescribesAsync(f, "custom");
    }

    private static async Task DescribesAsync(EventsFixture f, params string[] kinds)
    {
        f.Client.Track("bought", Context.New("a"));
        Assert.Equal(kinds, EventsFixture.Kinds(await f.FlushAsync()));
    }

    private static Task<EventsFixture> StartAsync(Action<EventsFixture>? prepare = null) => EventsFixture.StartAsync(f =>
    {
        f.Events.FlushInterval = Interval;
        prepare?.Invoke(f);
    });

    private static int Sets(EventsFixture f) => f.Time.Sets.Entries.Count(due => due == Interval);
}
