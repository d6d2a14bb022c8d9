using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using CsCheck;
using Halyard.DataComponents;
using Halyard.Model;
using Halyard.Tests.Support;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Halyard.Tests.Snapshots;

public sealed class SnapshotFileTests : IDisposable
{
    private static readonly Selector Reached = new("state-ä-7", 7);
    private readonly TestDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Any_data_set_is_read_back_as_it_was_written()
    {
        var file = new SnapshotFile(_directory.File, Snapshots.Key);
        Gen.Select(Generators.DataSet, Gen.OneOf(Gen.Const(Selector.Empty), Gen.Const(Reached))).Sample(
            (data, selector) =>
            {
                var store = new MemoryStore();
                store.Init(data);
                var snapshot = store.Snapshot with { Selector = selector };
                var written = file.Write(snapshot, DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_123), null);

                var (header, read) = file.Read()!;
                Assert.Equal(selector, header.Selector);
                Assert.Equal(written.WrittenAt, header.WrittenAt);
                Assert.Equal(written.PayloadHash, header.PayloadHash);
                DeepEquality.Check(ImmutableArray.CreateRange(snapshot.Flags), read.Flags);
                DeepEquality.Check(ImmutableArray.CreateRange(snapshot.Segments), read.Segments);
            },
            iter: 200,
            threads: 1);
    }

    [Fact]
    public void Without_a_file_there_is_nothing() => Assert.Null(new SnapshotFile(_directory.File, Snapshots.Key).Read());

    [Fact]
    public async Task A_damaged_byte_anywhere_is_one_warning_and_no_data()
    {
        Save();
        var good = await File.ReadAllBytesAsync(_directory.File, Snapshots.Token);
        for (var at = 0; at < good.Length; at++)
        {
            var bad = good.AsSpan().ToArray();
            bad[at] ^= (byte)(1 << (at % 8));
            await IsIgnoredAsync(bad, $"byte {at}");
        }
    }

    [Fact]
    public async Task A_file_cut_short_anywhere_is_one_warning_and_no_data()
    {
        Save();
        var good = await File.ReadAllBytesAsync(_directory.File, Snapshots.Token);
        for (var length = 0; length < good.Length; length++)
        {
            await IsIgnoredAsync(good[..length], $"length {length}");
        }

        await IsIgnoredAsync([.. good, 0], "a byte more");
    }

    [Fact]
    public async Task A_snapshot_of_another_environment_is_ignored()
    {
        Snapshots.Save(_directory.File, "sdk-two", Reached, Items.Flag("a"));
        Assert.Contains("another environment", await IgnoredAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_snapshot_of_a_newer_format_is_ignored()
    {
        Save();
        var bytes = await File.ReadAllBytesAsync(_directory.File, Snapshots.Token);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), SnapshotHeader.FormatVersion + 1);
        await File.WriteAllBytesAsync(_directory.File, bytes, Snapshots.Token);
        Assert.Contains("newer", await IgnoredAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(long.MinValue)]
    [InlineData(253_402_300_800_000)]
    [InlineData(-62_135_596_800_001)]
    public async Task A_snapshot_of_a_time_that_cannot_be_is_ignored(long milliseconds)
    {
        Save();
        var bytes = await File.ReadAllBytesAsync(_directory.File, Snapshots.Token);
        var header = bytes.AsSpan(0, BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(12)));
        BinaryPrimitives.WriteInt64LittleEndian(header[48..], milliseconds);
        SHA256.HashData(header[..^SHA256.HashSizeInBytes], header[^SHA256.HashSizeInBytes..]);
        await File.WriteAllBytesAsync(_directory.File, bytes, Snapshots.Token);
        Assert.Contains("at no time", await IgnoredAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Something_else_under_the_name_is_ignored()
    {
        await File.WriteAllTextAsync(_directory.File, """{"flags":{},"segments":{}}""", Snapshots.Token);
        Assert.Contains("no snapshot", await IgnoredAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_directory_under_the_name_is_ignored()
    {
        Directory.CreateDirectory(_directory.File);
        await IgnoredAsync();
    }

    [Fact]
    public void The_key_does_not_stand_in_the_file()
    {
        Save();
        Assert.DoesNotContain(Snapshots.Key, File.ReadAllText(_directory.File), StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_data_is_not_written_again()
    {
        var file = new SnapshotFile(_directory.File, Snapshots.Key);
        var first = file.Write(Snapshots.Of(Reached, Items.Flag("a")), DateTimeOffset.UnixEpoch, null);
        var changed = File.GetLastWriteTimeUtc(_directory.File);

        Assert.Same(first, file.Write(Snapshots.Of(Reached, Items.Flag("a")), DateTimeOffset.UnixEpoch.AddDays(1), first));
        Assert.Equal(changed, File.GetLastWriteTimeUtc(_directory.File));
        Assert.Equal(["flags.snapshot"], _directory.Names);

        var later = file.Write(Snapshots.Of(new("state-8", 8), Items.Flag("a")), DateTimeOffset.UnixEpoch, first);
        Assert.NotSame(first, later);
        File.Delete(_directory.File);
        Assert.NotSame(later, file.Write(Snapshots.Of(new("state-8", 8), Items.Flag("a")), DateTimeOffset.UnixEpoch, later));
        Assert.NotNull(file.Read());
    }

    [Fact]
    public void A_save_that_fails_leaves_the_older_file_and_nothing_beside_it()
    {
        Save();
        var file = new SnapshotFile(_directory.File, Snapshots.Key);

        // Fails in the middle of the JSON.
        var unwritable = ItemDescriptor<Flag>.Of("b", 1, new() { Key = "b", Version = 1, Variations = default });
        Assert.ThrowsAny<Exception>(() => file.Write(Snapshots.Of(Reached, unwritable), DateTimeOffset.UnixEpoch, null));

        Assert.Equal(["flags.snapshot"], _directory.Names);
        Assert.Equal(2, file.Read()!.Data.Flags.Count);
    }

    [Fact]
    public void What_killed_processes_left_behind_is_removed_and_nothing_else()
    {
        var left = _directory.File + ".0123abcd.tmp";
        var inUse = _directory.File + ".fedc9876.tmp";
        File.WriteAllText(left, "half");
        foreach (var foreign in new[] { ".tmp", ".notes.tmp", ".0123abcx.tmp", "x0123abcd.tmp" })
        {
            File.WriteAllText(_directory.File + foreign, "");
        }

        using (File.Open(inUse, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            Save();
            Assert.False(File.Exists(left));
            Assert.True(File.Exists(inUse));
            Assert.Equal(6, _directory.Names.Length);
        }
    }

    [Fact]
    public async Task A_file_that_is_replaced_again_and_again_can_be_read_at_any_moment()
    {
        Save();
        var writer = new SnapshotFile(_directory.File, Snapshots.Key);
        var writing = Task.Run(
            () =>
            {
                for (var version = 4; version <= 200; version++)
                {
                    writer.Write(Snapshots.Of(Reached, Items.Flag("a", version)), DateTimeOffset.UnixEpoch, null);
                }
            },
            Snapshots.Token);
        var reader = new SnapshotFile(_directory.File, Snapshots.Key);
        long last = 0;
        do
        {
            var version = reader.Read()!.Data.Flags.Single(flag => flag.Key == "a").Version;
            Assert.True(version >= last, $"{version} after {last}");
            last = version;
        }
        while (!writing.IsCompleted);

        await writing.Soon();
        Assert.Equal(200, reader.Read()!.Data.Flags.Single().Version);
    }

    [Fact]
    public void Only_the_owner_may_read_it()
    {
        Save();
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_directory.File));
        }
    }

    [Fact]
    public async Task Once_disposed_nothing_is_loaded_into_memory()
    {
        Save();
        var store = new MemoryStore();
        var disk = new DiskSnapshot(new(_directory.File), Snapshots.Key, new FakeTimeProvider(), new FakeLogger());
        await disk.DisposeAsync();
        Assert.Null(await disk.LoadAsync(store, Snapshots.Token).Soon());
        Assert.False(store.Initialized);
    }

    private void Save() => Snapshots.Save(_directory.File, Snapshots.Key, Reached, Items.Flag("a", 3, ["b"]), Items.NoFlag("b", 2), Items.Segment("s"));

    private async Task IsIgnoredAsync(byte[] content, string what)
    {
        await File.WriteAllBytesAsync(_directory.File, content, Snapshots.Token);
        Assert.False(string.IsNullOrEmpty(await IgnoredAsync()), what);
    }

    private async Task<string> IgnoredAsync()
    {
        var logs = new FakeLogCollector();
        var store = new MemoryStore();
        await using var disk = new DiskSnapshot(
            new(_directory.File), Snapshots.Key, new FakeTimeProvider(), new FakeLogger(logs, "Halyard.Snapshot"));
        Assert.Null(await disk.LoadAsync(store, Snapshots.Token).Soon());
        Assert.False(store.Initialized);
        return Assert.Single(logs.Warnings());
    }
}
