using System.Security.Cryptography;
using System.Text;
using Halyard.DataComponents;
using Halyard.Model;
using Halyard.Tests.Support;

namespace Halyard.Tests.Snapshots;

/// <summary>Items that cannot be understood are not forgotten over a restart.</summary>
public sealed class SnapshotQuarantineTests : IDisposable
{
    private static readonly Selector Reached = new("state-7", 7);
    private readonly TestDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void The_item_and_its_last_good_version_are_kept_with_the_state()
    {
        var (header, data) = SaveAndRead(Items.Flag("a", 5), Items.Segment("s", 1), Bad.Flag("b", 3), Bad.Segment("s", 2), Bad.Flag("c", null));
        Assert.Equal(Reached, header.Selector);
        Assert.Equal(["a"], data.Flags.Select(flag => flag.Key));
        Assert.Equal(1, data.Segments.Single().Version);
        Assert.Equal(
            [("b", 3L, "flags.b.rules[2].clauses"), ("c", null, "flags.c.rules[2].clauses"), ("s", 2L, "segments.s.rules[2].clauses")],
            data.Quarantined.OrderBy(item => item.Key).Select(item => (item.Key, item.Version, item.Path)));
        Assert.Equal(Bad.Json("b", 3), Encoding.UTF8.GetString(data.Malformed.Single(item => item.Key == "b").Text!));
    }

    [Fact]
    public void An_item_that_this_release_understands_takes_the_place_of_the_version_before_it()
    {
        // Quarantined by a release that did not understand it; the event's version counts, and the item keeps its own.
        var good = MalformedItem.Of(DataKind.Flag, "a", 9, new("not understood", "flags.a"), Items.Flag("a", 100).ToUtf8Json());
        var (header, data) = SaveAndRead(Items.Flag("a", 5), Items.Flag("b", 1), good);
        Assert.Equal(Reached, header.Selector);
        Assert.Empty(data.Quarantined);
        var flag = data.Flags.Single(item => item.Key == "a");
        Assert.Equal((9L, 100L), (flag.Version, flag.Item!.Version));
        Assert.Equal(2, data.Flags.Count);
    }

    [Fact]
    public void Without_the_text_the_key_is_kept_and_the_state_is_not()
    {
        var (header, data) = SaveAndRead(Items.Flag("a", 5), Bad.Flag("b", 3).WithoutText());
        Assert.True(header.Selector.IsEmpty);
        Assert.Equal(("b", 3L, "flags.b.rules[2].clauses"), data.Quarantined.Select(item => (item.Key, item.Version, item.Path)).Single());
    }

    [Theory]
    [InlineData(new byte[] { 0x22, 0xC3, 0x28, 0x22 })]
    [InlineData(new byte[] { 0x7B })]
    [InlineData(new byte[] { })]
    public void Any_text_is_kept_and_harms_nothing(byte[] text)
    {
        var (_, data) = SaveAndRead(Items.Flag("a", 5), MalformedItem.Of(DataKind.Flag, "b", 3, new("bad", "flags.b"), text));
        Assert.Equal(["a"], data.Flags.Select(flag => flag.Key));
        Assert.Equal(("b", 3L), data.Quarantined.Select(item => (item.Key, item.Version)).Single());
    }

    [Fact]
    public void An_item_nested_as_deeply_as_a_body_can_be_does_not_spoil_the_file()
    {
        var deep = $$"""{"key":"b","version":1,"x":{{new string('[', 60)}}{{new string(']', 60)}},"on":7}""";
        var (_, data) = SaveAndRead(Items.Flag("a", 5), MalformedItem.Of(DataKind.Flag, "b", 1, new("bad", "flags.b.on"), Encoding.UTF8.GetBytes(deep)));
        Assert.Equal("flags.b.on", data.Quarantined.Single().Path);
    }

    [Fact]
    public void Data_without_quarantine_is_written_as_ever()
    {
        new SnapshotFile(_directory.File, Snapshots.Key).Write(Snapshots.Of(Reached, Items.Flag("a", 1)), DateTimeOffset.UnixEpoch, null);
        Assert.DoesNotContain("quarantined", File.ReadAllText(_directory.File), StringComparison.Ordinal);
    }

    [Fact]
    public void An_item_that_was_good_when_it_was_written_is_sent_anew()
    {
        // The item's own text is damaged as another release might have written it.
        var file = new SnapshotFile(_directory.File, Snapshots.Key);
        var flag = new Flag { Key = "b", Version = 1, Unknown = new([new("on", "7"u8.ToArray())]) };
        file.Write(Snapshots.Of(Reached, Items.Flag("a", 1), ItemDescriptor<Flag>.Of("b", 1, flag)), DateTimeOffset.UnixEpoch, null);
        var (header, data) = file.Read()!;
        Assert.True(header.Selector.IsEmpty);
        Assert.Equal(["a"], data.Flags.Select(item => item.Key));
        Assert.Equal(["b"], data.Quarantined.Select(item => item.Key));
    }

    [Fact]
    public void Of_an_item_that_is_there_twice_the_last_counts()
    {
        var good = Items.Flag("b", 3).ToUtf8Json();
        var bad = Encoding.UTF8.GetBytes(Bad.Json("b", 3));
        var (_, twiceGood) = Read([("flag", 3, good), ("flag", 4, good)]);
        Assert.Equal((4L, 0), (twiceGood.Flags.Single(flag => flag.Key == "b").Version, twiceGood.Malformed.Count));
        var (_, twiceBad) = Read([("flag", 3, bad), ("flag", 4, bad)]);
        Assert.Equal((4L, 1L), (twiceBad.Malformed.Single().Version, twiceBad.Flags.Single(flag => flag.Key == "b").Version));
        var (_, badAtLast) = Read([("flag", 3, good), ("flag", 4, bad)]);
        Assert.Equal((4L, 1L), (badAtLast.Malformed.Single().Version, badAtLast.Flags.Single(flag => flag.Key == "b").Version));
        var (_, goodAtLast) = Read([("flag", 3, bad), ("flag", 4, good), ("segment", 5, bad)]);
        Assert.Equal(4L, goodAtLast.Flags.Single(flag => flag.Key == "b").Version);
        Assert.Equal(DataKind.Segment, goodAtLast.Malformed.Single().Kind);
    }

    [Fact]
    public void An_item_in_quarantine_counts_more_than_what_is_malformed_in_the_data()
    {
        var bad = Encoding.UTF8.GetBytes(Bad.Json("b", 3));
        Assert.Equal(3L, Read([("flag", 3, bad)], flag: "7").Data.Malformed.Single().Version);
        Assert.Empty(Read([("flag", 3, Items.Flag("b", 3).ToUtf8Json())], flag: "7").Data.Malformed);
    }

    [Fact]
    public void An_item_of_another_kind_is_no_segment() =>
        Assert.Throws<SnapshotRefusedException>(() => Read([("metric", 3, "{}"u8.ToArray())]));

    // A file as no writer makes it, with sound checksums.
    private SnapshotContent Read((string Kind, long Version, byte[] Text)[] quarantined, string flag = """{"key":"b","version":1}""")
    {
        var items = quarantined.Select(item =>
            $$"""{"kind":"{{item.Kind}}","key":"b","version":{{item.Version}},"item":"{{Convert.ToBase64String(item.Text)}}"}""");
        var payload = Encoding.UTF8.GetBytes($$"""{"quarantined":[{{string.Join(',', items)}}],"flags":{"b":{{flag}} } }""");
        var header = new SnapshotHeader(
            SnapshotHeader.EnvironmentOf(Snapshots.Key), DateTimeOffset.UnixEpoch, payload.Length, SHA256.HashData(payload), Selector.Empty);
        File.WriteAllBytes(_directory.File, [.. header.ToBytes(), .. payload]);
        return new SnapshotFile(_directory.File, Snapshots.Key).Read()!;
    }

    private SnapshotContent SaveAndRead(params ItemDescriptor[] items)
    {
        var store = new MemoryStore();
        store.Apply(new(ChangeSetKind.Full, [.. items.Where(item => item is not MalformedItem)], Selector.Empty));
        store.Apply(new(ChangeSetKind.Partial, [.. items.Where(item => item is MalformedItem)], Reached));
        var file = new SnapshotFile(_directory.File, Snapshots.Key);
        file.Write(store.Snapshot, DateTimeOffset.UnixEpoch, null);
        return file.Read()!;
    }
}
