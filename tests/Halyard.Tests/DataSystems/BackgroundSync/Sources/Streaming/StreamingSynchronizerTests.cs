using System.IO.Pipelines;
using System.Net;
using System.Security.Authentication;
using System.Text;
using Halyard.Http;
using Halyard.Model;
using Halyard.Tests.Support;
using Microsoft.Extensions.Logging;

namespace Halyard.Tests;

public sealed class StreamingSynchronizerTests : IAsyncDisposable
{
    private const string Put = "event: put\ndata: {\"path\":\"/\",\"data\":{\"flags\":{\"a\":{\"key\":\"a\",\"version\":1}},\"segments\":{}}}\n\n";
    private const string Patch = "event: patch\ndata: {\"path\":\"/flags/a\",\"data\":{\"key\":\"a\",\"version\":2}}\n\n";
    private const string Delete = "event: delete\ndata: {\"path\":\"/segments/s\",\"version\":3}\n\n";

    private readonly SourceFixture _it = new();

    public ValueTask DisposeAsync() => _it.DisposeAsync();

    [Fact]
    public async Task Events_are_written_in_order_and_each_confirms_the_data()
    {
        _it.Service.ThenStream(out var stream);
        await _it.StreamAsync();
        await WriteAsync(stream, Put + Patch + Delete);
        Assert.Equal("init a:1", await _it.Destination.TextAsync(1));
        Assert.Equal("flag a:2", await _it.Destination.TextAsync(2));
        Assert.Equal("segment s:3 deleted", await _it.Destination.TextAsync(3));
        await _it.Status.Reports.EntryAsync(3);
        Assert.Equal(["valid", "valid", "valid"], _it.Status.Reports.Entries);
    }

    [Fact]
    public async Task The_request_is_for_the_stream_under_the_base_with_the_filter()
    {
        _it.Service.ThenStream(out _);
        await _it.StreamAsync(o => o.PayloadFilter = "team-1");
        var request = await _it.Service.Requests.EntryAsync(1);
        Assert.Equal("http://flags.test/base/all?filter=team-1", request.RequestUri!.AbsoluteUri);
        Assert.Equal("text/event-stream", request.Headers.Accept.ToString());
        Assert.Equal("no-cache", request.Headers.CacheControl!.ToString());
        Assert.Empty(request.Headers.AcceptEncoding);
    }

    [Fact]
    public async Task An_invalid_filter_is_one_error_in_the_log_and_left_out()
    {
        _it.Service.ThenStreamOf("").ThenStream(out _);
        await _it.StreamAsync(o => o.PayloadFilter = "no good");
        await _it.Time.PassAsync(Seconds(1));
        var request = await _it.Service.Requests.EntryAsync(2);
        Assert.Equal("http://flags.test/base/all", request.RequestUri!.AbsoluteUri);
        Assert.Single(_it.Log.Collector.GetSnapshot(), r => r.Level == LogLevel.Error);
    }

    [Fact]
    public async Task Reconnects_wait_longer_and_longer()
    {
        _it.Service.ThenFail(new HttpRequestException("refused")).Then(HttpStatusCode.BadRequest).Then(HttpStatusCode.RequestTimeout)
            .Then(HttpStatusCode.TooManyRequests).Then(HttpStatusCode.BadGateway).ThenFail(new IOException("reset"))
            .ThenFail(new IOException("reset"));
        await _it.StreamAsync();
        foreach (var (seconds, times) in new[] { (1, 1), (2, 1), (4, 1), (8, 1), (16, 1), (30, 1), (30, 2) })
        {
            await _it.Time.PassAsync(Seconds(seconds), times);
        }

        await _it.Service.Requests.EntryAsync(8);
        Assert.Equal(
            ["interrupted NetworkError", "interrupted ErrorResponse 400", "interrupted ErrorResponse 408", "interrupted ErrorResponse 429",
             "interrupted ErrorResponse 502", "interrupted NetworkError", "interrupted NetworkError"],
            _it.Status.Reports.Entries);
    }

    [Theory]
    [InlineData(59, 2)]
    [InlineData(60, 1)]
    public async Task The_delay_starts_over_after_60_good_seconds_counted_from_the_first_event(int good, int expected)
    {
        _it.Service.ThenFail(new IOException("reset")).ThenStream(out var stream);
        await _it.StreamAsync();
        await _it.Time.PassAsync(Seconds(1));
        await _it.Service.Requests.EntryAsync(2);
        // Comments keep a connection alive, and do not prove that it is good.
        await WriteAsync(stream, ": hello\n\n");
        _it.Time.Advance(Seconds(120));
        await WriteAsync(stream, Put);
        await _it.Destination.TextAsync(1);
        await _it.Status.Reports.UntilAsync(all => all[^1] == "valid");
        _it.Time.Advance(Seconds(good));
        var timers = _it.Time.Timers.Count;
        await stream.CompleteAsync();
        await _it.Time.Timers.UntilAsync(all => all.Skip(timers).Contains(Seconds(expected)));
        // A stream that was good for so long was closed in the course of things, which is no news.
        Assert.Equal(expected == 1 ? 2 : 3, _it.Status.Reports.Count);
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(404)]
    public async Task An_unexpected_status_is_retried_slowly_with_one_error_in_the_log(int status)
    {
        _it.Service.Then((HttpStatusCode)status).Then((HttpStatusCode)status).ThenFail(new IOException("reset")).ThenStreamOf(Put);
        await _it.StreamAsync();
        await _it.Time.PassAsync(Seconds(300));
        await _it.Time.PassAsync(Seconds(600));
        await _it.Time.PassAsync(Seconds(1200));
        Assert.Equal("init a:1", await _it.Destination.TextAsync(1));
        await _it.Status.Reports.EntryAsync(4);
        Assert.Equal(
            [$"unexpected ErrorResponse {status}", $"unexpected ErrorResponse {status}", "interrupted NetworkError", "valid"],
            _it.Status.Reports.Entries.Take(4));
        Assert.Single(_it.Log.Collector.GetSnapshot(), r => r.Level == LogLevel.Error && r.Message.Contains($"{status}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_policy_stop_ends_in_off_at_an_unexpected_status()
    {
        _it.Service.Then(HttpStatusCode.ServiceUnavailable).Then(HttpStatusCode.Unauthorized);
        await _it.StreamAsync(o => o.UnexpectedStatus = UnexpectedStatusPolicy.Stop);
        await _it.Time.PassAsync(Seconds(1));
        await _it.Status.Reports.EntryAsync(2);
        Assert.Equal(["interrupted ErrorResponse 503", "off ErrorResponse 401"], _it.Status.Reports.Entries);
        _it.Time.Advance(TimeSpan.FromDays(1));
        Assert.Equal(2, _it.Service.Requests.Count);
        Assert.Contains("SDK key", (await _it.Status.Messages.EntryAsync(2)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, 300, "unexpected NetworkError")]
    [InlineData(false, 1, "interrupted NetworkError")]
    public async Task A_failure_of_TLS_is_retried_slowly_unless_told_otherwise(bool slowly, int seconds, string report)
    {
        _it.Service.ThenFail(new HttpRequestException("no", new AuthenticationException("untrusted root")));
        await _it.StreamAsync(o => o.RetryTlsFailuresSlowly = slowly);
        await _it.Time.PassAsync(Seconds(seconds));
        await _it.Service.Requests.EntryAsync(2);
        Assert.Equal([report], _it.Status.Reports.Entries);
        Assert.Contains("untrusted root", _it.Status.Messages.Entries[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(429, "120", 120)]
    [InlineData(503, "45", 45)]
    [InlineData(503, "999999", 3600)]
    [InlineData(503, "0", 1)]
    [InlineData(503, "soon", 1)]
    [InlineData(503, "Thu, 01 Jan 2026 00:01:30 GMT", 90)]
    [InlineData(503, "Thu, 01 Jan 2015 00:01:30 GMT", 1)]
    [InlineData(500, "120", 1)]
    public async Task Retry_after_is_a_lower_bound_of_at_most_an_hour(int status, string value, int expected)
    {
        _it.Service.Then((HttpStatusCode)status, r => r.Headers.TryAddWithoutValidation("Retry-After", value));
        await _it.StreamAsync();
        await _it.Time.PassAsync(Seconds(expected));
        await _it.Service.Requests.EntryAsync(2);
    }

    [Fact]
    public async Task A_stream_without_a_byte_for_5_minutes_is_dead()
    {
        _it.Service.ThenStream(out var stream);
        await _it.StreamAsync();
        await WriteAsync(stream, Put);
        await _it.Status.Reports.EntryAsync(1);
        _it.Time.Advance(Seconds(299));
        // Part of a comment is a sign of life, though no event.
        await WriteAsync(stream, ":");
        await WriteAsync(stream, " alive\n\n" + Patch);
        await _it.Status.Reports.EntryAsync(2);
        _it.Time.Advance(Seconds(299));
        Assert.Equal(["valid", "valid"], _it.Status.Reports.Entries);
        _it.Time.Advance(Seconds(1));
        Assert.Equal("interrupted NetworkError", await _it.Status.Reports.EntryAsync(3));
        Assert.Contains("300 seconds", _it.Status.Messages.Entries[0], StringComparison.Ordinal);
        await _it.Time.PassAsync(Seconds(1));
        await _it.Service.Requests.EntryAsync(2);
    }

    [Fact]
    public async Task A_service_that_does_not_answer_is_given_up_in_time()
    {
        await _it.StreamAsync();
        await _it.Time.PassAsync(Seconds(20));
        Assert.Equal("interrupted NetworkError", await _it.Status.Reports.EntryAsync(1));
        await _it.Time.PassAsync(Seconds(1));
        await _it.Service.Requests.EntryAsync(2);
    }

    [Theory]
    [InlineData("event: put\ndata: {\"path\":\"/\",\"data\":{\"flags\":\n\n")]
    [InlineData("event: patch\ndata: {\"path\":\"/flags/a\",\"data\":[1]}\n\n")]
    [InlineData("event: put\ndata: {\"path\":\"/\",\"data\":{\"message\":\"no upstream\"}}\n\n")]
    [InlineData("event: put\ndata: {\"path\":\"/\",\"data\":{\"segments\":{}}}\n\n")]
    [InlineData("event: delete\ndata: null\n\n")]
    public async Task Malformed_data_leaves_the_store_alone_and_reconnects(string bad)
    {
        _it.Service.ThenStreamOf(Put + bad + Patch).ThenStreamOf(Put);
        await _it.StreamAsync();
        Assert.Equal("interrupted InvalidData", await _it.Status.Reports.EntryAsync(2));
        Assert.Equal(1, _it.Destination.Writes.Count);
        await _it.Time.PassAsync(Seconds(1));
        Assert.Equal("init a:1", await _it.Destination.TextAsync(2));
    }

    [Fact]
    public async Task An_item_that_cannot_be_understood_leaves_the_stream_open_and_the_next_changes_arrive()
    {
        _it.Service.ThenStreamOf(
            Put.Replace("\"a\":{", "\"bad\":{\"key\":\"bad\",\"version\":\"x\"},\"a\":{", StringComparison.Ordinal)
            + "event: patch\ndata: {\"path\":\"/flags/a\",\"data\":{\"key\":\"a\",\"version\":3,\"rules\":7}}\n\n" + Patch);
        await _it.StreamAsync();
        Assert.Equal("flag a:2", await _it.Destination.TextAsync(3));
        var set = Assert.IsType<DataSet>(_it.Destination.Writes.Entries[0]);
        Assert.Equal(("a", "bad"), (set.Flags.Single().Key, set.Quarantined.Single().Key));
        Assert.Equal(3, Assert.IsType<MalformedItem>(_it.Destination.Writes.Entries[1]).Version);
        await _it.Status.Reports.EntryAsync(3);
        Assert.Equal(["valid", "valid", "valid"], _it.Status.Reports.Entries.Take(3));
    }

    [Fact]
    public async Task Unknown_events_are_ignored_and_a_patch_may_come_first()
    {
        _it.Service.ThenStreamOf("event: brand-new\ndata: {{{\n\nevent: put\ndata: {\"path\":\"/elsewhere\",\"data\":1}\n\n" + Patch);
        await _it.StreamAsync();
        Assert.Equal("flag a:2", await _it.Destination.TextAsync(1));
    }

    [Theory]
    [InlineData(204, "interrupted ErrorResponse 204")]
    [InlineData(202, "interrupted ErrorResponse 202")]
    [InlineData(200, "interrupted InvalidData")]
    public async Task A_success_that_is_no_stream_is_an_error(int status, string report)
    {
        _it.Service.Then((HttpStatusCode)status);
        await _it.StreamAsync();
        Assert.Equal(report, await _it.Status.Reports.EntryAsync(1));
    }

    [Fact]
    public async Task A_destination_that_fails_is_a_store_error_and_gets_the_data_again()
    {
        _it.Service.ThenStreamOf(Put).ThenStreamOf(Put);
        _it.Destination.Fault = new InvalidOperationException("disk full");
        await _it.StreamAsync();
        Assert.Equal("interrupted StoreError", await _it.Status.Reports.EntryAsync(1));
        _it.Destination.Fault = null;
        await _it.Time.PassAsync(Seconds(1));
        Assert.Equal("init a:1", await _it.Destination.TextAsync(1));
    }

    [Fact]
    public async Task The_environment_id_is_kept()
    {
        _it.Service.Then(() =>
        {
            var response = new HttpResponseMessage { Content = new StringContent(Put, Encoding.UTF8, "text/event-stream") };
            response.Headers.Add("X-LD-EnvID", "env-7");
            return response;
        });
        await _it.StreamAsync();
        await _it.Status.Reports.EntryAsync(1);
        Assert.Equal("env-7", _it.Environment.Id);
    }

    [Fact]
    public async Task Each_attempt_to_open_the_stream_is_noted_with_its_time_and_outcome()
    {
        var start = _it.Time.GetUtcNow().ToUnixTimeMilliseconds();
        _it.Service.ThenFail(new HttpRequestException("refused")).ThenStreamOf("event: put\ndata: {\n\n").ThenStream(out var stream);
        await _it.StreamAsync();
        await _it.Time.PassAsync(Seconds(1));
        await _it.Time.PassAsync(Seconds(2));
        await _it.Service.Requests.EntryAsync(3);
        _it.Time.Advance(TimeSpan.FromMilliseconds(40));
        await WriteAsync(stream, Put + Patch);
        await _it.Status.Reports.EntryAsync(4);
        Assert.Equal([new(start, 0, true), new(start + 1_000, 0, true), new(start + 3_000, 40, false)], _it.Inits.Take());
        Assert.Empty(_it.Inits.Take());
    }

    [Fact]
    public void Of_many_attempts_to_open_a_stream_the_newest_are_kept()
    {
        for (var i = 0; i < StreamInits.Most + 5; i++)
        {
            _it.Inits.Add(_it.Time.GetTimestamp(), failed: true);
            _it.Time.Advance(Seconds(1));
        }

        var kept = _it.Inits.Take();
        Assert.Equal(StreamInits.Most, kept.Count);
        Assert.Equal(_it.Time.GetUtcNow().AddSeconds(-StreamInits.Most).ToUnixTimeMilliseconds(), kept.First().Timestamp);
    }

    [Fact]
    public async Task A_second_start_does_nothing()
    {
        _it.Service.ThenStream(out var stream).ThenStream(out _);
        var source = await _it.StreamAsync();
        await source.StartAsync(_it.Destination, null, TestContext.Current.CancellationToken);
        await WriteAsync(stream, Put);
        await _it.Status.Reports.EntryAsync(1);
        Assert.Equal(1, _it.Service.Requests.Count);
    }

    [Fact]
    public async Task Disposal_ends_a_wait_a_read_and_a_source_that_never_started()
    {
        _it.Service.Then(HttpStatusCode.Unauthorized);
        await _it.StreamAsync();
        await _it.Time.Timers.UntilAsync(all => all.Contains(Seconds(300)));
        await _it.DisposeAsync();
        await _it.DisposeAsync();
        Assert.Equal(["unexpected ErrorResponse 401"], _it.Status.Reports.Entries);

        var reading = new SourceFixture();
        await using (reading.ConfigureAwait(true))
        {
            reading.Service.ThenStream(out var stream);
            await reading.StreamAsync();
            await WriteAsync(stream, Put);
            await reading.Status.Reports.EntryAsync(1);
            await reading.DisposeAsync();
            Assert.Equal(["valid"], reading.Status.Reports.Entries);
            await reading.Source.StartAsync(reading.Destination, null, TestContext.Current.CancellationToken);
            Assert.Equal(1, reading.Service.Requests.Count);
        }
    }

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);

    private static async Task WriteAsync(PipeWriter stream, string text) =>
        await stream.WriteAsync(Encoding.UTF8.GetBytes(text), TestContext.Current.CancellationToken);
}
