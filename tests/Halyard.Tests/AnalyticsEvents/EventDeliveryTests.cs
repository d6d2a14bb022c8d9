using System.Net;
using Halyard.AnalyticsEvents;
using Halyard.Evaluation;
using Halyard.Tests.Clients;
using Halyard.Tests.Support;
using Microsoft.Extensions.Logging;

namespace Halyard.Tests.AnalyticsEvents;

[Collection(typeof(Alone))]
public sealed class EventDeliveryTests
{
    private static readonly Context User = Context.New("user-1");

    [Fact]
    public async Task A_payload_is_posted_with_the_headers_of_every_request_and_its_own()
    {
        await using var f = await EventsFixture.StartAsync(f =>
        {
            f.Options.Http.ApplicationId = "shop";
            f.Options.Http.WrapperName = "wrap";
        });
        f.Client.Identify(User);
        await f.FlushAsync();
        f.Client.Identify(User);
        await f.FlushAsync();
        var (first, second) = (f.Service.Posts.Entries[0], f.Service.Posts.Entries[1]);
        Assert.Equal("POST", first.Method);
        Assert.Equal("http://events.test/base/bulk", first.Address.AbsoluteUri);
        Assert.Equal("4", first.Header("X-LaunchDarkly-Event-Schema"));
        Assert.Equal("sdk-secret-0123456789", first.Header("Authorization"));
        Assert.Equal("application-id/shop", first.Header("X-LaunchDarkly-Tags"));
        Assert.Equal("wrap", first.Header("X-LaunchDarkly-Wrapper"));
        Assert.True(Guid.TryParse(first.Header("X-LaunchDarkly-Instance-Id"), out _));
        Assert.Equal("application/json; charset=utf-8", first.Header("Content-Type"));
        Assert.Null(first.Header("Content-Encoding"));
        Assert.True(Guid.TryParse(first.Header("X-LaunchDarkly-Payload-ID"), out var id));
        Assert.True(Guid.TryParse(second.Header("X-LaunchDarkly-Payload-ID"), out var otherId));
        Assert.NotEqual(id, otherId);
    }

    [Fact]
    public async Task Deliveries_carry_nothing_of_the_callers_surroundings()
    {
        EventService.Ambient.Value = "the caller's";
        await using var f = await EventsFixture.StartAsync();
        f.Client.Identify(User);
        await f.FlushAsync();
    }

    [Fact]
    public async Task A_payload_may_be_compressed()
    {
        await using var f = await EventsFixture.StartAsync(f => f.Events.Gzip = true);
        f.Client.Identify(User);
        Assert.Equal(["identify"], EventsFixture.Kinds(await f.FlushAsync()));
        Assert.Equal("gzip", f.Service.Posts.Entries[0].Header("Content-Encoding"));
    }

    [Fact]
    public async Task Events_are_delivered_at_the_interval()
    {
        await using var f = await EventsFixture.StartAsync();
        f.Client.Identify(User);
        f.Time.Advance(TimeSpan.FromSeconds(5));
        await f.Service.Posts.EntryAsync(1);
        f.Client.Identify(User);
        f.Client.Flush();
        await f.Service.Posts.EntryAsync(2);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(408)]
    [InlineData(429)]
    [InlineData(503)]
    [InlineData(null)]
    public async Task A_passing_fault_is_followed_by_one_more_attempt_under_the_same_identifier(int? status)
    {
        await using var f = await EventsFixture.StartAsync();
        _ = status is { } code ? f.Service.Then((HttpStatusCode)code) : f.Service.ThenFail(new HttpRequestException("no route"));
        f.Client.Identify(User);
        var flushing = f.Client.FlushAsync(Clients.Clients.Token);
        await f.Time.PassAsync(EventSender.RetryDelay);
        Assert.True(await flushing.Soon());
        var posts = f.Service.Posts.Entries;
        Assert.Equal(2, posts.Count);
        Assert.Equal(posts[0].Header("X-LaunchDarkly-Payload-ID"), posts[1].Header("X-LaunchDarkly-Payload-ID"));
        Assert.Equal(posts[0].Body, posts[1].Body);
    }

    [Fact]
    public async Task After_two_faults_the_payload_is_lost_and_the_next_is_sent()
    {
        await using var f = await EventsFixture.StartAsync();
        f.Service.Then(HttpStatusCode.BadGateway).Then(HttpStatusCode.BadGateway);
        f.Client.Identify(User);
        var flushing = f.Client.FlushAsync(Clients.Clients.Token);
        await f.Time.PassAsync(EventSender.RetryDelay);
        Assert.False(await flushing.Soon());
        Assert.Single(f.LogsWith("could not be delivered"));
        f.Client.Identify(User);
        Assert.True(await f.Client.FlushAsync(Clients.Clients.Token).Soon());
        Assert.Equal(3, f.Service.Posts.Count);
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(404)]
    public async Task A_refusal_is_retried_slowly_with_one_error_and_what_came_meanwhile_is_sent(int status)
    {
        await using var f = await EventsFixture.StartAsync();
        f.Service.Then((HttpStatusCode)status).Then((HttpStatusCode)status);
        f.Client.Identify(User);
        Assert.False(await f.Client.FlushAsync(Clients.Clients.Token).Soon());
        f.Client.Identify(User);
        f.Client.BoolVariation("f", User, true);
        Assert.False(await f.Client.FlushAsync(Clients.Clients.Token).Soon());
        f.Time.Advance(TimeSpan.FromMinutes(2));
        Assert.False(await f.Client.FlushAsync(Clients.Clients.Token).Soon());
        Assert.Equal(1, f.Service.Posts.Count);

        // The flush at the interval is the second attempt, which is refused as well.
        f.Time.Advance(TimeSpan.FromMinutes(3));
        await f.Service.Posts.EntryAsync(2);
        f.Client.Track("later", User);
        Assert.False(await f.Client.FlushAsync(Clients.Clients.Token).Soon());
        f.Time.Advance(TimeSpan.FromMinutes(4));
        Assert.False(await f.Client.FlushAsync(Clients.Clients.Token).Soon());
        Assert.Equal(2, f.Service.Posts.Count);

        // The key is mended.
        f.Time.Advance(TimeSpan.FromMinutes(6));
        Assert.Contains("\"later\"", (await f.Service.Posts.EntryAsync(3)).Body, StringComparison.Ordinal);
        await Conditions.UntilAsync(() => f.LogsWith("takes events again").Any());
        Assert.Single(f.LogsWith("refuses events"), log => log.Level == LogLevel.Error);
        f.Client.Identify(User);
        Assert.True(await f.Client.FlushAsync(Clients.Clients.Token).Soon());
    }

    [Fact]
    public async Task A_client_that_ends_while_events_are_refused_tries_once_more()
    {
        await using (var f = await EventsFixture.StartAsync())
        {
            f.Service.Then(HttpStatusCode.Unauthorized);
            f.Client.Identify(User);
            Assert.False(await f.Client.FlushAsync(Clients.Clients.Token).Soon());
            f.Client.Track("last", User);
            await f.Client.DisposeAsync();
            Assert.Contains("\"last\"", (await f.Service.Posts.EntryAsync(2)).Body, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(302, "http://events.test/moved")]
    [InlineData(307, "/moved")]
    [InlineData(308, "https://events.test/moved")]
    public async Task A_redirect_within_the_origin_is_followed_with_the_payload_and_the_key(int status, string to)
    {
        await using var f = await EventsFixture.StartAsync();
        f.Service.ThenRedirect((HttpStatusCode)status, to);
        f.Client.Identify(User);
        Assert.True(await f.Client.FlushAsync(Clients.Clients.Token).Soon());
        var (first, second) = (f.Service.Posts.Entries[0], f.Service.Posts.Entries[1]);
        Assert.Equal(("POST", first.Body), (second.Method, second.Body));
        Assert.NotNull(second.Header("Authorization"));
        Assert.Equal(first.Header("X-LaunchDarkly-Payload-ID"), second.Header("X-LaunchDarkly-Payload-ID"));
    }

    [Theory]
    [InlineData(302, "http://elsewhere.test/moved")]
    [InlineData(307, "//elsewhere.test/moved")]
    [InlineData(307, "http://events.test:8080/moved")]
    [InlineData(308, "https://events.test:8443/moved")]
    public async Task A_redirect_to_another_origin_gets_no_events(int status, string to)
    {
        await using var f = await EventsFixture.StartAsync();
        f.Service.ThenRedirect((HttpStatusCode)status, to).ThenRedirect((HttpStatusCode)status, to);
        f.Client.Identify(User);
        var flushing = f.Client.FlushAsync(Clients.Clients.Token);
        await f.Time.PassAsync(EventSender.RetryDelay);
        Assert.False(await flushing.Soon());
        Assert.All(f.Service.Posts.Entries, post => Assert.Equal("http://events.test/base/bulk", post.Address.AbsoluteUri));
        Assert.Single(f.LogsWith("redirected to another origin"), log => log.Level == LogLevel.Warning);
    }

    [Fact]
    public async Task Too_large_a_payload_is_lost_alone()
    {
        await using var f = await EventsFixture.StartAsync();
        f.Service.Then(HttpStatusCode.RequestEntityTooLarge);
        f.Client.Identify(User);
        Assert.False(await f.Client.FlushAsync(Clients.Clients.Token).Soon());
        f.Client.Identify(User);
        Assert.True(await f.Client.FlushAsync(Clients.Clients.Token).Soon());
    }

    [Fact]
    public async Task Beyond_the_capacity_full_events_are_dropped_with_one_warning_but_never_the_summary()
    {
        await using var f = await EventsFixture.StartAsync(f => f.Events.Capacity = 3);
        for (var round = 0; round < 2; round++)
        {
            for (var i = 0; i < 5; i++)
            {
                f.Client.Identify(User);
            }

            f.Client.BoolVariation("f", User, true);
            Assert.Equal(["identify", "identify", "identify", "summary"], EventsFixture.Kinds(await f.FlushAsync()));
        }

        Assert.Single(f.LogsWith("some are dropped"));
    }

    [Fact]
    public async Task The_end_of_the_client_delivers_what_waits()
    {
        await using var f = await EventsFixture.StartAsync();
        f.Client.Identify(User);
        await f.Client.DisposeAsync();
        Assert.Equal(["identify"], EventsFixture.Kinds(Assert.Single(f.Service.Posts.Entries).Events));
        f.Client.Identify(User);
        f.Client.Track("t", User);
        Assert.True(await f.Client.FlushAsync(Clients.Clients.Token).Soon());
        Assert.Equal(1, f.Service.Posts.Count);
    }

    [Fact]
    public async Task The_end_of_the_client_does_not_wait_for_ever_on_a_silent_service()
    {
        await using var f = await EventsFixture.StartAsync();
        f.Service.Silent = true;
        f.Client.Identify(User);
        var ending = f.Client.DisposeAsync().AsTask();
        await f.Service.Posts.EntryAsync(1);
        f.Time.Advance(EventProcessor.EndLimit);
        await ending.WaitAsync(TimeSpan.FromSeconds(30), Clients.Clients.Token);
        Assert.Single(f.LogsWith("At the end"));
    }

    [Fact]
    public async Task A_flush_during_a_delivery_waits_for_what_came_after_it()
    {
        await using var f = await EventsFixture.StartAsync();
        f.Service.Then(HttpStatusCode.BadGateway);
        f.Client.Identify(Context.New("a"));
        var first = f.Client.FlushAsync(Clients.Clients.Token);
        await f.Service.Posts.EntryAsync(1);
        f.Client.Identify(Context.New("b"));
        var second = f.Client.FlushAsync(Clients.Clients.Token);
        await f.Time.PassAsync(EventSender.RetryDelay);
        Assert.True(await first.Soon());
        Assert.True(await second.Soon());
        Assert.Equal(["a", "a", "b"], f.Service.Posts.Entries.Select(p => (string)p.Events[0]!["context"]!["key"]!));
    }

    [Fact]
    public async Task Events_of_many_threads_are_all_counted()
    {
        await using var f = await EventsFixture.StartAsync(f => f.Events.FlushInterval = TimeSpan.FromDays(1));
        f.Data.UpdateFlagJson("""{"key":"f","version":1,"on":true,"fallthrough":{"variation":0},"variations":[true],"salt":""}""");
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 3_000; i++)
            {
                f.Client.BoolVariation("f", User, false);
            }
        }, Clients.Clients.Token)));
        var summary = (await f.FlushAsync())[^1]!;
        Assert.Equal(12_000, (int)summary["features"]!["f"]!["counters"]![0]!["count"]!);
    }

    [Fact]
    public async Task Callers_that_find_the_queue_full_do_the_readers_work_and_nothing_is_lost()
    {
        await using var f = await EventsFixture.StartAsync(f => f.Events.FlushInterval = TimeSpan.FromDays(1));
        using var obstacle = new ManualResetEventSlim();
        f.Service.Obstacle = obstacle;
        f.Client.Identify(User);
        var first = f.Client.FlushAsync(Clients.Clients.Token);
        for (var i = 0; i < 40_000; i++)
        {
            f.Client.BoolVariation("f", User, true);
        }

        obstacle.Set();
        Assert.True(await first.Soon());
        Assert.True(await f.Client.FlushAsync(Clients.Clients.Token).Soon());
        var counted = f.Service.Posts.Entries.SelectMany(p => p.Events).Where(e => (string)e!["kind"]! == "summary")
            .Sum(e => (int)e!["features"]!["f"]!["counters"]![0]!["count"]!);
        Assert.Equal(40_000, counted);
        Assert.Empty(f.LogsWith("some are dropped"));
    }

    [Fact]
    public async Task Reads_with_events_on_allocate_nothing_once_warm()
    {
        await using var f = await EventsFixture.StartAsync(f =>
        {
            f.Options.TimeProvider = TimeProvider.System;
            f.Events.FlushInterval = TimeSpan.FromDays(1);
            f.Events.ContextKeysResetInterval = TimeSpan.FromDays(1);
        });
        f.Data.UpdateFlagJson("""{"key":"p","version":1,"on":true,"fallthrough":{"variation":0},"variations":[true],"salt":""}""");
        f.Data.UpdateFlagJson("""{"key":"f","version":1,"on":true,"prerequisites":[{"key":"p","variation":0}],"fallthrough":{"variation":0},"variations":[true],"salt":""}""");
        for (var round = 0; round < 3; round++)
        {
            Read(f.Client, 2_000);
            await f.FlushAsync();
        }

        // The best of a few: a collection caused by another test charges this thread with the rest of its buffer.
        var least = long.MaxValue;
        for (var round = 0; round < 5; round++)
        {
            Read(f.Client, 100);
            var before = GC.GetAllocatedBytesForCurrentThread();
            Read(f.Client, 1_000);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
            await f.FlushAsync();
        }

        Assert.InRange(least, 0, 1_024);

        static void Read(Client client, int times)
        {
            for (var i = 0; i < times; i++)
            {
                client.BoolVariation("f", User, false);
            }
        }
    }

    [Theory]
    [InlineData("Capacity")]
    [InlineData("ContextKeysCapacity")]
    [InlineData("FlushInterval")]
    [InlineData("ContextKeysResetInterval")]
    [InlineData("DiagnosticsInterval")]
    [InlineData("PrivateAttributes")]
    [InlineData("Endpoints.Events")]
    public async Task A_wrong_setting_is_one_clear_error(string name)
    {
        var f = new EventsFixture();
        Action breaking = name switch
        {
            "Capacity" => () => f.Events.Capacity = 0,
            "ContextKeysCapacity" => () => f.Events.ContextKeysCapacity = -1,
            "FlushInterval" => () => f.Events.FlushInterval = TimeSpan.Zero,
            "ContextKeysResetInterval" => () => f.Events.ContextKeysResetInterval = Timeout.InfiniteTimeSpan,
            "DiagnosticsInterval" => () => f.Events.DiagnosticsInterval = TimeSpan.FromSeconds(1),
            "PrivateAttributes" => () => f.Events.PrivateAttributes.Add("/a//b"),
            _ => () => f.Options.Endpoints.Events = new Uri("ftp://x/"),
        };
        breaking();
        var error = await Assert.ThrowsAsync<ArgumentException>(() => Client.StartAsync(f.Options, Clients.Clients.Token));
        Assert.Contains(name, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, 0.99, true)]
    [InlineData(1L, 0.99, true)]
    [InlineData(0L, 0.0, false)]
    [InlineData(-1L, 0.0, false)]
    [InlineData(4L, 0.24, true)]
    [InlineData(4L, 0.25, false)]
    public void One_in_so_many_is_drawn(long? ratio, double random, bool taken) => Assert.Equal(taken, new RatioSampler(() => random).Takes(ratio));
}
