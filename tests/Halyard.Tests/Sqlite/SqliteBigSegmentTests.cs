using System.Text;
using Halyard.Model;

namespace Halyard.Tests.Sqlite;

public sealed class SqliteBigSegmentTests : SqliteTest
{
    [Fact]
    public async Task What_is_written_is_read()
    {
        var file = new SqliteStore(FilePath);
        await using var writer = file.OpenBigSegmentWriter(Context);
        await using var reader = file.OpenBigSegments(Context);
        await writer.ApplyAsync([new("ada", "a.g1", true), new("ada", "b.g1", false), new("bob", "a.g1", false)], Token);
        Assert.Null(await reader.GetMetadataAsync(Token));
        var time = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_123);
        await writer.SetSynchronizedOnAsync(time, Token);
        Assert.Equal(time, (await reader.GetMetadataAsync(Token))!.SynchronizedOn);
        var ada = (await reader.GetMembershipAsync("ada", Token))!;
        Assert.Equal([true, false, null], new[] { "a.g1", "b.g1", "a.g2" }.Select(ada.Contains));
        Assert.Null(await reader.GetMembershipAsync("Ada", Token));

        await writer.ApplyAsync([new("ada", "a.g1", false), new("ada", "b.g1", null), new("bob", "a.g1", null)], Token);
        await writer.SetSynchronizedOnAsync(time.AddSeconds(1), Token);
        ada = (await reader.GetMembershipAsync("ada", Token))!;
        Assert.Equal([false, null], new[] { "a.g1", "b.g1" }.Select(ada.Contains));
        Assert.Null(await reader.GetMembershipAsync("bob", Token));
        Assert.Equal(time.AddSeconds(1), (await reader.GetMetadataAsync(Token))!.SynchronizedOn);
    }

    [Fact]
    public async Task Prefixes_and_flag_data_are_apart()
    {
        var one = new SqliteStore(FilePath) { Prefix = "one" };
        var two = new SqliteStore(FilePath) { Prefix = "two" };
        await using var writer = one.OpenBigSegmentWriter(Context);
        await writer.ApplyAsync([new("ada", "a.g1", true)], Token);
        await writer.SetSynchronizedOnAsync(DateTimeOffset.UnixEpoch, Token);
        await using var flags = one.CreateWriter(Context);
        Assert.False(await flags.InitializedAsync(Token));
        await flags.InitAsync([new SerializedItem(DataKind.Flag, "f", new(1, false, Encoding.UTF8.GetBytes("{}")))], Token);

        await using var reader = one.OpenBigSegments(Context);
        await using var other = two.OpenBigSegments(Context);
        Assert.NotNull(await reader.GetMembershipAsync("ada", Token));
        Assert.NotNull(await reader.GetMetadataAsync(Token));
        Assert.Null(await other.GetMembershipAsync("ada", Token));
        Assert.Null(await other.GetMetadataAsync(Token));
    }

    [Fact]
    public async Task A_file_without_big_segments_lists_nobody_until_they_are_written()
    {
        var file = new SqliteStore(FilePath);
        await using (var flags = file.CreateWriter(Context))
        {
            await flags.InitAsync([], Token);
        }

        await using var reader = file.OpenBigSegments(Context);
        Assert.Null(await reader.GetMembershipAsync("ada", Token));
        await using var writer = file.OpenBigSegmentWriter(Context);
        await writer.ApplyAsync([new("ada", "a.g1", true)], Token);
        Assert.NotNull(await reader.GetMembershipAsync("ada", Token));
    }

    [Fact]
    public async Task A_missing_file_is_an_error_until_it_is_there()
    {
        var file = new SqliteStore(FilePath);
        await using var reader = file.OpenBigSegments(Context);
        await Assert.ThrowsAsync<FileNotFoundException>(async () => await reader.GetMetadataAsync(Token));
        await using var writer = file.OpenBigSegmentWriter(Context);
        await writer.SetSynchronizedOnAsync(DateTimeOffset.UnixEpoch, Token);
        Assert.NotNull(await reader.GetMetadataAsync(Token));
    }

    [Fact]
    public async Task A_damaged_time_is_named()
    {
        var file = new SqliteStore(FilePath);
        await using (var writer = file.OpenBigSegmentWriter(Context))
        {
            await writer.SetSynchronizedOnAsync(DateTimeOffset.UnixEpoch, Token);
        }

        await ExecuteAsync("UPDATE meta SET value='soon'");

        await using var reader = file.OpenBigSegments(Context);
        Assert.Contains("no time", (await Assert.ThrowsAsync<InvalidDataException>(async () => await reader.GetMetadataAsync(Token))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_lazy_client_reads_flags_and_big_segments_from_one_file()
    {
        var file = new SqliteStore(FilePath);
        await using (var flags = file.CreateWriter(Context))
        {
            await flags.InitAsync(
                [
                    Item(DataKind.Segment, "s", """{"key":"s","version":1,"unbounded":true,"generation":2,"salt":"x"}"""),
                    Item(DataKind.Flag, "f", """{"key":"f","version":1,"on":true,"rules":[{"id":"r","variation":1,"clauses":[{"attribute":"","op":"segmentMatch","values":["s"]}]}],"fallthrough":{"variation":0},"offVariation":0,"variations":["out","in"],"salt":"x"}"""),
                ],
                Token);
        }

        await using (var writer = file.OpenBigSegmentWriter(Context))
        {
            await writer.ApplyAsync([new(BigSegmentKeys.Hash("ada"), BigSegmentKeys.Reference("s", 2), true)], Token);
            await writer.SetSynchronizedOnAsync(DateTimeOffset.UtcNow, Token);
        }

        await using var client = await Client.StartAsync(
            new() { DataSystem = DataSystem.LazyLoad(file), BigSegments = new(file.OpenBigSegments) { QueryTimeout = TimeSpan.FromSeconds(30) } }, Token);
        var detail = client.StringVariationDetail("f", Halyard.Context.New("ada"), "none");
        Assert.Equal(("in", BigSegmentsStatus.Healthy), (detail.Value, detail.Reason.BigSegmentsStatus));
        detail = await client.StringVariationDetailAsync("f", Halyard.Context.New("bob"), "none", Token);
        Assert.Equal(("out", BigSegmentsStatus.Healthy), (detail.Value, detail.Reason.BigSegmentsStatus));
        Assert.Equal("in", client.AllFlagsState(Halyard.Context.New("ada")).Values["f"].AsString);
    }

    private static SerializedItem Item(DataKind kind, string key, string json) => new(kind, key, new(1, false, Encoding.UTF8.GetBytes(json)));
}
