using Halyard.DataComponents;
using Halyard.DataModel.Json.Reading;
using Halyard.DataSystems;
using Halyard.Model;
using Halyard.Tests.Support;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Halyard.Tests.Snapshots;

public sealed class DiskSnapshotTests : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
    private readonly TestDirectory _directory = new();
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddDays(20_000));
    private readonly FakeLogCollector _logs = new();
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private PushedSource _source = null!;
    private Client? _client;

    private ClientOptions Options => new()
    {
        SdkKey = Snapshots.Key,
        DataSystem = DataSystem.FromSynchronizer(context => _source = new(context.Status, _started)),
        Snapshot = new(_directory.File),
        TimeProvider = _time,
        LoggerFactory = Clients.Clients.Factory(_logs),
    };

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_start_without_network_serves_the_snapshot_at_once()
    {
        Save(new("state-4", 4), BoolFlag("on", 2, true));
        await using var client = await StartAsync();

        Assert.True(client.Initialized);
        Assert.True(client.BoolVariation("on", Clients.Clients.User, false));
        Assert.Equal(DataSourceState.Initializing, client.DataSourceStatus.Current.State);
        Assert.Equal(new Selector("state-4", 4), _source.Bootstrap?.Selector);
        Assert.Empty(_logs.Warnings());
    }

    [Fact]
    public async Task Without_a_snapshot_a_start_waits_for_the_source()
    {
        var starting = Client.StartAsync(Options, Snapshots.Token);
        await _started.Task.Soon();
        Assert.Null(_source.Bootstrap);
        Deliver(Items.Flag("a"));
        await using var client = await starting.Soon();
        Assert.Empty(_logs.Warnings());
    }

    [Fact]
    public async Task A_start_waits_for_fresh_data_when_it_is_told_to()
    {
        Save(Selector.Empty, BoolFlag("on", 2, true));
        var options = Options;
        options.Snapshot!.WaitForFreshData = true;
        var starting = Client.StartAsync(options, Snapshots.Token);
        await _started.Task.Soon();
        Assert.False(starting.IsCompleted);

        // The source starts before the client begins to wait: time that passes in between is not waited for.
        await Conditions.UntilAsync(() =>
        {
            _time.Advance(options.StartTimeout);
            return starting.IsCompleted;
        });
        await using var client = await starting;
        Assert.True(client.BoolVariation("on", Clients.Clients.User, false));
    }

    [Fact]
    public async Task After_the_snapshot_only_what_really_changed_is_announced()
    {
        Save(Selector.Empty, Items.Flag("same", 2), Items.Flag("changed", 2), Items.Flag("dependent", 1, ["changed"]), Items.Flag("gone", 1));
        await using var client = await StartAsync();
        await using var announced = client.FlagChanges.GetAsyncEnumerator(Snapshots.Token);

        Deliver(Items.Flag("same", 2), Items.Flag("changed", 3), Items.Flag("dependent", 1, ["changed"]), Items.Flag("new", 1));
        Assert.True(await announced.MoveNextAsync().AsTask().Soon());
        Assert.Equal(["changed", "dependent", "gone", "new"], announced.Current.Keys.Order());
        Assert.Equal(DataSourceState.Valid, client.DataSourceStatus.Current.State);
        Assert.Null(client.System.Snapshot.Flags.Find("gone"));
    }

    [Fact]
    public async Task Changes_alone_follow_on_a_snapshot_with_a_selector()
    {
        Save(new("state-4", 4), Items.Flag("a", 2), Items.Flag("b", 2));
        await using (var client = await StartAsync())
        {
            _source.Destination.Apply(new(ChangeSetKind.Partial, [Items.Flag("b", 3)], new("state-5", 5)));
        }

        var (header, data) = Read();
        Assert.Equal(new Selector("state-5", 5), header.Selector);
        Assert.Equal([2, 3], data.Flags.OrderBy(flag => flag.Key).Select(flag => flag.Version));
    }

    [Fact]
    public async Task Data_without_a_state_drops_the_selector()
    {
        Save(new("state-4", 4), Items.Flag("a", 2));
        await using (await StartAsync())
        {
            _source.Destination.Upsert(DataKind.Flag, "a", Items.Flag("a", 3));
        }

        Assert.True(Read().Header.Selector.IsEmpty);
    }

    [Fact]
    public async Task A_new_state_of_the_same_data_is_kept()
    {
        Save(new("state-4", 4), Items.Flag("a", 2));
        await using (await StartAsync())
        {
            _source.Destination.Apply(ChangeSet.Nothing());
            _source.Destination.Apply(ChangeSet.Nothing(new("state-5", 5)));
        }

        Assert.Equal("state-5", Read().Header.Selector.State);
    }

    [Fact]
    public async Task Many_changes_are_one_save_an_interval_after_the_first()
    {
        await using var client = await StartAsync(waits: false);
        for (var version = 1; version <= 5; version++)
        {
            Deliver(Items.Flag("a", version));
            _time.Advance(Interval / 5 - TimeSpan.FromMilliseconds(1));
        }

        Assert.False(File.Exists(_directory.File));
        await SavedByAsync(TimeSpan.FromMilliseconds(5));
        Assert.Equal(5, Version());

        Deliver(Items.Flag("a", 6));
        _time.Advance(Interval - TimeSpan.FromMilliseconds(1));
        await Disk.Saving.Soon();
        Assert.Equal(5, Version());
        await SavedByAsync(TimeSpan.FromMilliseconds(1));
        Assert.Equal(6, Version());
        Assert.Equal(2, Saves);
    }

    [Fact]
    public async Task Nothing_is_written_when_nothing_changed()
    {
        Save(Selector.Empty, Items.Flag("a", 3), Items.Flag("b", 1));
        var written = File.GetLastWriteTimeUtc(_directory.File);
        await using (await StartAsync())
        {
            await SavedByAsync(Interval);

            // The same data over again, as a service sends it at every connection; and what is too old to be stored.
            Deliver(Items.Flag("b", 1), Items.Flag("a", 3));
            Assert.False(_source.Destination.Upsert(DataKind.Flag, "a", Items.Flag("a", 2)));
            await SavedByAsync(Interval);
        }

        Assert.Equal(written, File.GetLastWriteTimeUtc(_directory.File));
        Assert.Equal(0, Saves);
        Assert.Equal(["flags.snapshot"], _directory.Names);
    }

    [Fact]
    public async Task A_client_that_never_had_data_writes_none()
    {
        await using (await StartAsync(waits: false))
        {
            _source.Destination.Upsert(DataKind.Flag, "a", Items.Flag("a"));
            await SavedByAsync(Interval);
        }

        Assert.Empty(_directory.Names);
    }

    [Fact]
    public async Task Disposal_saves_what_is_left_also_when_the_source_fails_to_end()
    {
        await using (await StartAsync(waits: false))
        {
            Deliver(Items.Flag("a", 8));
            _source.FailsToEnd = new InvalidOperationException("stuck");
        }

        Assert.Equal(8, Version());
    }

    [Fact]
    public async Task A_useless_snapshot_is_replaced_by_the_next_save()
    {
        await File.WriteAllTextAsync(_directory.File, "not a snapshot", Snapshots.Token);
        await using (await StartAsync(waits: false))
        {
            Assert.Single(_logs.Warnings());
            Deliver(Items.Flag("a", 2));
            await SavedByAsync(Interval);
            Assert.Equal(2, Version());
        }

        Assert.Single(_logs.Warnings());
    }

    [Fact]
    public async Task Saves_that_fail_are_one_warning_and_are_tried_again_by_themselves_and_with_the_next_change()
    {
        await using var client = await StartAsync(waits: false);
        Directory.CreateDirectory(_directory.File);
        Deliver(Items.Flag("a", 1));
        await SavedByAsync(Interval);
        Deliver(Items.Flag("a", 2));
        await SavedByAsync(Interval);
        Assert.Single(_logs.Warnings());
        Assert.Equal(["flags.snapshot"], _directory.Names);
        Assert.Equal(2, client.System.Snapshot.Flags.Find("a")!.Version);

        Directory.Delete(_directory.File);
        await SavedByAsync(Interval);
        Assert.Equal(2, Version());
        Deliver(Items.Flag("a", 3));
        await SavedByAsync(Interval);
        Assert.Equal(3, Version());
        Assert.Single(_logs.Warnings());
        Assert.Contains(_logs.GetSnapshot(), log => log.Level == LogLevel.Information && log.Message.Contains("again", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_directory_that_cannot_be_made_ends_no_client()
    {
        await File.WriteAllTextAsync(_directory.File, "a file where a directory should be", Snapshots.Token);
        var options = Options;
        options.Snapshot!.Path = Path.Combine(_directory.File, "below", "flags.snapshot");
        options.StartTimeout = TimeSpan.Zero;
        await using (var client = await Client.StartAsync(options, Snapshots.Token).Soon())
        {
            Deliver(Items.Flag("a", 1));
            Assert.True(client.Initialized);
        }

        Assert.InRange(_logs.Warnings().Length, 1, 2);
    }

    [Fact]
    public async Task The_directory_is_made_when_it_is_missing()
    {
        var options = Options;
        options.Snapshot!.Path = Path.Combine(Path.GetDirectoryName(_directory.File)!, "a", "b", "flags.snapshot");
        options.StartTimeout = TimeSpan.Zero;
        await using (await Client.StartAsync(options, Snapshots.Token).Soon())
        {
            Deliver(Items.Flag("a", 1));
        }

        Assert.True(File.Exists(options.Snapshot.Path));
        Assert.Empty(_logs.Warnings());
    }

    [Fact]
    public async Task Options_that_cannot_work_are_refused_before_anything_starts()
    {
        foreach (var wrong in new SnapshotOptions[]
        {
            new(),
            new(" "),
            new("a\0b"),
            new("directory/"),
            new("a") { Interval = TimeSpan.FromSeconds(-1) },
            new("a") { Interval = TimeSpan.FromDays(2) },
        })
        {
            var options = Options;
            options.Snapshot = wrong;
            var error = await Assert.ThrowsAsync<ArgumentException>(() => Client.StartAsync(options, Snapshots.Token));
            Assert.Contains("SnapshotOptions", error.Message, StringComparison.Ordinal);
        }

        Assert.Null(_source);
    }

    private BackgroundSync System => (BackgroundSync)_client!.System;

    private DiskSnapshot Disk => System.Disk!;

    private int Saves => _logs.GetSnapshot().Count(log => log.Category == "Halyard.Snapshot" && log.Message.StartsWith("Saved", StringComparison.Ordinal));

    private static ItemDescriptor<Flag> BoolFlag(string key, long version, bool value) => (ItemDescriptor<Flag>)ModelReader.ReadItem(
        DataKind.Flag,
        key,
        global::System.Text.Encoding.UTF8.GetBytes($$"""{"key":"{{key}}","version":{{version}},"on":false,"offVariation":{{(value ? 0 : 1)}},"variations":[true,false]}"""));

    private void Save(Selector selector, params ItemDescriptor[] items) => Snapshots.Save(_directory.File, Snapshots.Key, selector, items);

    private SnapshotContent Read() => new SnapshotFile(_directory.File, Snapshots.Key).Read()!;

    private long Version() => Assert.Single(Read().Data.Flags).Version;

    private void Deliver(params ItemDescriptor[] items)
    {
        _source.Destination.Init(Items.Set(items));
        _source.Status.ReportValid();
    }

    private async Task<Client> StartAsync(bool waits = true)
    {
        var options = Options;
        options.StartTimeout = waits ? options.StartTimeout : TimeSpan.Zero;
        return _client = await Client.StartAsync(options, Snapshots.Token).Soon();
    }

    private async Task SavedByAsync(TimeSpan time)
    {
        _time.Advance(time);
        await Disk.Saving.Soon();
    }
}
