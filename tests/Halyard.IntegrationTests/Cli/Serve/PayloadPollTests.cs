using System.IO.Compression;
using System.Net;
using Halyard.Model;

namespace Halyard.IntegrationTests.Cli;

public sealed class PayloadPollTests : ServeTestBase
{
    [Fact]
    public async Task A_poll_gets_everything_then_changes_then_nothing()
    {
        var server = await StartAsync();
        server.Put(DataKind.Flag, "a", FlagA);
        server.Put(DataKind.Flag, "b", FlagB);
        var first = await PollAsync(server);
        Assert.Equal(
            ["xfer-full payload-missing", "put-object flag/a 3", "put-object flag/b 1", "payload-transferred"], first.Select(w => w.ToString()));

        Assert.Equal(["none up-to-date"], (await PollAsync(server, first[^1].State)).Select(w => w.ToString()));

        server.Delete(DataKind.Flag, "b");
        var second = await PollAsync(server, first[^1].State);
        Assert.Equal(["xfer-changes stale", "delete-object flag/b 2", "payload-transferred"], second.Select(w => w.ToString()));
        Assert.Equal(["none up-to-date"], (await PollAsync(server, second[^1].State)).Select(w => w.ToString()));
    }

    [Fact]
    public async Task The_same_question_about_the_same_data_is_answered_with_not_modified()
    {
        var server = await StartAsync();
        server.Put(DataKind.Flag, "a", FlagA);
        using var first = await GetAsync(server, "sdk/poll");
        var tag = first.Headers.ETag!.ToString();
        Assert.Equal(["development"], first.Headers.GetValues("X-LD-EnvID"));

        using var same = await GetAsync(server, "sdk/poll", tag);
        Assert.Equal(HttpStatusCode.NotModified, same.StatusCode);

        server.Put(DataKind.Flag, "b", FlagB);
        using var changed = await GetAsync(server, "sdk/poll", tag);
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        Assert.NotEqual(tag, changed.Headers.ETag!.ToString());
    }

    [Fact]
    public async Task A_tag_of_another_server_is_not_taken_for_ones_own()
    {
        var first = await StartAsync();
        first.Put(DataKind.Flag, "a", FlagA);
        var second = await StartAsync();
        second.Put(DataKind.Flag, "b", FlagB);
        using var ofFirst = await GetAsync(first, "sdk/poll");
        using var ofSecond = await GetAsync(second, "sdk/poll", ofFirst.Headers.ETag!.ToString());
        Assert.Equal(HttpStatusCode.OK, ofSecond.StatusCode);
    }

    [Fact]
    public async Task A_poll_is_compressed_for_those_who_can_read_it()
    {
        var server = await StartAsync();
        server.Put(DataKind.Flag, "a", FlagA);
        using var request = new HttpRequestMessage(HttpMethod.Get, "sdk/poll");
        request.Headers.TryAddWithoutValidation("Accept-Encoding", "gzip");
        using var response = await Http(server).SendAsync(request, Token);

        Assert.Equal(["gzip"], response.Content.Headers.ContentEncoding);
        await using var body = new GZipStream(await response.Content.ReadAsStreamAsync(Token), CompressionMode.Decompress);
        using var text = new StreamReader(body);
        Assert.Equal(3, PayloadWord.OfPoll(await text.ReadToEndAsync(Token)).Count);
    }

    [Theory]
    [InlineData("sdk/poll")]
    [InlineData("sdk/stream")]
    public async Task Without_a_key_nothing_is_given(string path)
    {
        var server = await StartAsync();
        using var http = new HttpClient { BaseAddress = server.BaseUri };
        using var response = await http.GetAsync(new Uri(path, UriKind.Relative), Token);
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }
}
