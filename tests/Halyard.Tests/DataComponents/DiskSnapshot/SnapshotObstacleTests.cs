using Halyard.DataComponents;
using Halyard.Tests.Support;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Halyard.Tests.Snapshots;

/// <summary>Whatever stands where a snapshot or its temporary file should: nothing is followed, opened or waited for.</summary>
public sealed class SnapshotObstacleTests : IDisposable
{
    private static readonly Selector Reached = new("state-7", 7);
    private readonly TestDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_named_pipe_in_its_place_is_neither_waited_for_nor_replaced()
    {
        NamedPipes.Make(_directory.File);
        var file = new SnapshotFile(_directory.File, Snapshots.Key);
        Assert.Contains("named pipe", (await FailsAsync(() => file.Read())).Message, StringComparison.Ordinal);
        Assert.Contains("named pipe", (await FailsAsync(() => Write(file))).Message, StringComparison.Ordinal);
        Assert.Equal(["flags.snapshot"], _directory.Names);
        Assert.True(NamedPipes.IsAt(_directory.File));
    }

    [Fact]
    public async Task A_client_starts_and_ends_beside_a_named_pipe_with_two_warnings()
    {
        NamedPipes.Make(_directory.File);
        var logs = new FakeLogCollector();
        var options = new ClientOptions
        {
            DataSystem = DataSystem.TestData(new TestData().Update(TestData.Flag("flag"))),
            Snapshot = new(_directory.File) { Interval = TimeSpan.Zero },
            LoggerFactory = Clients.Clients.Factory(logs),
        };
        await using (var client = await Client.StartAsync(options, Snapshots.Token).Soon())
        {
            Assert.True(client.BoolVariation("flag", Context.New("user-1"), false));
            await client.DisposeAsync().AsTask().Soon();
        }

        Assert.Collection(
            logs.Warnings(),
            read => Assert.Contains("is ignored", read, StringComparison.Ordinal),
            save => Assert.Contains("could not be saved", save, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("/dev/zero")]
    [InlineData("/dev/tty")]
    public async Task A_device_is_not_read(string device)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only on Linux can be told what a name stands for.");
        var error = await FailsAsync(() => new SnapshotFile(device, Snapshots.Key).Read());
        Assert.Contains("device", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_symbolic_link_is_not_followed_by_a_read_and_replaced_by_a_save()
    {
        var target = Path.Combine(Path.GetDirectoryName(_directory.File)!, "elsewhere");
        Snapshots.Save(target, Snapshots.Key, Reached, Items.Flag("a", 3));
        var before = File.ReadAllBytes(target);
        File.CreateSymbolicLink(_directory.File, target);

        var file = new SnapshotFile(_directory.File, Snapshots.Key);
        Assert.Contains("symbolic link", Assert.Throws<IOException>(() => file.Read()).Message, StringComparison.Ordinal);
        Write(file);

        Assert.Null(new FileInfo(_directory.File).LinkTarget);
        Assert.Equal("b", Assert.Single(file.Read()!.Data.Flags).Key);
        Assert.Equal(before, File.ReadAllBytes(target));
    }

    [Fact]
    public void A_link_that_leads_nowhere_makes_no_file_where_it_points()
    {
        var target = Path.Combine(Path.GetDirectoryName(_directory.File)!, "nowhere");
        File.CreateSymbolicLink(_directory.File, target);
        var file = new SnapshotFile(_directory.File, Snapshots.Key);
        Assert.Throws<IOException>(() => file.Read());
        Write(file);
        Assert.Equal(["flags.snapshot"], _directory.Names);
        Assert.NotNull(file.Read());
    }

    [Fact]
    public void A_save_of_the_same_data_puts_a_file_in_the_place_of_a_link()
    {
        var file = new SnapshotFile(_directory.File, Snapshots.Key);
        var first = Write(file);
        var target = _directory.File + ".moved";
        File.Move(_directory.File, target);
        File.CreateSymbolicLink(_directory.File, target);
        Assert.NotSame(first, file.Write(Snapshots.Of(Reached, Items.Flag("b")), DateTimeOffset.UnixEpoch, first));
        Assert.Null(new FileInfo(_directory.File).LinkTarget);
    }

    [Fact]
    public async Task Pipes_and_links_among_what_was_left_behind_are_left_alone()
    {
        var pipe = _directory.File + ".0123abcd.tmp";
        var link = _directory.File + ".0123abce.tmp";
        var left = _directory.File + ".0123abcf.tmp";
        var target = Path.Combine(Path.GetDirectoryName(_directory.File)!, "precious");
        NamedPipes.Make(pipe);
        File.WriteAllText(target, "precious");
        File.CreateSymbolicLink(link, target);
        File.WriteAllText(left, "half");

        await Task.Run(() => Write(new SnapshotFile(_directory.File, Snapshots.Key)), Snapshots.Token).Soon();

        Assert.Equal(["flags.snapshot", "flags.snapshot.0123abcd.tmp", "flags.snapshot.0123abce.tmp", "precious"], _directory.Names);
        Assert.True(NamedPipes.IsAt(pipe));
        Assert.Equal("precious", await File.ReadAllTextAsync(target, Snapshots.Token));
    }

    [Fact]
    public async Task Each_save_has_a_temporary_file_of_a_new_name()
    {
        var names = new Journal<string>();
        using var watcher = new FileSystemWatcher(Path.GetDirectoryName(_directory.File)!, "*.tmp");
        watcher.Created += (_, e) => names.Add(e.Name!);
        watcher.EnableRaisingEvents = true;
        var file = new SnapshotFile(_directory.File, Snapshots.Key);
        for (var version = 1; version <= 5; version++)
        {
            file.Write(Snapshots.Of(Reached, Items.Flag("a", version)), DateTimeOffset.UnixEpoch, null);
        }

        await names.UntilAsync(all => all.Count == 5);
        Assert.Equal(5, names.Entries.Distinct().Count());
        Assert.Equal(["flags.snapshot"], _directory.Names);
    }

    [Fact]
    public async Task A_save_that_failed_is_tried_again_at_growing_distances_until_it_succeeds()
    {
        var time = new FakeTimeProvider();
        var logs = new FakeLogCollector();
        var store = new MemoryStore();
        await using var disk = new DiskSnapshot(
            new(_directory.File) { Interval = TimeSpan.Zero }, Snapshots.Key, time, new FakeLogger(logs, "Halyard.Snapshot"));
        await disk.LoadAsync(store, Snapshots.Token);
        store.Init(Items.Set(Items.Flag("a")));
        Directory.CreateDirectory(_directory.File);
        disk.Changed();
        await SavedAfterAsync(TimeSpan.Zero);

        var attempts = 1;
        foreach (var seconds in new[] { 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300 })
        {
            Assert.Equal(attempts, Attempts());
            await SavedAfterAsync(TimeSpan.FromSeconds(seconds) - TimeSpan.FromMilliseconds(1));
            Assert.Equal(attempts, Attempts());
            await SavedAfterAsync(TimeSpan.FromMilliseconds(1));
            attempts++;
        }

        Assert.Single(logs.Warnings());
        Directory.Delete(_directory.File);
        await SavedAfterAsync(TimeSpan.FromSeconds(300));
        Assert.NotNull(new SnapshotFile(_directory.File, Snapshots.Key).Read());

        // And what was saved is not saved again.
        var saved = logs.Count;
        await SavedAfterAsync(TimeSpan.FromHours(1));
        Assert.Equal(saved, logs.Count);

        int Attempts() => logs.GetSnapshot().Count(log => log.Message.Contains("cannot be saved (", StringComparison.Ordinal)
            || log.Message.Contains("could not be saved (", StringComparison.Ordinal));

        async Task SavedAfterAsync(TimeSpan span)
        {
            time.Advance(span);
            await disk.Saving.Soon();
        }
    }

    private static SnapshotHeader Write(SnapshotFile file) =>
        file.Write(Snapshots.Of(Reached, Items.Flag("b")), DateTimeOffset.UnixEpoch, null);

    private static async Task<IOException> FailsAsync(Func<object?> work) =>
        await Assert.ThrowsAsync<IOException>(() => Task.Run(work, Snapshots.Token).Soon());
}
