using Halyard.Tests.Support;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Halyard.Tests;

[Collection(typeof(Alone))]
public sealed class DataSourceStatusManagerTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);
    private readonly CountingTimeProvider _time = new();
    private readonly FakeLogger _logger = new();
    private readonly DataSourceStatusManager _status;
    private readonly DateTimeOffset _start;

    public DataSourceStatusManagerTests()
    {
        _status = new(_time, _logger);
        _start = _time.GetUtcNow();
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void It_starts_initializing_without_an_error_and_without_data()
    {
        Assert.Equal(new(DataSourceState.Initializing, _start, null, null), _status.Current);
        Assert.False(_status.FirstOutcome.IsCompleted);
    }

    [Fact]
    public void Interruptions_before_the_first_success_keep_it_initializing_and_the_error()
    {
        _time.Advance(TimeSpan.FromSeconds(1));
        _status.ReportInterrupted(DataSourceErrorKind.NetworkError, "refused");
        Assert.Equal(
            new(DataSourceState.Initializing, _start, new(DataSourceErrorKind.NetworkError, null, "refused", _start.AddSeconds(1)), null),
            _status.Current);
        Assert.False(_status.FirstOutcome.IsCompleted);
    }

    [Fact]
    public void The_state_since_moves_with_the_state_alone_and_the_last_error_stays()
    {
        _time.Advance(TimeSpan.FromSeconds(1));
        _status.ReportValid();
        Assert.Equal(new(DataSourceState.Valid, _start.AddSeconds(1), null, _start.AddSeconds(1)), _status.Current);

        _time.Advance(TimeSpan.FromSeconds(1));
        _status.ReportValid();
        Assert.Equal(new(DataSourceState.Valid, _start.AddSeconds(1), null, _start.AddSeconds(2)), _status.Current);

        _time.Advance(TimeSpan.FromSeconds(1));
        _status.ReportInterrupted(DataSourceErrorKind.ErrorResponse, "no", 503);
        _time.Advance(TimeSpan.FromSeconds(1));
        _status.ReportInterrupted(DataSourceErrorKind.InvalidData, "garbled");
        var second = new DataSourceError(DataSourceErrorKind.InvalidData, null, "garbled", _start.AddSeconds(4));
        Assert.Equal(new(DataSourceState.Interrupted, _start.AddSeconds(3), second, _start.AddSeconds(2)), _status.Current);

        _time.Advance(TimeSpan.FromSeconds(1));
        _status.ReportValid();
        Assert.Equal(new(DataSourceState.Valid, _start.AddSeconds(5), second, _start.AddSeconds(5)), _status.Current);
    }

    [Fact]
    public void Off_is_final()
    {
        _status.ReportValid();
        _status.ReportOff(DataSourceErrorKind.ErrorResponse, "gone", 410);
        var off = _status.Current;
        Assert.Equal(DataSourceState.Off, off.State);
        Assert.Equal(410, off.LastError!.StatusCode);
        _time.Advance(TimeSpan.FromSeconds(1));
        _status.ReportValid();
        _status.ReportInterrupted(DataSourceErrorKind.Unknown, "x");
        _status.ReportUnexpected(DataSourceErrorKind.Unknown, "x");
        _status.ReportOff(DataSourceErrorKind.Unknown, "x");
        _status.Close();
        Assert.Equal(off, _status.Current);
    }

    [Fact]
    public async Task The_first_outcome_is_true_at_the_first_success()
    {
        _status.ReportInterrupted(DataSourceErrorKind.NetworkError, "x");
        _status.ReportValid();
        _status.ReportUnexpected(DataSourceErrorKind.ErrorResponse, "x", 401);
        Assert.True(await _status.FirstOutcome.WaitAsync(Bound, Token));
    }

    [Theory]
    [InlineData("off")]
    [InlineData("unexpected")]
    [InlineData("close")]
    public async Task The_first_outcome_is_false_when_waiting_longer_is_of_no_use(string how)
    {
        switch (how)
        {
            case "off":
                _status.ReportOff(DataSourceErrorKind.ErrorResponse, "x", 401);
                break;
            case "unexpected":
                _status.ReportUnexpected(DataSourceErrorKind.ErrorResponse, "x", 401);
                Assert.Equal(DataSourceState.Initializing, _status.Current.State);
                _status.ReportValid();
                Assert.Equal(DataSourceState.Valid, _status.Current.State);
                break;
            default:
                _status.Close();
                Assert.Equal(DataSourceState.Off, _status.Current.State);
                Assert.Null(_status.Current.LastError);
                break;
        }

        Assert.False(await _status.FirstOutcome.WaitAsync(Bound, Token));
    }

    [Fact]
    public async Task Changes_of_state_and_errors_are_raised_in_order_and_mere_data_is_not()
    {
        var got = new List<(DataSourceState, string?)>();
        var off = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _status.Changed += s =>
        {
            got.Add((s.State, s.LastError?.Message));
            if (s.State == DataSourceState.Off)
            {
                off.SetResult();
            }

            throw new InvalidOperationException("a bad handler");
        };
        _status.ReportInterrupted(DataSourceErrorKind.NetworkError, "1");
        _status.ReportValid();
        _status.ReportValid();
        _status.ReportInterrupted(DataSourceErrorKind.NetworkError, "2");
        _status.ReportInterrupted(DataSourceErrorKind.NetworkError, "3");
        _status.ReportValid();
        _status.Close();
        await off.Task.WaitAsync(Bound, Token);
        Assert.Equal(
            [
                (DataSourceState.Initializing, "1"), (DataSourceState.Valid, "1"), (DataSourceState.Interrupted, "2"),
                (DataSourceState.Interrupted, "3"), (DataSourceState.Valid, "3"), (DataSourceState.Off, "3"),
            ],
            got);
    }

    [Fact]
    public void Reporting_data_again_allocates_nothing()
    {
        var status = new DataSourceStatusManager(TimeProvider.System);
        status.Changed += _ => { };
        status.ReportValid();
        Allocations.None(() =>
        {
            for (var i = 0; i < 100; i++)
            {
                status.ReportValid();
            }
        });
    }

    [Fact]
    public async Task Waiting_ends_when_the_state_is_reached_and_leaves_no_timer()
    {
        var valid = _status.WaitForAsync(DataSourceState.Valid, TimeSpan.FromMinutes(1), Token);
        var interrupted = _status.WaitForAsync(DataSourceState.Interrupted, Timeout.InfiniteTimeSpan, Token);
        var off = _status.WaitForAsync(DataSourceState.Off, TimeSpan.MaxValue, Token);
        Assert.True(await _status.WaitForAsync(DataSourceState.Initializing, TimeSpan.Zero, Token));
        Assert.False(await _status.WaitForAsync(DataSourceState.Valid, TimeSpan.Zero, Token));
        Assert.False(valid.IsCompleted);
        _status.ReportValid();
        Assert.True(await valid.WaitAsync(Bound, Token));
        Assert.False(interrupted.IsCompleted);
        _status.ReportInterrupted(DataSourceErrorKind.Unknown, "x");
        _status.ReportValid();
        Assert.True(await interrupted.WaitAsync(Bound, Token));
        _status.Close();
        Assert.True(await off.WaitAsync(Bound, Token));
        await _time.WithoutTimersAsync();
    }

    [Fact]
    public async Task Waiting_ends_with_false_when_time_runs_out()
    {
        var valid = _status.WaitForAsync(DataSourceState.Valid, TimeSpan.FromSeconds(5), Token);
        _time.Advance(TimeSpan.FromSeconds(4));
        Assert.False(valid.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(await valid.WaitAsync(Bound, Token));
        await _time.WithoutTimersAsync();
    }

    [Fact]
    public async Task Waiting_ends_with_false_when_the_source_ends()
    {
        var valid = _status.WaitForAsync(DataSourceState.Valid, Timeout.InfiniteTimeSpan, Token);
        _status.ReportOff(DataSourceErrorKind.Unknown, "x");
        Assert.False(await valid.WaitAsync(Bound, Token));
        Assert.False(await _status.WaitForAsync(DataSourceState.Valid, Timeout.InfiniteTimeSpan, Token));
        Assert.True(await _status.WaitForAsync(DataSourceState.Off, Timeout.InfiniteTimeSpan, Token));
    }

    [Fact]
    public async Task Waiting_can_be_cancelled_and_a_wrong_timeout_is_refused()
    {
        using var cancel = new CancellationTokenSource();
        var valid = _status.WaitForAsync(DataSourceState.Valid, TimeSpan.FromSeconds(5), cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => valid.WaitAsync(Bound, Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _status.WaitForAsync(DataSourceState.Initializing, TimeSpan.Zero, cancel.Token));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => _status.WaitForAsync(DataSourceState.Valid, TimeSpan.FromSeconds(-2), Token));
        await _time.WithoutTimersAsync();
    }

    [Fact]
    public async Task An_outage_is_one_warning_one_error_after_a_minute_and_one_line_at_its_end()
    {
        _status.ReportValid();
        for (var i = 0; i < 10; i++)
        {
            _status.ReportInterrupted(DataSourceErrorKind.ErrorResponse, "try " + i, 503);
            _time.Advance(TimeSpan.FromSeconds(10));
        }

        _status.ReportValid();
        _status.ReportValid();
        _time.Advance(TimeSpan.FromMinutes(5));
        var lines = Lines();
        Assert.Equal([LogLevel.Warning, LogLevel.Error, LogLevel.Information], lines.Select(l => l.Level));
        Assert.Contains("ErrorResponse 503: try 0", lines[0].Message, StringComparison.Ordinal);
        Assert.Contains("ErrorResponse 503: try 5", lines[1].Message, StringComparison.Ordinal);
        Assert.Contains("00:01:40", lines[2].Message, StringComparison.Ordinal);
        await _time.WithoutTimersAsync();
    }

    [Fact]
    public void Where_nothing_was_delivered_no_line_speaks_of_last_known_data()
    {
        _status.ReportInterrupted(DataSourceErrorKind.Unknown, "/nope.json does not exist.");
        _status.ReportUnexpected(DataSourceErrorKind.ErrorResponse, "wrong key", 401);
        _status.ReportOff(DataSourceErrorKind.InvalidData, "garbled");
        Assert.Equal(
            [
                "The data source has delivered nothing yet and is retried. /nope.json does not exist.",
                "The data source has delivered nothing, and fails in a way that retrying soon will not mend. ErrorResponse 401: wrong key",
                "The data source has ended for good and has delivered nothing. InvalidData: garbled",
            ],
            Lines().Select(l => l.Message));
    }

    [Fact]
    public void Where_something_was_delivered_every_line_of_an_outage_says_that_it_is_served()
    {
        _status.ReportValid();
        _status.ReportInterrupted(DataSourceErrorKind.Unknown, "gone");
        _status.ReportUnexpected(DataSourceErrorKind.ErrorResponse, "wrong key", 401);
        _status.ReportOff(DataSourceErrorKind.InvalidData, "garbled");
        Assert.Equal(3, Lines().Count);
        Assert.All(Lines(), l => Assert.Contains("last known data is served", l.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("first\r\n  second\n", "first second")]
    [InlineData("\n\n", "")]
    [InlineData("a \u001b[2J b\u0085c\u2028d", "a [2J b c d")]
    [InlineData("two  blanks stay", "two  blanks stay")]
    public void What_others_say_becomes_one_line_that_moves_no_cursor(string said, string kept)
    {
        _status.ReportInterrupted(DataSourceErrorKind.NetworkError, said);
        Assert.Equal(kept, _status.Current.LastError!.Message);
        Assert.Equal($"The data source has delivered nothing yet and is retried. NetworkError: {kept}", Assert.Single(Lines()).Message);
    }

    [Fact]
    public void A_short_outage_is_no_error_and_the_next_one_is_told_again()
    {
        for (var i = 0; i < 2; i++)
        {
            _status.ReportInterrupted(DataSourceErrorKind.NetworkError, "x");
            _time.Advance(TimeSpan.FromSeconds(59));
            _status.ReportValid();
        }

        _time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal([LogLevel.Warning, LogLevel.Information, LogLevel.Warning, LogLevel.Information], Lines().Select(l => l.Level));
    }

    [Fact]
    public void What_retrying_will_not_mend_is_an_error_at_once_and_only_once()
    {
        _status.ReportInterrupted(DataSourceErrorKind.NetworkError, "x");
        _status.ReportUnexpected(DataSourceErrorKind.ErrorResponse, "wrong key", 401);
        _status.ReportUnexpected(DataSourceErrorKind.ErrorResponse, "wrong key", 401);
        Assert.Equal([LogLevel.Warning, LogLevel.Error], Lines().Select(l => l.Level));
    }

    [Fact]
    public async Task Closing_in_an_outage_says_nothing_more_and_the_end_of_the_source_does()
    {
        _status.ReportInterrupted(DataSourceErrorKind.NetworkError, "x");
        _status.Close();
        _time.Advance(TimeSpan.FromMinutes(5));
        Assert.Single(Lines());
        await _time.WithoutTimersAsync();

        var other = new DataSourceStatusManager(_time, _logger);
        other.ReportOff(DataSourceErrorKind.ErrorResponse, "gone", 410);
        Assert.Equal(LogLevel.Error, Lines()[^1].Level);
    }

    [Fact]
    public void A_logger_that_throws_does_not_reach_the_source()
    {
        var status = new DataSourceStatusManager(_time, new ThrowingLogger());
        status.ReportInterrupted(DataSourceErrorKind.NetworkError, "x");
        _time.Advance(TimeSpan.FromMinutes(2));
        status.ReportValid();
        Assert.Equal(DataSourceState.Valid, status.Current.State);
    }

    [Fact]
    public async Task Reports_from_many_threads_leave_a_state_that_one_of_them_made()
    {
        await Task.WhenAll(Enumerable.Range(0, 4).Select(n => Task.Run(
            () =>
            {
                for (var i = 0; i < 2000; i++)
                {
                    if ((i + n) % 3 == 0)
                    {
                        _status.ReportInterrupted(DataSourceErrorKind.NetworkError, "x");
                    }
                    else
                    {
                        _status.ReportValid();
                    }

                    Assert.True(_status.Current.State is not DataSourceState.Off);
                }
            },
            Token))).WaitAsync(Bound, Token);
        _status.ReportOff(DataSourceErrorKind.Unknown, "end");
        Assert.Equal(DataSourceState.Off, _status.Current.State);
        await _time.WithoutTimersAsync();
    }

    private List<FakeLogRecord> Lines() => [.. _logger.Collector.GetSnapshot().Where(r => r.Level > LogLevel.Debug)];

    /// <summary>Fake time that knows which of its timers have not been disposed.</summary>
    private sealed class CountingTimeProvider : FakeTimeProvider
    {
        private readonly Journal<int> _live = new();
        private readonly Lock _gate = new();
        private int _count;

        /// <summary>Waits until no timer is left: a wait is over a moment before its timer is gone.</summary>
        public Task WithoutTimersAsync() => _live.UntilAsync(counts => counts.Count == 0 || counts[^1] == 0);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Count(1);
            return new CountedTimer(this, base.CreateTimer(callback, state, dueTime, period));
        }

        private void Count(int change)
        {
            lock (_gate)
            {
                _count += change;
                _live.Add(_count);
            }
        }

        private sealed class CountedTimer(CountingTimeProvider owner, ITimer inner) : ITimer
        {
            private int _disposed;

            public bool Change(TimeSpan dueTime, TimeSpan period) => inner.Change(dueTime, period);

            public void Dispose()
            {
                if (Interlocked.Exchange(ref _disposed, 1) == 0)
                {
                    owner.Count(-1);
                }

                inner.Dispose();
            }

            public ValueTask DisposeAsync()
            {
                Dispose();
                return default;
            }
        }
    }
}
