using System.Globalization;
using System.IO.Compression;
using System.Text;
using Halyard.IntegrationTests.Support;
using Halyard.Tests.Support;

namespace Halyard.IntegrationTests;

public sealed class PollingSocketTests : IAsyncDisposable
{
    private const string First = """{"flags":{"a":{"key":"a","version":1}},"segments":{}}""";
    private const string Second = """{"flags":{"a":{"key":"a","version":2}},"segments":{}}""";

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    private readonly ScriptedServer _server = new();
    private readonly SourceFixture _it;

    public PollingSocketTests() => _it = new(_server.Address);

    public async ValueTask DisposeAsync()
    {
        await _it.DisposeAsync();
        await _server.AllClosedAsync();
        await _server.DisposeAsync();
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    [InlineData("identity")]
    public async Task A_compressed_body_is_read(string encoding)
    {
        var body = Compress(encoding, First);
        _server.Then(x => AnswerAsync(x, $"Content-Encoding: {encoding}\r\n", body));
        await _it.PollAsync();
        Assert.Equal("init a:1", await _it.Destination.TextAsync(1));
        Assert.Contains("gzip", (await _server.Requests.EntryAsync(1))["Accept-Encoding"]!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    [InlineData("zstd")]
    public async Task A_body_that_is_not_in_its_encoding_or_in_an_unknown_one_is_invalid(string encoding)
    {
        _server.Then(x => AnswerAsync(x, $"Content-Encoding: {encoding}\r\n", Encoding.UTF8.GetBytes(First)));
        await _it.PollAsync();
        Assert.Equal("interrupted InvalidData", await _it.Status.Reports.EntryAsync(1));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    public async Task A_compressed_body_that_is_cut_short_is_invalid_wherever_it_is_cut(string encoding)
    {
        var body = Compress(encoding, First);
        for (var length = 0; length < body.Length / 2; length++)
        {
            var part = body[..length];
            _server.Then(x => AnswerAsync(x, $"Content-Encoding: {encoding}\r\n", part));
        }

        _server.Then(x => AnswerAsync(x, $"Content-Encoding: {encoding}\r\n", body));
        await _it.PollAsync();
        var cuts = body.Length / 2;
        for (var i = 1; i <= cuts; i++)
        {
            Assert.Equal("interrupted InvalidData", await _it.Status.Reports.EntryAsync(i));
            await _it.Time.PassAsync(Interval, i);
        }

        Assert.Equal("init a:1", await _it.Destination.TextAsync(1));
    }

    [Fact]
    public async Task A_tag_too_long_for_the_servers_headers_does_not_cost_every_later_poll()
    {
        // As servers do that neither read nor answer a request whose head is too long.
        var drops = 0;
        Func<ScriptedExchange, Task> answer = x =>
        {
            if (_server.Requests.Entries[^1]["If-None-Match"]?.Length > 8192)
            {
                drops++;
                return x.ResetAsync();
            }

            return AnswerAsync(x, $"ETag: \"{new string('t', 9000)}\"\r\n", Encoding.UTF8.GetBytes(First));
        };
        _server.Then(answer).Then(answer).Then(answer);
        await _it.PollAsync();
        for (var i = 1; i <= 2; i++)
        {
            Assert.Equal("valid", await _it.Status.Reports.EntryAsync(i));
            await _it.Time.PassAsync(Interval, i);
        }

        Assert.Equal(0, drops);
    }

    [Fact]
    public async Task A_small_body_that_unpacks_to_a_huge_one_is_stopped_at_the_limit()
    {
        var bomb = Compress("gzip", First + new string(' ', 20_000_000));
        Assert.True(bomb.Length < 100_000);
        _server.Then(x => AnswerAsync(x, "Content-Encoding: gzip\r\n", bomb));
        await _it.PollAsync(o => o.MaxBodyBytes = 1_000_000);
        Assert.Equal("interrupted InvalidData", await _it.Status.Reports.EntryAsync(1));
    }

    [Fact]
    public async Task Polls_share_one_connection_and_send_the_tag_back()
    {
        _server.Then(x => AnswerAsync(x, "ETag: \"one\"\r\n", Encoding.UTF8.GetBytes(First)))
            .Then(async x =>
            {
                x.KeepAlive = true;
                await x.WriteAsync("HTTP/1.1 304 Not Modified\r\nETag: \"one\"\r\n\r\n");
            })
            .Then(x => AnswerAsync(x, "ETag: \"two\"\r\n", Encoding.UTF8.GetBytes(Second)));
        await _it.PollAsync();
        for (var i = 1; i <= 3; i++)
        {
            await _it.Time.PassAsync(Interval, i);
        }

        await _server.Requests.EntryAsync(4);
        Assert.Equal([null, "\"one\"", "\"one\"", "\"two\""], _server.Requests.Entries.Select(r => r["If-None-Match"]));
        Assert.Equal(["valid", "valid", "valid"], _it.Status.Reports.Entries);
        Assert.Equal("init a:2", await _it.Destination.TextAsync(2));
        Assert.Equal(1, _server.Accepted);
    }

    [Fact]
    public async Task A_body_cut_off_by_the_end_is_a_network_error()
    {
        _server.Then(x => x.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n" + First)).Then("200 OK", "", Second);
        await _it.PollAsync();
        Assert.Equal("interrupted NetworkError", await _it.Status.Reports.EntryAsync(1));
        Assert.Equal(0, _it.Destination.Writes.Count);
        await _it.Time.PassAsync(Interval);
        Assert.Equal("init a:2", await _it.Destination.TextAsync(1));
    }

    [Fact]
    public async Task A_body_in_chunks_larger_than_the_first_buffer_is_read()
    {
        _server.Then(async x =>
        {
            await x.WriteAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n");
            foreach (var part in (First + new string(' ', 3_000_000)).Chunk(70_001))
            {
                await x.WriteAsync(part.Length.ToString("x", CultureInfo.InvariantCulture) + "\r\n" + new string(part) + "\r\n");
            }

            await x.WriteAsync("0\r\n\r\n");
        });
        await _it.PollAsync();
        Assert.Equal("init a:1", await _it.Destination.TextAsync(1));
    }

    private static async Task AnswerAsync(ScriptedExchange x, string headers, byte[] body)
    {
        x.KeepAlive = true;
        await x.WriteAsync($"HTTP/1.1 200 OK\r\n{headers}Content-Length: {body.Length}\r\n\r\n");
        await x.WriteAsync(body);
    }

    private static byte[] Compress(string encoding, string text)
    {
        using var result = new MemoryStream();
        using (Stream packed = encoding switch
        {
            "gzip" => new GZipStream(result, CompressionLevel.Optimal, leaveOpen: true),
            "deflate" => new ZLibStream(result, CompressionLevel.Optimal, leaveOpen: true),
            "br" => new BrotliStream(result, CompressionLevel.Optimal, leaveOpen: true),
            _ => result,
        })
        {
            packed.Write(Encoding.UTF8.GetBytes(text));
        }

        return result.ToArray();
    }
}
