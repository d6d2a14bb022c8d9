using System.IO.Compression;
using System.IO.Pipelines;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Halyard.Tests.Support;
using Microsoft.Extensions.Logging;

namespace Halyard.Tests;

/// <summary>Services that send too much, too slowly, or what cannot be sent back: over every source that it concerns.</summary>
public sealed class HostileServiceTests : IAsyncDisposable
{
    private const string Data = """{"flags":{"a":{"key":"a","version":1}},"segments":{}}""";
    private const string Put = "event: put\ndata: {\"path\":\"/\",\"data\":" + Data + "}\n\n";

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);
    private static readonly string Body = WireEvent.Body(WireEvent.Full, WireEvent.Put("a", 1), WireEvent.Transferred("one"));
    private static readonly string Transfer = WireEvent.Stream(WireEvent.Full, WireEvent.Put("a", 1), WireEvent.Transferred("one"));

    private readonly SourceFixture _it = new();

    public static TheoryData<string> TooLong => new()
    {
        "event: put\ndata: {\"path\":\"/\",\"data\":{\"flags\":{\"a\":{\"x\":\"" + new string('x', 20_000),
        "event: patch\ndata: " + new string('x', 20_000),
        "event: " + new string('x', 20_000),
        "id: " + new string('x', 20_000),
        new string('x', 20_000),
        string.Concat(Enumerable.Repeat("data:\n", 20_000)),
        string.Concat(Enumerable.Repeat("event: put\n", 2_000)),
    };

    public ValueTask DisposeAsync() => _it.DisposeAsync();

    [Theory]
    [MemberData(nameof(TooLong))]
    public async Task An_event_beyond_the_limit_is_invalid_and_the_delay_grows_however_often_it_comes(string text)
    {
        for (var i = 0; i < 4; i++)
        {
            _it.Service.ThenStreamOf(Put + text);
        }

        await _it.StreamAsync(o => o.MaxEventBytes = 10_000);
        await _it.Time.PassAsync(Second);
        await _it.Time.PassAsync(2 * Second);
        await _it.Time.PassAsync(4 * Second);
        await _it.Time.Timers.UntilAsync(all => all.Contains(8 * Second));
        Assert.Equal(
            ["valid", "interrupted InvalidData", "valid", "interrupted InvalidData", "valid", "interrupted InvalidData", "valid", "interrupted InvalidData"],
            _it.Status.Reports.Entries);
        Assert.All(_it.Status.Messages.Entries, message => Assert.Contains("the limit of 10000 bytes", message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_delay_grows_even_when_each_transfer_takes_longer_than_a_good_connection()
    {
        // The first bad event after a good time starts the delay over; those that follow do not.
        var streams = new PipeWriter[3];
        for (var i = 0; i < streams.Length; i++)
        {
            _it.Service.ThenStream(out streams[i]);
        }

        await _it.StreamAsync(o => o.MaxEventBytes = 10_000);
        for (var i = 0; i < streams.Length; i++)
        {
            await WriteAsync(streams[i], Put);
            await _it.Status.Reports.EntryAsync((2 * i) + 1);
            _it.Time.Advance(TimeSpan.FromSeconds(61));
            var timers = _it.Time.Timers.Count;
            await WriteAsync(streams[i], "data: " + new string('x', 20_000));
            await _it.Status.Reports.EntryAsync((2 * i) + 2);
            var delay = Second * (1 << i);
            await _it.Time.Timers.UntilAsync(all => all.Skip(timers).Contains(delay));
            _it.Time.Advance(delay);
        }
    }

    [Fact]
    public async Task An_event_of_just_the_limit_is_read()
    {
        var text = "{\"path\":\"/flags/a\",\"data\":{\"key\":\"a\",\"version\":2}}".PadRight(10_000);
        _it.Service.ThenStreamOf($"event: patch\ndata: {text}\n\nevent: patch\ndata: {text} \n\n");
        await _it.StreamAsync(o => o.MaxEventBytes = 10_000);
        Assert.Equal("flag a:2", await _it.Destination.TextAsync(1));
        Assert.Equal("interrupted InvalidData", await _it.Status.Reports.EntryAsync(2));
        Assert.Equal(1, _it.Destination.Writes.Count);
    }

    [Fact]
    public async Task Small_items_of_a_large_put_count_with_what_they_take_in_memory()
    {
        var flags = string.Join(',', Enumerable.Range(0, 20_000).Select(i => $"\"f{i}\":{{\"version\":1}}"));
        _it.Service.ThenStreamOf("event: put\ndata: {\"path\":\"/\",\"data\":{\"flags\":{" + flags + "}}}\n\n");
        await _it.StreamAsync(o => o.MaxEventBytes = 2_000_000);
        Assert.Equal("interrupted InvalidData", await _it.Status.Reports.EntryAsync(1));
        Assert.Equal(0, _it.Destination.Writes.Count);
    }

    [Fact]
    public async Task A_transfer_keeps_one_item_a_key_and_its_items_are_limited()
    {
        var same = string.Concat(Enumerable.Repeat(WireEvent.Stream(WireEvent.Put("a", 1)), 2_000));
        _it.Service.ThenStreamOf(WireEvent.Stream(WireEvent.Full) + same + WireEvent.Stream(WireEvent.Put("a", 7), WireEvent.Transferred("one")));
        var others = WireEvent.Stream([.. Enumerable.Range(0, 2_000).Select(i => WireEvent.Put($"f{i}", 1))]);
        _it.Service.ThenStreamOf(WireEvent.Stream(WireEvent.Changes) + others).ThenStreamOf(WireEvent.Stream(WireEvent.Changes) + others);
        await _it.Fdv2StreamAsync(o => o.MaxEventBytes = 100_000);
        Assert.Equal("full flag a:7 @one:1", await _it.Destination.TextAsync(1));
        await _it.Time.PassAsync(Second);
        await _it.Status.Reports.UntilAsync(all => all.Count > 0 && all[^1] == "interrupted InvalidData");
        await _it.Time.PassAsync(2 * Second);
        await _it.Time.Timers.UntilAsync(all => all.Contains(4 * Second));
        Assert.Equal(1, _it.Destination.Writes.Count);
        Assert.Equal("?basis=one", _it.Service.Requests.Entries[^1].RequestUri!.Query);
    }

    [Fact]
    public async Task A_polled_transfer_is_limited_too()
    {
        _it.Service.ThenJson(WireEvent.Body([WireEvent.Full, .. Enumerable.Range(0, 2_000).Select(i => WireEvent.Put($"f{i}", 1)), WireEvent.Transferred("one")]));
        await _it.Fdv2PollAsync(o => o.MaxBodyBytes = 400_000);
        Assert.Equal("interrupted InvalidData", await _it.Status.Reports.EntryAsync(1));
        Assert.Contains("the items of one transfer take more than the limit of 400000 bytes", _it.Status.Messages.Entries[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("streaming", "gzip")]
    [InlineData("streaming", "x-unknown")]
    [InlineData("fdv2-streaming", "br")]
    [InlineData("polling", "zstd")]
    [InlineData("polling", "gzip, gzip")]
    [InlineData("fdv2-polling", "compress")]
    public async Task An_encoding_that_was_not_asked_for_is_refused(string source, string encoding)
    {
        _it.Service.Then(() =>
        {
            var content = new ByteArrayContent(Pack(source.EndsWith("streaming", StringComparison.Ordinal) ? Put : Data));
            content.Headers.ContentType = new MediaTypeHeaderValue(source.EndsWith("streaming", StringComparison.Ordinal) ? "text/event-stream" : "application/json");
            content.Headers.TryAddWithoutValidation("Content-Encoding", encoding);
            return new() { Content = content };
        });
        await StartAsync(source);
        Assert.Equal("interrupted InvalidData", await _it.Status.Reports.EntryAsync(1));
        Assert.Contains("which was not asked for", _it.Status.Messages.Entries[0], StringComparison.Ordinal);
        Assert.Equal(0, _it.Destination.Writes.Count);
    }

    [Theory]
    [InlineData("streaming", "event: put\ndata: {")]
    [InlineData("streaming", "event: put\n")]
    [InlineData("fdv2-streaming", "event: server-intent\ndata: {")]
    public async Task An_event_that_comes_byte_by_byte_is_given_up_and_a_comment_is_no_progress(string source, string start)
    {
        ThenSlowly("text/event-stream", out var stream);
        _it.Service.ThenStreamOf(source == "streaming" ? Put : Transfer);
        await StartAsync(source);
        await stream.WriteAsync(": hello\n\n");
        await stream.WriteAsync(start);
        await _it.Time.Timers.UntilAsync(all => all.Contains(TimeSpan.FromMinutes(5)));
        await TrickleAsync(stream, source == "streaming" ? " " : ":\n");
        Assert.Contains("bytes arrived in 30 seconds", _it.Status.Messages.Entries[0], StringComparison.Ordinal);
        Assert.Equal(0, _it.Destination.Writes.Count);
        await _it.Time.PassAsync(Second);
        await _it.Status.Reports.UntilAsync(all => all.Contains("valid"));
    }

    [Fact]
    public async Task A_stream_without_an_event_under_way_may_be_silent_for_the_read_timeout()
    {
        _it.Service.ThenStream(out var stream);
        await _it.StreamAsync();
        await WriteAsync(stream, Put + "retry: 5\n");
        await _it.Status.Reports.EntryAsync(1);
        for (var i = 0; i < 4; i++)
        {
            _it.Time.Advance(TimeSpan.FromSeconds(60));
        }

        await WriteAsync(stream, "\nevent: patch\ndata: {\"path\":\"/flags/a\",\"data\":{\"key\":\"a\",\"version\":2}}\n\n");
        Assert.Equal("flag a:2", await _it.Destination.TextAsync(2));
        Assert.Equal(1, _it.Service.Requests.Count);
    }

    [Fact]
    public async Task A_slow_line_that_keeps_the_rate_loads_a_large_event()
    {
        ThenSlowly("text/event-stream", out var stream);
        await _it.StreamAsync();
        await stream.WriteAsync("event: put\ndata: {\"path\":\"/\",");
        for (var i = 0; i < 100; i++)
        {
            await stream.WriteAsync(new string(' ', 20_000));
            _it.Time.Advance(Second);
        }

        await stream.WriteAsync("\"data\":" + Data + "}\n\n");
        Assert.Equal("init a:1", await _it.Destination.TextAsync(1));
        Assert.Equal(["valid"], _it.Status.Reports.Entries);
    }

    [Theory]
    [InlineData("polling")]
    [InlineData("fdv2-polling")]
    public async Task A_polled_body_that_comes_byte_by_byte_is_given_up_and_the_next_poll_recovers(string source)
    {
        ThenSlowly("application/json", out var body);
        _it.Service.ThenJson(source == "polling" ? Data : Body);
        await StartAsync(source);
        await body.WriteAsync("{");
        await TrickleAsync(body, " ");
        // The interval has passed since the start of the slow poll, so that the next is due.
        _it.Time.Advance(Interval);
        await _it.Status.Reports.UntilAsync(all => all.Contains("valid"));
    }

    [Theory]
    [InlineData("polling", "\"t\u00e9\"")]
    [InlineData("polling", "\"a\tb\"")]
    [InlineData("fdv2-polling", "\"t\u00e9\"")]
    public async Task A_tag_that_cannot_be_sent_back_is_forgotten(string source, string tag)
    {
        _it.Service.ThenJson(source == "polling" ? Data : Body, tag).ThenJson(source == "polling" ? Data : Body);
        await StartAsync(source);
        await _it.Time.PassAsync(Interval);
        await _it.Status.Reports.EntryAsync(2);
        Assert.Equal(["valid", "valid"], _it.Status.Reports.Entries);
        Assert.False(_it.Service.Requests.Entries[1].Headers.Contains("If-None-Match"));
    }

    [Theory]
    [InlineData(400)]
    [InlineData(431)]
    public async Task A_tag_that_the_service_does_not_take_back_is_forgotten(int status)
    {
        _it.Service.ThenJson(Data, "\"one\"").Then((HttpStatusCode)status).ThenJson(Data);
        await _it.PollAsync();
        await _it.Time.PassAsync(Interval);
        await _it.Status.Reports.EntryAsync(2);
        await _it.Time.PassAsync(Interval, 2);
        await _it.Status.Reports.EntryAsync(3);
        Assert.Equal(["", "\"one\"", ""], _it.Service.Requests.Entries.Select(r => r.Headers.IfNoneMatch.ToString()));
    }

    [Theory]
    [InlineData("fdv2-streaming", 414)]
    [InlineData("fdv2-streaming", 431)]
    [InlineData("fdv2-polling", 414)]
    [InlineData("fdv2-polling", 431)]
    public async Task A_state_that_the_service_does_not_take_back_is_forgotten_and_everything_asked_for_soon(string source, int status)
    {
        _it.Service.Then((HttpStatusCode)status);
        if (source == "fdv2-polling")
        {
            _it.Service.ThenJson(Body);
        }
        else
        {
            _it.Service.ThenStream(out var stream);
            await WriteAsync(stream, Transfer);
        }

        await StartAsync(source, new("poison", 1));
        await _it.Time.PassAsync(source == "fdv2-polling" ? Interval : Second);
        Assert.Equal("full flag a:1 @one:1", await _it.Destination.TextAsync(1));
        Assert.Equal(["?basis=poison", ""], _it.Service.Requests.Entries.Select(r => r.RequestUri!.Query));
        Assert.StartsWith("interrupted", _it.Status.Reports.Entries[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("fdv2-streaming")]
    [InlineData("fdv2-polling")]
    public async Task A_state_too_long_for_an_address_is_not_sent(string source)
    {
        await StartAsync(source, new(new string('s', 70_000), 1));
        Assert.Equal("", (await _it.Service.Requests.EntryAsync(1)).RequestUri!.Query);
    }

    [Fact]
    public async Task Deflate_is_read_in_both_its_dialects()
    {
        foreach (var isWrapped in new[] { true, false })
        {
            _it.Service.Then(() =>
            {
                using var packed = new MemoryStream();
                using (Stream pack = isWrapped ? new ZLibStream(packed, CompressionLevel.Fastest) : new DeflateStream(packed, CompressionLevel.Fastest))
                {
                    pack.Write(Encoding.UTF8.GetBytes(Data));
                }

                var content = new ByteArrayContent(packed.ToArray());
                content.Headers.ContentEncoding.Add("deflate");
                return new() { Content = content };
            });
        }

        await _it.PollAsync();
        await _it.Time.PassAsync(Interval);
        await _it.Status.Reports.EntryAsync(2);
        Assert.Equal(["valid", "valid"], _it.Status.Reports.Entries);
    }

    [Theory]
    [InlineData("streaming")]
    [InlineData("fdv2-streaming")]
    public async Task A_routine_close_is_one_debug_line_and_a_second_soon_after_is_an_outage(string source)
    {
        var text = source == "streaming" ? Put : Transfer;
        _it.Service.ThenStreamOf(text).ThenStreamOf(text);
        await StartAsync(source);
        await _it.Time.PassAsync(Second);
        await _it.Time.Timers.UntilAsync(all => all.Contains(2 * Second));
        Assert.Equal(["valid", "valid", "interrupted NetworkError"], _it.Status.Reports.Entries);
        Assert.Single(_it.Log.Collector.GetSnapshot(), r => r.Message.Contains("the service closed the stream; connecting again", StringComparison.Ordinal));
        Assert.DoesNotContain(_it.Log.Collector.GetSnapshot(), r => r.Level > LogLevel.Debug);
    }

    [Fact]
    public async Task A_routine_close_after_which_no_connection_comes_is_an_outage()
    {
        _it.Service.ThenStreamOf(Put).ThenFail(new HttpRequestException("refused"));
        await _it.StreamAsync();
        await _it.Time.PassAsync(Second);
        Assert.Equal("interrupted NetworkError", await _it.Status.Reports.EntryAsync(2));
    }

    [Theory]
    [InlineData("streaming")]
    [InlineData("polling")]
    [InlineData("fdv2-streaming")]
    [InlineData("fdv2-polling")]
    public async Task A_user_in_the_base_address_is_shown_nowhere(string source)
    {
        _it.Options.Endpoints = ServiceEndpoints.At(new Uri("http://ann:hunter2@flags.test/base/"));
        _it.Service.ThenFail(new HttpRequestException("refused"));
        await StartAsync(source);
        await _it.Status.Reports.EntryAsync(1);
        Assert.StartsWith("http://flags.test/base/", _it.Service.Requests.Entries[0].RequestUri!.AbsoluteUri, StringComparison.Ordinal);
        Assert.DoesNotContain(_it.Log.Collector.GetSnapshot(), r => r.Message.Contains("hunter2", StringComparison.Ordinal));
    }

    private static byte[] Pack(string text)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
        {
            gzip.Write(Encoding.UTF8.GetBytes(text));
        }

        return packed.ToArray();
    }

    private static async Task WriteAsync(PipeWriter stream, string text) =>
        await stream.WriteAsync(Encoding.UTF8.GetBytes(text), TestContext.Current.CancellationToken);

    private Task<IDataSynchronizer> StartAsync(string source, Selector held = default) => source switch
    {
        "streaming" => As(_it.StreamAsync()),
        "polling" => As(_it.PollAsync()),
        "fdv2-streaming" => As(_it.Fdv2StreamAsync(held: held)),
        _ => As(_it.Fdv2PollAsync(held: held)),
    };

    private static async Task<IDataSynchronizer> As<T>(Task<T> source)
        where T : IDataSynchronizer => await source;

    private void ThenSlowly(string type, out SlowBody body)
    {
        var slow = new SlowBody();
        body = slow;
        _it.Service.Then(() =>
        {
            var content = new StreamContent(slow);
            content.Headers.ContentType = new MediaTypeHeaderValue(type);
            return new() { Content = content };
        });
    }

    // A piece every 300 ms until the source gives up, which it does within the window.
    private async Task TrickleAsync(SlowBody body, string piece)
    {
        var isWanted = true;
        for (var i = 0; isWanted && i <= 101 + 60; i++)
        {
            isWanted = await body.WriteAsync(piece);
            _it.Time.Advance(TimeSpan.FromMilliseconds(isWanted ? 300 : 0));
        }

        Assert.False(isWanted);
        Assert.Equal("interrupted NetworkError", await _it.Status.Reports.EntryAsync(1));
    }
}
