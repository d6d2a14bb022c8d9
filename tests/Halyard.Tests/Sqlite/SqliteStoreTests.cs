using System.Text;
using Halyard.DataComponents;
using Halyard.DataSystems;
using Halyard.Model;
using Halyard.Tests.Support;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Testing;

namespace Halyard.Tests.Sqlite;

public sealed class SqliteStoreTests : SqliteTest
{
    [Fact]
    public async Task What_is_written_is_read()
    {
        var store = new SqliteStore(Path.Combine(Folder, "made", "by the writer", "flags.db"));
        await using var writer = store.CreateWriter(Context);
        await using var reader = store.CreateReader(Context);
        Assert.False(await writer.InitializedAsync(Token));
        await writer.InitAsync([Item("a", 1), Item("b", 2), Item("a", 3, kind: DataKind.Segment), Item("gone", 4, deleted: true)], Token);
        Assert.True(await writer.InitializedAsync(Token));
        Assert.True(await reader.InitializedAsync(Token));
        Assert.Equal(1, (await reader.GetAsync(DataKind.Flag, "a", Token))!.Value.Version);
        Assert.Equal(3, (await reader.GetAsync(DataKind.Segment, "a", Token))!.Value.Version);
        Assert.True((await reader.GetAsync(DataKind.Flag, "gone", Token))!.Value.Deleted);
        Assert.Null(await reader.GetAsync(DataKind.Flag, "A", Token));
        var all = await reader.AllAsync(DataKind.Flag, Token);
        Assert.Equal(["a", "b", "gone"], all.Keys.Order());
        Assert.Equal("{\"key\":\"b\"}", Encoding.UTF8.GetString(all["b"].SerializedItem.Span));
    }

    [Fact]
    public async Task Who_reads_while_the_first_writer_makes_the_tables_does_not_take_the_file_for_another_program_s()
    {
        for (var i = 0; i < 300; i++)
        {
            var store = new SqliteStore(Path.Combine(Folder, $"flags{i}.db"));
            await using var writer = store.CreateWriter(Context);
            var readers = Enumerable.Range(0, 3).Select(_ => Task.Run(
                async () =>
                {
                    await using var reader = store.CreateReader(Context);
                    for (var isThere = false; !isThere;)
                    {
                        try
                        {
                            isThere = await reader.InitializedAsync(Token);
                        }
                        catch (FileNotFoundException)
                        {
                            // The writer has not begun.
                        }
                    }
                },
                Token));
            await Task.WhenAll([.. readers, writer.InitAsync([Item("a", 1)], Token).AsTask()]).WaitAsync(TimeSpan.FromSeconds(60), Token);
        }
    }

    [Fact]
    public async Task An_older_or_equal_version_is_not_written()
    {
        var store = new SqliteStore(FilePath);
        await using var writer = store.CreateWriter(Context);
        await using var reader = store.CreateReader(Context);
        Assert.True(await writer.UpsertAsync(Item("a", 5), Token));
        Assert.False(await writer.UpsertAsync(Item("a", 5, deleted: true), Token));
        Assert.False(await writer.UpsertAsync(Item("a", 4), Token));
        Assert.True(await writer.UpsertAsync(Item("a", 6, deleted: true), Token));
        Assert.Equal((6L, true), await reader.GetAsync(DataKind.Flag, "a", Token) is { } item ? (item.Version, item.Deleted) : default);
        Assert.False(await reader.InitializedAsync(Token));
    }

    [Fact]
    public async Task Init_replaces_everything_of_its_prefix_and_nothing_else()
    {
        await using var one = new SqliteStore(FilePath) { Prefix = "one" }.CreateWriter(Context);
        await using var two = new SqliteStore(FilePath) { Prefix = "" }.CreateWriter(Context);
        await using var oneReader = new SqliteStore(FilePath) { Prefix = "one" }.CreateReader(Context);
        await using var twoReader = new SqliteStore(FilePath).CreateReader(Context);
        await one.InitAsync([Item("a", 9)], Token);
        await one.InitAsync([Item("b", 1)], Token);
        await two.InitAsync([], Token);
        Assert.Equal(["b"], (await oneReader.AllAsync(DataKind.Flag, Token)).Keys);
        Assert.Empty(await twoReader.AllAsync(DataKind.Flag, Token));
        Assert.True(await twoReader.InitializedAsync(Token));
    }

    [Fact]
    public async Task Several_readers_and_writers_at_once_lose_nothing_and_readers_see_whole_writes()
    {
        var store = new SqliteStore(FilePath);
        await using var first = store.CreateWriter(Context);
        await first.InitAsync([.. Enumerable.Range(0, 200).Select(i => Item("set-" + i, 1))], Token);
        var writing = Task.WhenAll(Enumerable.Range(0, 3).Select(async w =>
        {
            await using var writer = store.CreateWriter(Context);
            for (var version = 1; version <= 100; version++)
            {
                await writer.UpsertAsync(Item("shared", (version * 3) + w), Token);
                await writer.UpsertAsync(Item($"own-{w}-{version}", 1), Token);
            }
        }));
        var wholes = Task.WhenAll(Enumerable.Range(0, 2).Select(async _ =>
        {
            await using var reader = store.CreateReader(Context);
            long last = 0;
            while (!writing.IsCompleted)
            {
                var all = await reader.AllAsync(DataKind.Flag, Token);
                Assert.Equal(200, all.Keys.Count(key => key.StartsWith("set-", StringComparison.Ordinal)));
                var shared = all.TryGetValue("shared", out var item) ? item.Version : 0;
                Assert.True(shared >= last);
                last = shared;
            }
        }));
        await writing.WaitAsync(TimeSpan.FromSeconds(60), Token);
        await wholes.WaitAsync(TimeSpan.FromSeconds(60), Token);
        await using var check = store.CreateReader(Context);
        var end = await check.AllAsync(DataKind.Flag, Token);
        Assert.Equal(200 + 300 + 1, end.Count);
        Assert.Equal(302, end["shared"].Version);
    }

    [Fact]
    public async Task A_missing_file_is_an_error_until_it_is_there()
    {
        var store = new SqliteStore(FilePath);
        await using var reader = store.CreateReader(Context);
        var error = await Assert.ThrowsAsync<FileNotFoundException>(async () => await reader.GetAsync(DataKind.Flag, "a", Token));
        Assert.Contains("does not exist", error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(FilePath), "A reader makes no file.");
        await using var writer = store.CreateWriter(Context);
        await writer.UpsertAsync(Item("a", 1), Token);
        Assert.NotNull(await reader.GetAsync(DataKind.Flag, "a", Token));
    }

    [Fact]
    public async Task A_corrupt_file_is_an_error_until_it_is_replaced()
    {
        await File.WriteAllTextAsync(FilePath, string.Concat(Enumerable.Repeat("this is no database. ", 500)), Token);
        var store = new SqliteStore(FilePath);
        await using var reader = store.CreateReader(Context);
        await using var writer = store.CreateWriter(Context);
        var error = await Assert.ThrowsAsync<IOException>(async () => await reader.GetAsync(DataKind.Flag, "a", Token));
        Assert.Contains("is not an SQLite database", error.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<IOException>(async () => await writer.UpsertAsync(Item("a", 1), Token));
        Assert.StartsWith("this is no database", await File.ReadAllTextAsync(FilePath, Token), StringComparison.Ordinal);
        File.Delete(FilePath);
        await writer.InitAsync([Item("a", 2)], Token);
        Assert.Equal(2, (await reader.GetAsync(DataKind.Flag, "a", Token))!.Value.Version);
    }

    [Fact]
    public async Task A_file_that_is_replaced_while_open_is_read_anew()
    {
        var store = new SqliteStore(FilePath);
        await using (var writer = store.CreateWriter(Context))
        {
            await writer.InitAsync([Item("a", 1)], Token);
        }

        await using var reader = store.CreateReader(Context);
        Assert.Equal(1, (await reader.GetAsync(DataKind.Flag, "a", Token))!.Value.Version);
        var other = new SqliteStore(Path.Combine(Folder, "new.db"));
        await using (var writer = other.CreateWriter(Context))
        {
            await writer.InitAsync([Item("a", 2)], Token);
        }

        File.Delete(FilePath);
        await Assert.ThrowsAsync<FileNotFoundException>(async () => await reader.GetAsync(DataKind.Flag, "a", Token));
        File.Move(other.Path, FilePath);
        Assert.Equal(2, (await reader.GetAsync(DataKind.Flag, "a", Token))!.Value.Version);
    }

    [Fact]
    public async Task Another_programs_file_is_refused_and_left_alone()
    {
        await ExecuteAsync("CREATE TABLE items(x); INSERT INTO items VALUES(1);");

        var before = await File.ReadAllBytesAsync(FilePath, Token);
        var store = new SqliteStore(FilePath);
        await using var reader = store.CreateReader(Context);
        await using var writer = store.CreateWriter(Context);
        var error = await Assert.ThrowsAsync<InvalidDataException>(async () => await writer.InitAsync([], Token));
        Assert.Contains("belongs to another program", error.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<InvalidDataException>(async () => await reader.InitializedAsync(Token));
        Assert.Equal(before, await File.ReadAllBytesAsync(FilePath, Token));
    }

    [Fact]
    public async Task A_newer_schema_is_refused()
    {
        var store = new SqliteStore(FilePath);
        await using (var writer = store.CreateWriter(Context))
        {
            await writer.InitAsync([], Token);
        }

        await ExecuteAsync("PRAGMA user_version=2");

        await using var reader = store.CreateReader(Context);
        var error = await Assert.ThrowsAsync<InvalidDataException>(async () => await reader.InitializedAsync(Token));
        Assert.Contains("schema version 2", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_locked_file_is_an_error_until_it_is_free()
    {
        var store = new SqliteStore(FilePath) { BusyTimeout = TimeSpan.FromSeconds(1) };
        await using (var first = store.CreateWriter(Context))
        {
            await first.InitAsync([Item("a", 1)], Token);
        }

        await using var reader = store.CreateReader(Context);
        await using var writer = store.CreateWriter(Context);
        await using (var connection = new SqliteConnection($"Data Source={FilePath};Pooling=False"))
        {
            await connection.OpenAsync(Token);
            await using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE; UPDATE items SET version=2;";
            await command.ExecuteNonQueryAsync(Token);
            var error = await Assert.ThrowsAsync<IOException>(async () => await reader.GetAsync(DataKind.Flag, "a", Token));
            Assert.Contains("is locked by another process", error.Message, StringComparison.Ordinal);
            await Assert.ThrowsAsync<IOException>(async () => await writer.UpsertAsync(Item("a", 3), Token));

            // A caller that blocks is held up for its own limit alone, and for less if the file's is over before.
            Assert.True(reader.CanGet);
            Assert.Contains(
                "was not read within 0.1 s",
                Assert.Throws<TimeoutException>(() => reader.Get(DataKind.Flag, "a", TimeSpan.FromMilliseconds(100))).Message,
                StringComparison.Ordinal);
            Assert.Contains(
                "is locked by another process",
                Assert.Throws<IOException>(() => reader.Get(DataKind.Flag, "a", TimeSpan.FromSeconds(30))).Message,
                StringComparison.Ordinal);
        }

        Assert.Equal(1, (await reader.GetAsync(DataKind.Flag, "a", Token))!.Value.Version);
        Assert.Equal(1, reader.Get(DataKind.Flag, "a", TimeSpan.FromSeconds(30))!.Value.Version);
        Assert.True(await writer.UpsertAsync(Item("a", 3), Token));
    }

    [Fact]
    public void Settings_that_cannot_work_are_refused_at_once()
    {
        Assert.Throws<ArgumentException>(() => new SqliteStore(" "));
        var error = Assert.Throws<ArgumentException>(() => new SqliteStore(Folder).CreateReader(Context));
        Assert.Contains("is a folder", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new SqliteStore(FilePath) { BusyTimeout = TimeSpan.FromSeconds(-1) }.CreateWriter(Context));
    }

    [Fact]
    public async Task Requests_after_disposal_fail_and_disposal_finishes_what_is_queued()
    {
        var store = new SqliteStore(FilePath);
        var writer = store.CreateWriter(Context);
        var writes = Enumerable.Range(0, 50).Select(i => writer.UpsertAsync(Item("a-" + i, 1), Token).AsTask()).ToArray();
        await writer.DisposeAsync();
        await writer.DisposeAsync();
        Assert.All(await Task.WhenAll(writes), Assert.True);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await writer.UpsertAsync(Item("b", 1), Token));
        await store.CreateReader(Context).DisposeAsync();
    }

    [Fact]
    public async Task Lazy_load_reads_through_the_file_and_outlives_its_corruption()
    {
        var store = new SqliteStore(FilePath) { BusyTimeout = TimeSpan.FromSeconds(1) };
        await using (var writer = store.CreateWriter(Context))
        {
            await writer.InitAsync(
                [
                    .. Enumerable.Range(0, 1000).Select(i => Item("flag-" + i, 3, text: $$"""{"key":"flag-{{i}}","version":3,"on":true}""")),
                    Item("bad", 3, text: """{"key":"bad","version":3,"on":"yes"}"""),
                ],
                Token);
        }

        var logger = new FakeLogger();
        var options = new LazyLoadOptions(store) { Ttl = TimeSpan.Zero };
        var status = new DataSourceStatusManager(TimeProvider.System);
        await using var lazy = new LazyLoad(new JsonDeserializer(store.CreateReader(Context), logger), options, status.Reporter, TimeProvider.System, logger);
        await lazy.FetchAllAsync(Token);
        Assert.Equal(1000, lazy.Snapshot.Flags.Live.Count);
        Assert.True(lazy.GetFlag("flag-1")!.Item!.On);
        Assert.Null(lazy.GetFlag("bad"));
        Assert.False(lazy.IsKnown(DataKind.Flag, "bad"));
        Assert.Single(logger.Collector.GetSnapshot(), r => r.Message.Contains("\"bad\"", StringComparison.Ordinal));
        foreach (var file in Directory.GetFiles(Folder))
        {
            await File.WriteAllBytesAsync(file, new byte[8192].Select(_ => (byte)0x55).ToArray(), Token);
        }

        // A read that fails twice does not make the whole store count as down; the probe that fails after it does.
        Assert.True(lazy.GetFlag("flag-1")!.Item!.On);
        Assert.True(await status.WaitForAsync(DataSourceState.Interrupted, TimeSpan.FromSeconds(30), Token));
        foreach (var file in Directory.GetFiles(Folder))
        {
            File.Delete(file);
        }

        await using (var writer = store.CreateWriter(Context))
        {
            await writer.InitAsync([Item("flag-1", 4, text: """{"key":"flag-1","version":4,"on":false}""")], Token);
        }

        Assert.True(await status.WaitForAsync(DataSourceState.Valid, TimeSpan.FromSeconds(30), Token));
        await Conditions.UntilAsync(() => lazy.GetFlag("flag-1") is { Version: 4 });
    }

    private static SerializedItem Item(
        string key, long version, bool deleted = false, DataKind kind = DataKind.Flag, string? text = null) =>
        new(kind, key, new SerializedItemDescriptor(version, deleted, Encoding.UTF8.GetBytes(text ?? $$"""{"key":"{{key}}"}""")));
}
