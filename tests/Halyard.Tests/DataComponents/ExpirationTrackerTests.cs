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

    [Theory]
    [InlineData(0.25, 0.5, 8_750)]
    [InlineData(0.25, 0, 10_000)]
    [InlineData(0.5, 0.9, 5_500)]
    public void A_time_is_shortened_by_no_more_than_its_share(double jitter, double random, int milliseconds)
    {
        var tracker = new ExpirationTracker(_clock, TimeSpan.FromSeconds(10), jitter, () => random);
        Assert.Equal(tracker.Ticks(TimeSpan.FromMilliseconds(milliseconds)) + 7, tracker.FreshUntil(7));
    }

    [Fact]
    public void Without_a_share_no_time_is_shortened_and_nothing_is_left_to_chance()
    {
        var tracker = new ExpirationTracker(_clock, TimeSpan.FromSeconds(10), 0, () => throw new InvalidOperationException("Nobody asks."));
        Assert.Equal((10 * _clock.TimestampFrequency) + 7, tracker.FreshUntil(7));
    }

    [Fact]
    public void While_something_else_tells_of_changes_what_is_read_stays_fresh_for_longer()
    {
        var tracker = new ExpirationTracker(_clock, TimeSpan.FromSeconds(10), 0, () => 0, TimeSpan.FromMinutes(10));
        Assert.True(tracker.CanLengthen);
        Assert.Equal(tracker.Ticks(TimeSpan.FromSeconds(10)), tracker.FreshUntil(0));
        tracker.Lengthen(true);
        Assert.Equal(tracker.Ticks(TimeSpan.FromMinutes(10)), tracker.FreshUntil(0));
        tracker.Lengthen(false);
        Assert.Equal(tracker.Ticks(TimeSpan.FromSeconds(10)), tracker.FreshUntil(0));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(10)]
    [InlineData(5)]
    public void A_long_time_that_is_no_longer_lengthens_nothing(int? seconds) => Assert.False(
        new ExpirationTracker(_clock, TimeSpan.FromSeconds(10), 0, () => 0, seconds is { } given ? TimeSpan.FromSeconds(given) : null).CanLengthen);

    [Fact]
    public void For_ever_is_for_ever_whatever_the_chance()
    {
        var tracker = new ExpirationTracker(_clock, Timeout.InfiniteTimeSpan, 0.5, () => 0.9);
        Assert.Equal(long.MaxValue, tracker.FreshUntil(7));
        Assert.False(tracker.CanLengthen);
    }

    [Fact]
    public void Flags_and_segments_keep_a_time_each()
    {
        var (flag, segment) = (ItemDescriptor.Tombstone(DataKind.Flag, "a", 1), ItemDescriptor.Tombstone(DataKind.Segment, "a", 1));
        ExpirationTracker.SetFreshUntil(flag, 5);
        ExpirationTracker.SetFreshUntil(segment, 6);
        Assert.Equal((5L, 6L), (ExpirationTracker.FreshUntil(flag), ExpirationTracker.FreshUntil(segment)));
        Assert.Equal(Freshness.Stale, ExpirationTracker.Of(flag, 5));
        Assert.Equal(Freshness.Fresh, ExpirationTracker.Of(segment, 5));
    }

    [Fact]
    public void With_a_ttl_a_moment_is_the_clocks()
    {
        var tracker = new ExpirationTracker(_clock, TimeSpan.FromSeconds(10), 0, () => 0);
        Assert.Equal(_clock.GetTimestamp(), tracker.Now);
        Assert.Equal(tracker.Now, tracker.Now);
        Assert.Equal(tracker.Now, tracker.Stamp);
    }

    [Fact]
    public void With_a_ttl_of_zero_moments_follow_the_clock_and_a_request_begins_no_later_than_the_next()
    {
        var tracker = new ExpirationTracker(_clock, TimeSpan.Zero, 0, () => 0);
        var first = tracker.Now;
        Assert.Equal(first, tracker.Stamp);
        Assert.Equal(first + 1, tracker.Now);
        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(_clock.GetTimestamp(), tracker.Now);
    }

    [Fact]
    public async Task With_a_ttl_of_zero_no_two_reads_have_the_same_moment()
    {
        var tracker = new ExpirationTracker(_clock, TimeSpan.Zero, 0, () => 0);
        var moments = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(
            () => Enumerable.Range(0, 10_000).Select(_ => tracker.Now).ToArray(), TestContext.Current.CancellationToken)));
        Assert.Equal(40_000, moments.SelectMany(m => m).Distinct().Count());
    }
}
