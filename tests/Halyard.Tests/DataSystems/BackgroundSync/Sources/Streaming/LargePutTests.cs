using Halyard.DataSystems.Sources.Streaming;
using Halyard.Tests.Support;

namespace Halyard.Tests;

public sealed class LargePutTests : IAsyncDisposable
{
    private const string Small = "event: put\ndata: {\"path\":\"/\",\"data\":{\"flags\":{\"a\":{\"key\":\"a\",\"version\":1}}}}\n\n";

    private readonly SourceFixture _it = new();

    public ValueTask DisposeAsync() => _it.DisposeAsync();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_large_put_is_written_when_it_is_complete_and_one_that_breaks_off_leaves_nothing_behind(bool readsWhileItArrives)
    {
        // Of more text than the reader waits for, so that a part of it has been read when the stream breaks off.
        var flags = string.Join(",", Enumerable.Range(0, 2_000).Select(i => $"\"f{i}\":{{\"key\":\"f{i}\",\"version\":{i + 1},\"salt\":\"{new string('s', 60)}\"}}"));
        var put = "event: put\ndata: {\"path\":\"/\",\"data\":{\"flags\":{" + flags + "}}}\n";
        Assert.True(put.Length > 2 * PutReader.Wanted(PutReader.UsualMargin));
        _it.Service.ThenStreamOf(put).ThenStreamOf(Small).ThenStreamOf(put + "\n" + Small);
        await _it.StreamAsync(events: readsWhileItArrives ? new WindowedEventReader() : new WholeEventReader());
        await _it.Status.Reports.EntryAsync(1);
        Assert.Equal(0, _it.Destination.Writes.Count);
        await _it.Time.PassAsync(TimeSpan.FromSeconds(1));
        Assert.Equal("init a:1", await _it.Destination.TextAsync(1));
        await _it.Time.PassAsync(TimeSpan.FromSeconds(2));
        var large = await _it.Destination.TextAsync(2);
        Assert.StartsWith("init ", large, StringComparison.Ordinal);
        Assert.Contains("f1999:2000", large, StringComparison.Ordinal);
        Assert.Equal("init a:1", await _it.Destination.TextAsync(3));
    }
}
