using CsCheck;
using Halyard.DataInterfaces;
using Halyard.DataSystems.Sources;

namespace Halyard.Tests;

public sealed class ReconnectScheduleTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void Streams_wait_1_2_4_8_16_30_and_30_seconds() =>
        Assert.Equal([1, 2, 4, 8, 16, 30, 30, 30], Take(Streaming(), RetryRegime.Normal, 8));

    [Fact]
    public void Streams_wait_5_minutes_doubling_to_an_hour_after_unexpected_failures() =>
        Assert.Equal([300, 600, 1200, 2400, 3600, 3600], Take(Streaming(), RetryRegime.Extended, 6));

    [Theory]
    [InlineData(30, new double[] { 300, 600, 1200, 2400, 3600, 3600 })]
    [InlineData(300, new double[] { 300, 600, 1200, 2400, 3600, 3600 })]
    [InlineData(1000, new double[] { 1000, 2000, 3600, 3600 })]
    [InlineData(7200, new double[] { 7200, 7200, 7200 })]
    public void Polls_wait_on_the_extended_curve_but_never_less_than_the_interval(int interval, double[] expected) =>
        Assert.Equal(expected, Take(ReconnectSchedule.ForPolling(interval * Second, () => 0), RetryRegime.Extended, expected.Length));

    [Fact]
    public void Polls_go_on_at_the_interval_after_failures_that_pass() =>
        Assert.Equal([30, 30, 30, 30], Take(ReconnectSchedule.ForPolling(30 * Second, () => 0.9), RetryRegime.Normal, 4));

    [Fact]
    public void A_failure_that_passes_does_not_leave_the_extended_curve()
    {
        var schedule = Streaming();
        Assert.Equal([1, 2], Take(schedule, RetryRegime.Normal, 2));
        Assert.Equal([300], Take(schedule, RetryRegime.Extended, 1));
        Assert.Equal([600, 1200], Take(schedule, RetryRegime.Normal, 2));
        schedule.Reset();
        Assert.Equal([1, 2], Take(schedule, RetryRegime.Normal, 2));
    }

    [Fact]
    public void Jitter_takes_off_up_to_half_and_never_adds() =>
        Gen.Select(Gen.Double[0, 0.999999], Gen.Int[1, 40], Gen.Bool).Sample((random, failures, extended) =>
        {
            var regime = extended ? RetryRegime.Extended : RetryRegime.Normal;
            var full = Take(Streaming(), regime, failures)[^1];
            var jittered = Take(Streaming(random), regime, failures)[^1];
            Assert.InRange(jittered, full / 2, full);
        });

    [Fact]
    public void The_shared_random_source_spreads_delays()
    {
        var delays = Enumerable.Range(0, 50)
            .Select(_ => new ReconnectSchedule(new(Second, 30 * Second), ReconnectSchedule.ExtendedCurve).Next(RetryRegime.Normal)).ToList();
        Assert.All(delays, d => Assert.InRange(d, Second / 2, Second));
        Assert.True(delays.Distinct().Count() > 25);
    }

    [Fact]
    public void What_the_service_asks_for_is_a_lower_bound()
    {
        var schedule = Streaming();
        Assert.Equal(10 * Second, schedule.Next(RetryRegime.Normal, 10 * Second));
        Assert.Equal(2 * Second, schedule.Next(RetryRegime.Normal, Second));
    }

    [Fact]
    public void Millions_of_failures_do_not_overflow()
    {
        var schedule = Streaming();
        for (var i = 0; i < 1_000_000; i++)
        {
            schedule.Next(RetryRegime.Normal);
        }

        Assert.Equal(30 * Second, schedule.Next(RetryRegime.Normal));
    }

    private static ReconnectSchedule Streaming(double random = 0) =>
        new(new(Second, 30 * Second), ReconnectSchedule.ExtendedCurve, random: () => random);

    private static double[] Take(ReconnectSchedule schedule, RetryRegime regime, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => schedule.Next(regime).TotalSeconds)];
}
