using CsCheck;
using Halyard.DataComponents;
using Halyard.Model;
using Microsoft.Extensions.Time.Testing;

namespace Halyard.Tests.LazyLoading;

public sealed class ExpirationTrackerTests
{
    private static readonly TimeSpan[] Ttls =
        [TimeSpan.Zero, TimeSpan.FromTicks(1), TimeSpan.FromSeconds(3), TimeSpan.FromDays(3000), Timeout.InfiniteTimeSpan];

    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public void Items_kinds_and_the_marker_are_not_tracked_then_fresh_then_stale()
    {
        var tracker = new ExpirationTracker(_clock, TimeSpan.FromSeconds(10), 0, () => 0);
        var item = ItemDescriptor.Tombstone(DataKind.Segment, "a", 1);
        Assert.Equal(Freshness.NotTracked, ExpirationTracker.Of(null, tracker.Now));
        Assert.Equal(Freshness.NotTracked, tracker.Of(DataKind.Flag, tracker.Now));
        Assert.Equal(Freshness.NotTracked, tracker.OfInitialized(tracker.Now));
        var until = tracker.FreshUntil(tracker.Stamp);
        ExpirationTracker.SetFreshUntil(item, until);
        tracker.SetKind(DataKind.Flag, until);
        tracker.SetInitialized(until);
        Check(Freshness.Fresh);
        Assert.Equal(Freshness.NotTracked, tracker.Of(DataKind.Segment, tracker.Now));
        _clock.Advance(TimeSpan.FromSeconds(10));
        Check(Freshness.Stale);
        tracker.Close();
        Check(Freshness.Fresh);

        void Check(Freshness expected)
        {
            Assert.Equal(expected, ExpirationTracker.Of(item, tracker.Now));
            Assert.Equal(expected, tracker.Of(DataKind.Flag, tracker.Now));
            Assert.Equal(expected, tracker.OfInitialized(tracker.Now));
        }
    }

    [Fact]
    public void What_is_fetched_for_a_read_is_fresh_for_that_read_whatever_the_ttl() => Gen.Select(
        Gen.Int[0, Ttls.Length - 1].Select(i => Ttls[i]),
        Gen.Double[0, 0.5],
        Gen.Double[0, 0.999],
        Gen.Int[0, 1000]).Sample((ttl, jitter, random, advance) =>
        {
            var clock = new FakeTimeProvider();
            var tracker = new ExpirationTracker(clock, ttl, jitter, () => random);
            var read = tracker.Now;
            clock.Advance(TimeSpan.FromMilliseconds(advance));
            var until = tracker.FreshUntil(tracker.Stamp);
            Assert.True(until > read);
            var next = tracker.Now;
            Assert.True(next >= read);
            if (ttl == TimeSpan.Zero)
            {
                Assert.True(until <= next);
            }
        });

    [Fact]
    public async Task With_a_ttl_of_zero_no_two_reads_have_the_same_moment()
    {
        var tracker = new ExpirationTracker(_clock, TimeSpan.Zero, 0, () => 0);
        var moments = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(
            () => Enumerable.Range(0, 10_000).Select(_ => tracker.Now).ToArray(), TestContext.Current.CancellationToken)));
        Assert.Equal(40_000, moments.SelectMany(m => m).Distinct().Count());
    }
}
