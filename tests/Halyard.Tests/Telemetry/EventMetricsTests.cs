using System.Net;
using Halyard.AnalyticsEvents;
using Halyard.Tests.AnalyticsEvents;
using Halyard.Tests.Clients;
using Halyard.Tests.Support;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;

namespace Halyard.Tests.Telemetry;

/// <summary>Runs alone: the meter is the process's.</summary>
[Collection(typeof(Alone))]
public sealed class EventMetricsTests
{
    private static readonly Context User = Context.New("user-1");

    [Fact]
    public async Task Events_are_counted_from_the_queue_to_their_delivery_or_loss()
    {
        var (queued, dropped, sent) = (Collect("queued"), Collect("dropped"), Collect("sent"));
        var (lost, failed) = (Collect("lost"), Collect("failed_deliveries"));
        await using var f = await EventsFixture.StartAsync(f => f.Events.Capacity = 3);
        for (var i = 0; i < 5; i++)
        {
            f.Client.Identify(User);
        }

        f.Client.BoolVariation("f", User, true);
        await f.FlushAsync();
        Assert.Equal((6L, 2L, 4L), (Sum(queued), Sum(dropped), Sum(sent)));
        Assert.Equal((0L, 0L), (Sum(lost), Sum(failed)));

        f.Service.Then(HttpStatusCode.BadGateway).Then(HttpStatusCode.BadGateway);
        f.Client.Identify(User);
        f.Client.Identify(User);
        var flushing = f.Client.FlushAsync(Clients.Clients.Token);
        await f.Time.PassAsync(EventSender.RetryDelay);
        Assert.False(await flushing.Soon());
        Assert.Equal((8L, 2L, 4L), (Sum(queued), Sum(dropped), Sum(sent)));
        Assert.Equal((2L, 1L), (Sum(lost), Sum(failed)));
    }

    private static MetricCollector<long> Collect(string what) => new(null, HalyardTelemetry.MeterName, "halyard.events." + what);

    private static long Sum(MetricCollector<long> counter) => counter.GetMeasurementSnapshot().Sum(measurement => measurement.Value);
}
