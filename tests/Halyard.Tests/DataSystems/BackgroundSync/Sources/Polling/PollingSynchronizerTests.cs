using System.Net;
using System.Text;
using Halyard.Tests.Support;
using Microsoft.Extensions.Logging;

namespace Halyard.Tests;

public sealed class PollingSynchronizerTests : IAsyncDisposable
{
    private const string First = """{"flags":{"a":{"key":"a","version":1}},"segments":{},"more":[1]}""";
    private const string Second = """{"flags":{"a":{"key":"a","version":2}}}""";

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    private readonly SourceFixture _it = new();

    public ValueTask DisposeAsync() => _it.DisposeAsync();

    [Fact]
    public async Task The_first_poll_is_at_once_and_the_next_after_the_interval()
    {
        _it.Service.ThenJson(First).ThenJson(Second);
        await _it.PollAsync();
        Assert.Equal("init a:1", await _it.Destination.TextAsync(1));
        await _it.Time.PassAsync(Interval);
        Assert.Equal("init a:2", await _it.Destination.TextAsync(2));
        await _it.Status.Reports.EntryAsync(2);
        Assert.Equal(["valid", "valid"], _it.Status.Reports.Entries);
        var request = await _it.Service.Requests.EntryAsync(1);
        Assert.Equal("http://flags.test/base/sdk/latest-all", request.RequestUri!.AbsoluteUri);
        Assert.Contains("gzip", request.Headers.AcceptEncoding.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_interval_counts_from_start_to_start()
    {
        _it.Service.Then(() =>
        {
            _it.Time.Advance(TimeSpan.FromSeconds(12));
            return new HttpResponseMessage { Content = new StringContent(First) };
        });
        await _it.PollAsync();
        await _it.Time.PassAsync(TimeSpan.FromSeconds(18));
        await _it.Service.Requests.EntryAsync(2);
    }

    [Fact]
    public async Task A_tag_is_sent_back_and_not_modified_confirms_the_data()
    {
        _it.Service.ThenJson(First, "\"one\"").Then(HttpStatusCode.NotModified).ThenJson(Second).ThenJson(First, "W/\"weak\"");
        await _it.PollAsync();
        for (var i = 1; i <= 4; i++)
        {
            await _it.Time.PassAsync(Interval, i);
        }

        await _it.Service.Requests.EntryAsync(5);
        Assert.Equal(["", "\"one\"", "\"one\"", "", "W/\"weak\""], _it.Service.Requests.Entries.Select(r => r.Headers.IfNoneMatch.ToString()));
        Assert.Equal(["valid", "valid", "valid", "valid"], _it.Status.Reports.Entries);
        Assert.Equal(3, _it.Destination.Writes.Count);
    }

    [Theory]
    [InlineData("""{"flags":""")]
    [InlineData("""{"flags":[{"key":"a","version":7}]}""")]
    [InlineData("""{"flags":null}""")]
    [InlineData("""{"flags":{},"segments":[]}""")]
    [InlineData("")]
    [InlineData("<html>welcome to the hotel</html>")]
    [InlineData("""{"message":"no upstream"}""")]
    [InlineData("{}")]
    [InlineData("""{"segments":{}}""")]
    public async Task A_bad_body_keeps_the_data_and_the_tag_of_the_last_good_one(string bad)
    {
        _it.Service.ThenJson(First, "\"one\"").ThenJson(bad, "\"two\"").ThenJson(Second, "\"two\"");
        await _it.PollAsync();
        for (var i = 1; i <= 3; i++)
        {
            await _it.Time.PassAsync(Interval, i);
        }

        await _it.Service.Requests.EntryAsync(4);
        Assert.Equal(["", "\"one\"", "\"one\"", "\"two\""], _it.Service.Requests.Entries.Select(r => r.Headers.IfNoneMatch.ToString()));
        Assert.Equal(["valid", "interrupted InvalidData", "valid"], _it.Status.Reports.Entries);
        Assert.Equal("init a:2", await _it.Destination.TextAsync(2));
    }

    [Fact]
    public async Task A_destination_that_fails_does_not_earn_the_tag()
    {
        _it.Service.ThenJson(First, "\"one\"").ThenJson(First, "\"one\"");
        _it.Destination.Fault = new InvalidOperationException("disk full");
        await _it.PollAsync();
        Assert.Equal("interrupted StoreError", await _it.Status.Reports.EntryAsync(1));
        _it.Destination.Fault = null;
        await _it.Time.PassAsync(Interval);
        Assert.Equal("init a:1", await _it.Destination.TextAsync(1));
        Assert.Empty(_it.Service.Requests.Entries[1].Headers.IfNoneMatch);
    }

    [Fact]
    public async Task Not_modified_without_data_is_an_error()
    {
        _it.Service.Then(HttpStatusCode.NotModified);
        await _it.PollAsync();
        Assert.Equal("interrupted ErrorResponse 304", await _it.Status.Reports.EntryAsync(1));
    }

    [Fact]
    public async Task Failures_that_pass_go_on_at_the_interval()
    {
        _it.Service.ThenFail(new HttpRequestException("refused")).Then(HttpStatusCode.InternalServerError).Then(HttpStatusCode.NoContent).ThenJson(First);
        await _it.PollAsync();
        for (var i = 1; i <= 3; i++)
        {
            await _it.Time.PassAsync(Interval, i);
        }

        await _it.Status.Reports.EntryAsync(4);
        Assert.Equal(
            ["interrupted NetworkError", "interrupted ErrorResponse 500", "interrupted ErrorResponse 204", "valid"], _it.Status.Reports.Entries);
    }

    [Fact]
    public async Task An_unexpected_status_is_retried_slowly_until_two_good_polls()
    {
        _it.Service.Then(HttpStatusCode.Unauthorized).Then(HttpStatusCode.Unauthorized).ThenJson(First).Then(HttpStatusCode.Unauthorized)
            .ThenJson(First).ThenJson(First).Then(HttpStatusCode.Unauthorized);
        await _it.PollAsync();
        await _it.Time.PassAsync(TimeSpan.FromMinutes(5));
        await _it.Time.PassAsync(TimeSpan.FromMinutes(10));
        await _it.Time.PassAsync(Interval);
        // One good poll was not enough to forget.
        await _it.Time.PassAsync(TimeSpan.FromMinutes(20));
        await _it.Time.PassAsync(Interval, 2);
        await _it.Time.PassAsync(Interval, 3);
        await _it.Time.PassAsync(TimeSpan.FromMinutes(5), 2);
        await _it.Service.Requests.EntryAsync(8);
        Assert.Equal(4, _it.Status.Reports.Entries.Count(r => r == "unexpected ErrorResponse 401"));
    }

    [Fact]
    public async Task The_policy_stop_ends_in_off_at_an_unexpected_status()
    {
        _it.Service.Then(HttpStatusCode.Forbidden);
        await _it.PollAsync(o => o.UnexpectedStatus = UnexpectedStatusPolicy.Stop);
        Assert.Equal("off ErrorResponse 403", await _it.Status.Reports.EntryAsync(1));
        _it.Time.Advance(TimeSpan.FromDays(1));
        Assert.Equal(1, _it.Service.Requests.Count);
    }

    [Fact]
    public async Task Retry_after_counts_from_the_answer()
    {
        _it.Service.Then(HttpStatusCode.TooManyRequests, r =>
        {
            _it.Time.Advance(TimeSpan.FromSeconds(5));
            r.Headers.TryAddWithoutValidation("Retry-After", "100");
        });
        await _it.PollAsync();
        await _it.Time.PassAsync(TimeSpan.FromSeconds(100));
        await _it.Service.Requests.EntryAsync(2);
    }

    [Fact]
    public async Task A_short_interval_is_raised_with_one_warning_unless_it_is_allowed()
    {
        _it.Service.ThenJson(First);
        await _it.PollAsync(o => o.Interval = TimeSpan.FromSeconds(1));
        await _it.Time.PassAsync(Interval);
        await _it.Service.Requests.EntryAsync(2);
        Assert.Single(_it.Log.Collector.GetSnapshot(), r => r.Level == LogLevel.Warning);

        var quick = new SourceFixture();
        await using (quick.ConfigureAwait(true))
        {
            quick.Service.ThenJson(First);
            await quick.PollAsync(o => (o.Interval, o.AllowShortIntervals) = (TimeSpan.FromMilliseconds(50), true));
            await quick.Time.PassAsync(TimeSpan.FromMilliseconds(50));
            await quick.Service.Requests.EntryAsync(2);
            Assert.DoesNotContain(quick.Log.Collector.GetSnapshot(), r => r.Level == LogLevel.Warning);
        }
    }

    [Fact]
    public async Task A_body_over_the_limit_is_invalid_data()
    {
        _it.Service.ThenJson(First + new string(' ', 200_000));
        await _it.PollAsync(o => o.MaxBodyBytes = 100_000);
        Assert.Equal("interrupted InvalidData", await _it.Status.Reports.EntryAsync(1));
        Assert.Contains("100000", _it.Status.Messages.Entries[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_of_exactly_the_limit_and_one_with_a_byte_order_mark_are_read()
    {
        var exact = First.PadRight(100_000);
        _it.Service.ThenJson(exact).ThenJson("\uFEFF" + Second);
        await _it.PollAsync(o => o.MaxBodyBytes = 100_000);
        Assert.Equal("init a:1", await _it.Destination.TextAsync(1));
        await _it.Time.PassAsync(Interval);
        Assert.Equal("init a:2", await _it.Destination.TextAsync(2));
    }

    [Fact]
    public async Task A_body_that_pauses_for_too_long_is_given_up()
    {
        _it.Service.ThenStream(out var body);
        await _it.PollAsync();
        await body.WriteAsync(Encoding.UTF8.GetBytes(First[..10]), TestContext.Current.CancellationToken);
        await _it.Time.PassAsync(TimeSpan.FromSeconds(10));
        Assert.Equal("interrupted NetworkError", await _it.Status.Reports.EntryAsync(1));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-5)]
    public void An_interval_must_be_above_zero(int seconds)
    {
        var options = new PollingOptions { Interval = TimeSpan.FromSeconds(seconds) };
        var error = Assert.Throws<ArgumentException>(() => options.Validate(_it.Options));
        Assert.Contains("Interval", error.Message, StringComparison.Ordinal);
    }
}
