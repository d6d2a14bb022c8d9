using System.IO.Pipelines;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Halyard.Tests.Support;
using Microsoft.Extensions.Logging;

namespace Halyard.Tests;

public sealed class Fdv2StreamingSynchronizerTests : IAsyncDisposable
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly SourceFixture _it = new();

    public ValueTask DisposeAsync() => _it.DisposeAsync();

    [Fact]
    public async Task A_transfer_becomes_one_write_and_changes_follow_without_an_intent()
    {
        _it.Service.ThenStream(out var stream);
        await _it.Fdv2StreamAsync();
        await SendAsync(stream, WireEvent.Full, WireEvent.Put("a", 1), new("heartbeat", "{}"), WireEvent.Put("s", 2, "segment"));
        await _it.Service.Requests.EntryAsync(1);
        Assert.Equal(0, _it.Destination.Writes.Count);
        await SendAsync(stream, WireEvent.Transferred("one", 1));
        Assert.Equal("full flag a:1 segment s:2 @one:1", await _it.Destination.TextAsync(1));
        await SendAsync(stream, WireEvent.Delete("a", 3), WireEvent.Transferred("two", 2));
        Assert.Equal("partial flag a:3 deleted @two:2", await _it.Destination.TextAsync(2));
        await _it.Status.Reports.EntryAsync(2);
        Assert.Equal(["valid", "valid"], _it.Status.Reports.Entries);
        Assert.True(_it.Status.Progress >= 3);
        Assert.Equal("http://flags.test/base/sdk/stream", _it.Service.Requests.Entries[0].RequestUri!.AbsoluteUri);
    }

    [Fact]
    public async Task An_object_that_cannot_be_understood_is_part_of_its_transfer_and_the_stream_stays_open()
    {
        _it.Service.ThenStream(out var stream);
        await _it.Fdv2StreamAsync();
        await SendAsync(
            stream, WireEvent.Full, new("put-object", """{"version":4,"kind":"flag","key":"bad","object":{"key":"bad","version":1,"on":7}}"""),
            WireEvent.Put("a", 1), WireEvent.Transferred("one", 1));
        Assert.Equal("full flag bad:4 flag a:1 @one:1", await _it.Destination.TextAsync(1));
        await SendAsync(stream, WireEvent.Put("a", 2), WireEvent.Transferred("two", 2));
        Assert.Equal("partial flag a:2 @two:2", await _it.Destination.TextAsync(2));
        Assert.Single(_it.Service.Requests.Entries);
        await _it.Status.Reports.EntryAsync(2);
        Assert.Equal(["valid", "valid"], _it.Status.Reports.Entries);
    }

    [Fact]
    public async Task Every_connection_asks_for_what_has_changed_since_the_state_held()
    {
        _it.Service
            .ThenStreamOf(WireEvent.Stream(WireEvent.Full, WireEvent.Put("a", 1), WireEvent.Transferred("(p:1 &:5)"), WireEvent.Changes, WireEvent.Put("b", 2)))
            .ThenStreamOf(WireEvent.Stream(WireEvent.UpToDate))
            .ThenStreamOf(WireEvent.Stream(WireEvent.Full, WireEvent.Transferred("")))
            .ThenStreamOf("");
        await _it.Fdv2StreamAsync(o => o.PayloadFilter = "f1", new("held", 3));
        await _it.Time.PassAsync(Second);
        await _it.Time.PassAsync(2 * Second);
        await _it.Time.PassAsync(4 * Second);
        await _it.Service.Requests.EntryAsync(4);
        Assert.Equal(
            [
                "?filter=f1&basis=held",
                "?filter=f1&basis=%28p%3A1%20%26%3A5%29",
                "?filter=f1&basis=%28p%3A1%20%26%3A5%29",
                "?filter=f1",
            ],
            _it.Service.Requests.Entries.Select(r => r.RequestUri!.Query));
        Assert.Equal(["full flag a:1 @(p:1 &:5):1", "none", "full"], _it.Destination.Writes.Entries.Select(w => RecordingDestination.ChangeSetText((ChangeSet)w)));
    }

    [Fact]
    public async Task A_state_that_was_not_stored_is_not_claimed()
    {
        _it.Service.ThenStreamOf(WireEvent.Stream(WireEvent.Full, WireEvent.Put("a", 1), WireEvent.Transferred("one"))).ThenStreamOf("");
        _it.Destination.Fault = new InvalidOperationException("full");
        await _it.Fdv2StreamAsync();
        await _it.Time.PassAsync(Second);
        Assert.Equal("", (await _it.Service.Requests.EntryAsync(2)).RequestUri!.Query);
        Assert.Equal("interrupted StoreError", _it.Status.Reports.Entries[0]);
    }

    [Theory]
    [InlineData("event: payload-transferred\ndata: {\"state\":\"s\",\"version\":1}\n\n")]
    [InlineData("event: server-intent\ndata: {\"payloads\":[{\"intentCode\":\"xfer-magic\"}]}\n\n")]
    [InlineData("event: server-intent\ndata: {\"payloads\":[]}\n\n")]
    [InlineData("event: put-object\ndata: {\n\n")]
    public async Task A_broken_order_or_malformed_data_drops_the_connection_and_connects_again(string broken)
    {
        _it.Service.ThenStream(out var first).ThenStreamOf(WireEvent.Stream(WireEvent.Changes, WireEvent.Put("b", 2), WireEvent.Transferred("two", 2)));
        await _it.Fdv2StreamAsync();
        await SendAsync(first, WireEvent.Full, WireEvent.Put("a", 1), WireEvent.Transferred("one"));
        await _it.Destination.TextAsync(1);
        if (broken.Contains("payload-transferred", StringComparison.Ordinal))
        {
            // After a commit the connection expects changes; an unknown intent makes it expect nothing.
            await SendAsync(first, WireEvent.Intent("xfer-magic"));
        }

        await first.WriteAsync(Encoding.UTF8.GetBytes(broken), TestContext.Current.CancellationToken);
        await _it.Time.PassAsync(Second);
        Assert.Equal("partial flag b:2 @two:2", await _it.Destination.TextAsync(2));
        Assert.Equal(["valid", "interrupted InvalidData", "valid"], _it.Status.Reports.Entries.Take(3));
        Assert.Equal("?basis=one", _it.Service.Requests.Entries[1].RequestUri!.Query);
    }

    [Fact]
    public async Task An_error_event_drops_the_transfer_and_keeps_the_connection()
    {
        _it.Service.ThenStream(out var stream);
        await _it.Fdv2StreamAsync();
        await SendAsync(stream, WireEvent.Full, WireEvent.Put("a", 1), WireEvent.Error("lost track"), WireEvent.Put("b", 2), WireEvent.Transferred("one"));
        Assert.Equal("full flag b:2 @one:1", await _it.Destination.TextAsync(1));
        await _it.Status.Reports.EntryAsync(1);
        Assert.Equal(["valid"], _it.Status.Reports.Entries);
        Assert.Equal(1, _it.Service.Requests.Count);
        Assert.Contains(_it.Log.Collector.GetSnapshot(), r => r.Level == LogLevel.Information && r.Message.Contains("lost track", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_goodbye_of_a_good_connection_is_no_outage()
    {
        _it.Service
            .ThenStreamOf(WireEvent.Stream(WireEvent.Full, WireEvent.Transferred("one"), WireEvent.Put("a", 1), WireEvent.Goodbye("drained"), WireEvent.Transferred("two")))
            .ThenStreamOf(WireEvent.Stream(WireEvent.UpToDate, WireEvent.Goodbye()))
            .ThenStreamOf(WireEvent.Stream(WireEvent.Goodbye("no room")))
            .ThenStreamOf("");
        await _it.Fdv2StreamAsync();
        await _it.Time.PassAsync(Second);
        await _it.Time.PassAsync(2 * Second);
        await _it.Time.PassAsync(4 * Second);
        await _it.Service.Requests.EntryAsync(4);
        Assert.Equal(["?basis=one", "?basis=one"], _it.Service.Requests.Entries.Skip(1).Take(2).Select(r => r.RequestUri!.Query));

        // One that brought nothing but a goodbye is.
        Assert.Equal(["valid", "valid", "interrupted NetworkError"], _it.Status.Reports.Entries.Take(3));
        Assert.Contains("no room", _it.Status.Messages.Entries[0], StringComparison.Ordinal);
        Assert.Contains(_it.Log.Collector.GetSnapshot(), r => r.Level == LogLevel.Information && r.Message.Contains("drained", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_item_of_an_unknown_kind_is_left_out_with_a_warning()
    {
        _it.Service.ThenStream(out var stream);
        await _it.Fdv2StreamAsync();
        await SendAsync(stream, WireEvent.Full, WireEvent.Put("e", 1, "experiment"), WireEvent.Put("a", 2), WireEvent.Transferred("one"));
        Assert.Equal("full flag a:2 @one:1", await _it.Destination.TextAsync(1));
        Assert.Contains(_it.Log.Collector.GetSnapshot(), r => r.Level == LogLevel.Warning && r.Message.Contains("experiment", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("true", null, 3600)]
    [InlineData("True", "90", 90)]
    [InlineData("TRUE", "0", 0)]
    [InlineData("true", "soon", 3600)]
    [InlineData("true", "-5", 3600)]
    [InlineData("true", "1.5", 3600)]
    public async Task An_order_with_an_answer_of_any_status_ends_the_source(string value, string? ttl, int seconds)
    {
        _it.Service.Then((HttpStatusCode)(seconds == 90 ? 503 : seconds == 0 ? 401 : 500), r => Order(r, value, ttl));
        await _it.Fdv2StreamAsync();
        Assert.Equal($"ordered {seconds}", await _it.Status.Reports.EntryAsync(1));
        Assert.Equal(1, _it.Service.Requests.Count);
    }

    [Fact]
    public async Task A_header_of_another_value_is_no_order()
    {
        _it.Service.Then(HttpStatusCode.InternalServerError, r => Order(r, "false", "60"));
        await _it.Fdv2StreamAsync();
        Assert.Equal("interrupted ErrorResponse 500", await _it.Status.Reports.EntryAsync(1));
    }

    [Fact]
    public async Task The_payload_that_comes_with_an_order_is_applied_first()
    {
        var stream = ThenOrderedStream();
        await _it.Fdv2StreamAsync();
        await SendAsync(stream, WireEvent.Full, WireEvent.Put("a", 1));
        await _it.Service.Requests.EntryAsync(1);
        Assert.Equal(0, _it.Status.Reports.Count);
        await SendAsync(stream, WireEvent.Transferred("one"));
        await _it.Status.Reports.EntryAsync(2);
        Assert.Equal(["valid", "ordered 60"], _it.Status.Reports.Entries);
        Assert.Equal("full flag a:1 @one:1", await _it.Destination.TextAsync(1));
    }

    [Fact]
    public async Task An_order_without_a_payload_is_obeyed_when_the_stream_ends_or_falls_silent()
    {
        var stream = ThenOrderedStream();
        await _it.Fdv2StreamAsync();
        await SendAsync(stream, WireEvent.Full, WireEvent.Put("a", 1));

        // Not after the stream's own limit of 5 minutes, but after that of answers. The silence begins when the events have
        // been read, which nothing announces.
        var begun = _it.Time.GetUtcNow();
        await Conditions.UntilAsync(() =>
        {
            _it.Time.Advance(TimeSpan.FromSeconds(1));
            return _it.Status.Reports.Count > 0;
        });
        Assert.Equal("ordered 60", await _it.Status.Reports.EntryAsync(1));
        Assert.InRange(_it.Time.GetUtcNow() - begun, _it.Options.Http.ResponseTimeout, TimeSpan.FromMinutes(4));
        Assert.Equal(0, _it.Destination.Writes.Count);
    }

    [Fact]
    public async Task A_goodbye_with_a_time_is_an_order()
    {
        _it.Service.ThenStreamOf(WireEvent.Stream(WireEvent.Full, WireEvent.Transferred("one"), WireEvent.Goodbye("v1 please", "120")));
        await _it.Fdv2StreamAsync();
        await _it.Status.Reports.EntryAsync(2);
        Assert.Equal(["valid", "ordered 120"], _it.Status.Reports.Entries);
    }

    private static void Order(HttpResponseMessage response, string value, string? ttl)
    {
        response.Headers.TryAddWithoutValidation("x-ld-fd-fallback", value);
        if (ttl is not null)
        {
            response.Headers.TryAddWithoutValidation("X-LD-FD-Fallback-TTL", ttl);
        }
    }

    private static async Task SendAsync(PipeWriter stream, params WireEvent[] events) =>
        await stream.WriteAsync(Encoding.UTF8.GetBytes(WireEvent.Stream(events)), TestContext.Current.CancellationToken);

    private PipeWriter ThenOrderedStream()
    {
        var pipe = new Pipe();
        _it.Service.Then(() =>
        {
            var content = new StreamContent(pipe.Reader.AsStream());
            content.Headers.ContentType = new MediaTypeHeaderValue("text/event-stream");
            var response = new HttpResponseMessage { Content = content };
            Order(response, "true", "60");
            return response;
        });
        return pipe.Writer;
    }
}
