using System.Text;
using Halyard.Model;

namespace Halyard.IntegrationTests;

// What readers see while others write, and the ends of the number line.
public abstract partial class StoreConformance
{
    // More than one transaction of any store takes at once, but for those that take all.
    private const int SetSize = 300;

    [Fact]
    public async Task While_complete_sets_are_written_a_reader_sees_one_of_them_or_at_least_whole_items()
    {
        await using var both = Open();
        await both.InitAsync(Set(0));
        var writing = Task.Run(
            async () =>
            {
                for (var version = 1; version <= (InitIsAtomic ? 25 : 5); version++)
                {
                    await both.InitAsync(Set(version));
                }
            },
            Token);
        var sound = Enumerable.Range(0, 26).Select(version => Text(Flag(version, 0))).ToHashSet(StringComparer.Ordinal);
        do
        {
            var all = await both.AllAsync(DataKind.Flag);
            Assert.Equal(SetSize, all.Count);
            var texts = all.Select(pair => Encoding.UTF8.GetString(pair.Value.SerializedItem.Span).Replace($"\"{pair.Key}\"", "\"f0\"", StringComparison.Ordinal)).ToHashSet(StringComparer.Ordinal);
            Assert.Subset(sound, texts);
            Assert.InRange(texts.Count, 1, InitIsAtomic ? 1 : texts.Count);
        }
        while (!writing.IsCompleted);

        await writing.WaitAsync(Limit, Token);
    }

    [Fact]
    public async Task Whoever_sees_the_marker_sees_the_set_and_whoever_sees_a_flag_sees_its_segments()
    {
        await using var both = Open();
        var writing = both.InitAsync(Set(1));
        bool marked;
        do
        {
            // In this order: what is written first is read last.
            marked = await both.Reader.InitializedAsync(Token).AsTask().WaitAsync(Limit, Token);
            var flags = await both.AllAsync(DataKind.Flag);
            var segments = await both.AllAsync(DataKind.Segment);
            Assert.Equal(marked ? SetSize : flags.Count, flags.Count);
            Assert.Equal(flags.Count > 0 || marked ? 20 : segments.Count, segments.Count);
        }
        while (!writing.IsCompleted || !marked);

        await writing;
    }

    [Fact]
    public async Task Of_two_complete_sets_at_once_one_remains_where_sets_are_written_at_once()
    {
        if (!InitIsAtomic)
        {
            return;
        }

        await using var first = Open();
        await using var second = Open();
        for (var round = 0; round < 5; round++)
        {
            await Task.WhenAll(
                first.InitAsync([.. Enumerable.Range(0, 200).Select(i => Item(DataKind.Flag, "a" + i, 1))]),
                second.InitAsync([.. Enumerable.Range(0, 200).Select(i => Item(DataKind.Flag, "b" + i, 1))]),
                first.UpsertAsync(Item(DataKind.Segment, "between" + round, 1)),
                second.UpsertAsync(Item(DataKind.Segment, "between" + round, 2))).WaitAsync(Limit, Token);
            var keys = await first.KeysAsync(DataKind.Flag);
            Assert.Equal(200, keys.Length);
            Assert.Single(keys.Select(key => key[0]).Distinct());
        }
    }

    [Fact]
    public async Task Versions_up_to_the_largest_are_told_apart()
    {
        await using var both = Open();
        long[] versions = [(1L << 53) - 1, 1L << 53, (1L << 53) + 1, (1L << 53) + 2, 1L << 62, (1L << 62) + 1, long.MaxValue - 1, long.MaxValue];
        foreach (var version in versions)
        {
            Assert.True(await both.UpsertAsync(Item(DataKind.Flag, "f", version)), $"{version} is newer");
            Assert.False(await both.UpsertAsync(Item(DataKind.Flag, "f", version)), $"{version} is there");
            Assert.False(await both.UpsertAsync(Item(DataKind.Flag, "f", version - 1)), $"{version - 1} is older");
            Assert.Equal(Text(Item(DataKind.Flag, "f", version)), await both.ReadAsync(DataKind.Flag, "f"));
            Assert.Contains((await both.DescriptorAsync(DataKind.Flag, "f"))!.Value.Version, new[] { 0, version });
        }
    }

    [Fact]
    public async Task Of_concurrent_writers_the_highest_of_very_large_versions_wins()
    {
        await using var first = Open();
        await using var second = Open();
        await first.UpsertAsync(Item(DataKind.Flag, "hot", long.MaxValue - 40));
        var versions = Enumerable.Range(0, 40).Select(i => long.MaxValue - i).ToArray();
        Random.Shared.Shuffle(versions);
        await Task.WhenAll(versions.Select((v, i) => (i % 2 == 0 ? first : second).UpsertAsync(Item(DataKind.Flag, "hot", v)))).WaitAsync(Limit, Token);
        Assert.Equal(Text(Item(DataKind.Flag, "hot", long.MaxValue)), await first.ReadAsync(DataKind.Flag, "hot"));
    }

    [Fact]
    public async Task A_tombstone_and_an_update_at_once_end_with_the_newer_of_both()
    {
        await using var first = Open();
        await using var second = Open();
        for (var round = 0; round < 20; round++)
        {
            var key = "f" + round;
            await first.UpsertAsync(Item(DataKind.Flag, key, 1));
            await Task.WhenAll(first.UpsertAsync(Tombstone(DataKind.Flag, key, 3)), second.UpsertAsync(Item(DataKind.Flag, key, 2))).WaitAsync(Limit, Token);
            Assert.True(IsDeleted(await first.DescriptorAsync(DataKind.Flag, key)), key);
        }
    }

    [Fact]
    public async Task Many_items_are_written_read_and_replaced()
    {
        await using var both = Open();
        await both.InitAsync([.. Enumerable.Range(0, ManyItems).Select(i => Item(DataKind.Flag, "flag-" + i, i + 1))]);
        var all = await both.AllAsync(DataKind.Flag);
        Assert.Equal(ManyItems, all.Count);
        Assert.Equal(Text(Item(DataKind.Flag, "flag-4711", 4712)), Encoding.UTF8.GetString(all["flag-4711"].SerializedItem.Span));
        Assert.True(await both.UpsertAsync(Item(DataKind.Flag, "flag-0", ManyItems)));
        await both.InitAsync(Item(DataKind.Flag, "one", 1));
        Assert.Equal(["one"], await both.KeysAsync(DataKind.Flag));
    }

    private static SerializedItem Flag(int version, int index) => Item(DataKind.Flag, "f" + index, version, ""","prerequisites":[],"on":true""");

    private static SerializedItem[] Set(int version) =>
    [
        .. Enumerable.Range(0, 20).Select(i => Item(DataKind.Segment, "s" + i, version)),
        .. Enumerable.Range(0, SetSize).Select(i => Flag(version, i)),
    ];
}
