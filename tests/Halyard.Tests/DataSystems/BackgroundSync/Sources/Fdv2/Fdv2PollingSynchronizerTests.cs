using System.Net;
using System.Text;
using Halyard.Tests.Support;

namespace Halyard.Tests;

public sealed class Fdv2PollingSynchronizerTests : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    private readonly SourceFixture _it = new();

    public ValueTask DisposeAsync() => _it.DisposeAsync();

    [Fact]
    public async Task Each_poll_asks_for_what_has_changed_and_tags_belong_to_their_address()
    {
        _it.Service
            .ThenJson(WireEvent.Body(WireEvent.Full, WireEvent.Put("a", 1), WireEvent.Transferred("one")), "\"t1\"")
            .ThenJson(WireEvent.Body(WireEvent.UpToDate), "\"t2\"")
            .Then(HttpStatusCode.NotModified)
            .ThenJson(WireEvent.Body(WireEvent.Changes, WireEvent.Put("a", 2), WireEvent.Transferred("two", 2)));
        await _it.Fdv2PollAsync();
        for (var i = 1; i <= 4; i++)
        {
            await _it.Time.PassAsync(Interval, i);
        }

        await _it.Service.Requests.EntryAsync(5);
        Assert.Equal(["", "?basis=one", "?basis=one", "?basis=one", "?basis=two"], _it.Service.Requests.Entries.Select(r => r.RequestUri!.Query));
        Assert.Equal(["", "", "\"t2\"", "\"t2\"", ""], _it.Service.Requests.Entries.Select(r => r.Headers.IfNoneMatch.ToString()));
        Assert.Equal("http://flags.test/base/sdk/poll", _it.Service.Requests.Entries[0].RequestUri!.GetLeftPart(UriPartial.Path));
        Assert.Equal(["full flag a:1 @one:1", "none", "partial flag a:2 @two:2"], Writes());
        Assert.Equal(["valid", "valid", "valid", "valid"], _it.Status.Reports.Entries);
    }

    [Theory]
    [InlineData("{\"events\":[]}")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"message\":\"no upstream\"}")]
    [InlineData("{\"flags\":{},\"segments\":{}}")]
    [InlineData("{\"events\":null}")]
    [InlineData("{\"events\":{}}")]
    [InlineData("{\"events\":[7]}")]
    public async Task A_body_without_a_transfer_is_invalid_and_its_tag_is_not_kept(string body)
    {
        _it.Service.ThenJson(body, "\"bad\"").ThenJson(WireEvent.Body(WireEvent.Full, WireEvent.Transferred("one")));
        await _it.Fdv2PollAsync();
        await _it.Time.PassAsync(Interval);
        Assert.Equal("full @one:1", await _it.Destination.TextAsync(1));
        Assert.Equal("interrupted InvalidData", _it.Status.Reports.Entries[0]);
        Assert.Equal("", _it.Service.Requests.Entries[1].Headers.IfNoneMatch.ToString());
    }

    [Fact]
    public async Task Transfers_without_an_end_or_begin_or_with_an_error_give_nothing()
    {
        _it.Service
            .ThenJson(WireEvent.Body(WireEvent.Full, WireEvent.Put("a", 1)))
            .ThenJson(WireEvent.Body(WireEvent.Put("a", 1), WireEvent.Transferred("one")))
            .ThenJson(WireEvent.Body(WireEvent.Full, WireEvent.Put("a", 1), WireEvent.Error()))
            .ThenJson(WireEvent.Body(WireEvent.Goodbye("later")));
        await _it.Fdv2PollAsync();
        for (var i = 1; i <= 4; i++)
        {
            await _it.Time.PassAsync(Interval, i);
        }

        await _it.Service.Requests.EntryAsync(5);
        Assert.Equal(0, _it.Destination.Writes.Count);
        Assert.Equal(
            ["interrupted InvalidData", "interrupted InvalidData", "interrupted InvalidData", "interrupted NetworkError"], _it.Status.Reports.Entries);
        Assert.Equal(["", "", "", "", ""], _it.Service.Requests.Entries.Select(r => r.RequestUri!.Query));
    }

    [Fact]
    public async Task A_goodbye_after_the_data_changes_nothing()
    {
        _it.Service.ThenJson(WireEvent.Body(WireEvent.Full, WireEvent.Transferred("one"), WireEvent.Goodbye()), "\"t\"");
        await _it.Fdv2PollAsync();
        Assert.Equal("valid", await _it.Status.Reports.EntryAsync(1));
    }

    [Theory]
    [InlineData(200, "none", "ordered 60", "valid")]
    [InlineData(200, "bad", "ordered 60", null)]
    [InlineData(401, "", "ordered 60", null)]
    [InlineData(503, "", "ordered 60", null)]
    public async Task An_order_with_an_answer_of_any_status_ends_the_source_after_its_payload(int status, string body, string order, string? before)
    {
        _it.Service.Then((HttpStatusCode)status, r =>
        {
            r.Content = new StringContent(body == "none" ? WireEvent.Body(WireEvent.UpToDate) : body, Encoding.UTF8, "application/json");
            r.Headers.TryAddWithoutValidation("X-LD-FD-Fallback", "true");
            r.Headers.TryAddWithoutValidation("X-LD-FD-Fallback-TTL", "60");
        });
        await _it.Fdv2PollAsync();
        var expected = before is null ? new[] { order } : [before, order];
        await _it.Status.Reports.EntryAsync(expected.Length);
        Assert.Equal(expected, _it.Status.Reports.Entries);
        Assert.Equal(before is null ? [] : ["none"], Writes());
        Assert.Equal(1, _it.Service.Requests.Count);
    }

    [Fact]
    public async Task An_order_with_not_modified_is_obeyed()
    {
        _it.Service.ThenJson(WireEvent.Body(WireEvent.UpToDate), "\"t\"").Then(HttpStatusCode.NotModified, r => r.Headers.Add("X-LD-FD-Fallback", "true"));
        await _it.Fdv2PollAsync();
        await _it.Time.PassAsync(Interval);
        Assert.Equal("ordered 3600", await _it.Status.Reports.EntryAsync(3));
    }

    [Fact]
    public async Task What_was_complete_before_the_fault_of_a_body_stays()
    {
        _it.Service.ThenJson(WireEvent.Body(WireEvent.Full, WireEvent.Put("a", 1), WireEvent.Transferred("one"), new("put-object", "{}")), "\"t\"");
        await _it.Fdv2PollAsync();
        await _it.Time.PassAsync(Interval);
        var next = await _it.Service.Requests.EntryAsync(2);
        Assert.Equal(("?basis=one", ""), (next.RequestUri!.Query, next.Headers.IfNoneMatch.ToString()));
        Assert.Equal(["interrupted InvalidData"], _it.Status.Reports.Entries);
        Assert.Equal(["full flag a:1 @one:1"], Writes());
    }

    private IEnumerable<string> Writes() => _it.Destination.Writes.Entries.Select(w => RecordingDestination.ChangeSetText((ChangeSet)w));
}
