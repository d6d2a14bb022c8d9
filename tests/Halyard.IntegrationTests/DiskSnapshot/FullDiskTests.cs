using Halyard.DataComponents;
using Halyard.Tests.Support;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;

namespace Halyard.IntegrationTests.Snapshots;

/// <summary>A disk that cannot be written keeps the last good snapshot, and the next is written by itself when it can be.</summary>
public sealed class FullDiskTests
{
    private const string Key = "sdk-disk";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_disk_that_fills_keeps_the_last_good_file_and_gets_the_newest_when_it_has_room_again()
    {
        using var disk = new TemporaryDisk();
        await FailAndRecoverAsync(disk, disk.Fill, disk.Empty);
    }

    [Fact]
    public async Task A_disk_that_becomes_read_only_keeps_the_last_good_file_and_gets_the_newest_when_it_is_not()
    {
        using var disk = new TemporaryDisk();
        await FailAndRecoverAsync(disk, () => disk.SetReadOnly(true), () => disk.SetReadOnly(false));
    }

    private static async Task FailAndRecoverAsync(TemporaryDisk disk, Action spoil, Action mend)
    {
        var logs = new FakeLogCollector();
        using var loggers = LoggerFactory.Create(builder => builder.SetMinimumLevel(LogLevel.Debug).AddProvider(new FakeLoggerProvider(logs)));
        var data = new TestData();
        Set(data, 1);
        await using var client = await Client.StartAsync(
            new()
            {
                SdkKey = Key,
                DataSystem = DataSystem.TestData(data),
                Snapshot = new(disk.File) { Interval = TimeSpan.FromMilliseconds(10) },
                LoggerFactory = loggers,
            },
            Token);
        await SavedAsync(disk, 1);

        spoil();
        Set(data, 2);
        await Conditions.UntilAsync(() => Said("could not be saved"));
        Assert.Equal(1, Saved(disk));
        await Conditions.UntilAsync(() => Said("still cannot be saved"));
        Assert.Equal(1, Saved(disk));
        Assert.Empty(Directory.GetFiles(disk.Folder, "*.tmp"));

        // No change asks for it any more.
        mend();
        await SavedAsync(disk, 2);
        await Conditions.UntilAsync(() => Said("can be saved again"));
        Assert.Equal(["flags.snapshot"], Directory.GetFiles(disk.Folder).Select(Path.GetFileName));
        Assert.Single(logs.GetSnapshot(), log => log.Level >= LogLevel.Warning);

        bool Said(string text) => logs.GetSnapshot().Any(log => log.Message.Contains(text, StringComparison.Ordinal));
    }

    // With a description that does not compress away: a full disk must not have room for it by chance.
    private static void Set(TestData data, int value) =>
        data.UpdateFlagJson($$"""{"key":"n","version":{{value}},"on":false,"offVariation":0,"variations":[{{value}}, "{{new string('x', 100_000)}}"]}""");

    private static Task SavedAsync(TemporaryDisk disk, int value) => Conditions.UntilAsync(() => Saved(disk) == value);

    private static long? Saved(TemporaryDisk disk) => new SnapshotFile(disk.File, Key).Read() is { } content ? Assert.Single(content.Data.Flags).Version : null;
}
