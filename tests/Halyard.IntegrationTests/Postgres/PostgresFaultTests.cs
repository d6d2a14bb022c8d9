using System.Diagnostics;
using System.Text;
using Halyard.Model;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Halyard.IntegrationTests;

[Collection(typeof(AloneWithPostgres))]
public sealed class PostgresFaultTests(PostgresServer server)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly PersistentStoreContext Context = new(NullLoggerFactory.Instance, TimeProvider.System);

    private readonly string _table = "t" + Guid.NewGuid().ToString("N");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_table_that_is_not_there_is_named_to_readers_and_to_writers_that_may_not_make_it()
    {
        var store = Store(o => o.CreateTable = false);
        await using var reader = store.CreateReader(Context);
        await using var writer = store.CreateWriter(Context);
        await using var bigSegments = store.OpenBigSegments(Context);
        Func<Task>[] operations =
        [
            () => reader.GetAsync(DataKind.Flag, "f", Token).AsTask(),
            () => reader.GetManyAsync(DataKind.Flag, ["f", "g"], Token).AsTask(),
            () => reader.AllAsync(DataKind.Flag, Token).AsTask(),
            () => reader.InitializedAsync(Token).AsTask(),
            () => writer.UpsertAsync(Item("f", 1), Token).AsTask(),
            () => writer.InitAsync([Item("f", 1)], Token).AsTask(),
            () => writer.InitializedAsync(Token).AsTask(),
            () => bigSegments.GetMetadataAsync(Token).AsTask(),
        ];
        foreach (var operation in operations)
        {
            await AssertFailsAsync<InvalidOperationException>(operation, $"\"{_table}\"", "does not exist", "CreateTableSql");
        }

        await AssertFailsAsync<InvalidOperationException>(
            () => bigSegments.GetMembershipAsync("hash", Token).AsTask(), _table + "_big_segments");
        await server.ExecuteAsync(store.CreateTableSql);
        await server.ExecuteAsync(store.CreateTableSql);
        Assert.Empty(await reader.AllAsync(DataKind.Flag, Token));
        Assert.True(await writer.UpsertAsync(Item("f", 1), Token));
    }

    [Fact]
    public async Task Writers_that_miss_the_table_at_the_same_moment_all_find_it()
    {
        var store = Store();
        var writers = Enumerable.Range(0, 6).Select(_ => store.CreateWriter(Context)).ToArray();
        await Task.WhenAll(writers.Select((writer, i) => writer.UpsertAsync(Item("f" + i, 1), Token).AsTask())).WaitAsync(Limit, Token);
        await using var reader = store.CreateReader(Context);
        Assert.Equal(6, (await reader.AllAsync(DataKind.Flag, Token)).Count);
        await Task.WhenAll(writers.Select(writer => writer.DisposeAsync().AsTask()));
    }

    [Fact]
    public async Task A_schema_of_ones_own_is_used_and_one_that_is_not_there_is_named()
    {
        var missing = Store(o => o.Schema = _table);
        await using (var writer = missing.CreateWriter(Context))
        {
            await AssertFailsAsync<InvalidOperationException>(() => writer.InitAsync([], Token).AsTask(), _table, "schema");
        }

        await server.ExecuteAsync($"CREATE SCHEMA \"{_table}\"");
        await using var own = missing.CreateWriter(Context);
        await own.InitAsync([Item("f", 1)], Token);
        Assert.Equal(["f"], await server.LinesAsync($"SELECT key FROM \"{_table}\".\"{_table}\" WHERE kind = 'features'"));
    }

    [Fact]
    public async Task A_table_of_another_program_is_said_to_be_one()
    {
        await server.ExecuteAsync($"CREATE TABLE \"{_table}\" (prefix text, key text, price int)");
        var store = Store();
        await using var reader = store.CreateReader(Context);
        await using var writer = store.CreateWriter(Context);
        await AssertFailsAsync<InvalidOperationException>(() => reader.GetAsync(DataKind.Flag, "f", Token).AsTask(), $"\"{_table}\"", "another program");
        await AssertFailsAsync<InvalidOperationException>(() => writer.UpsertAsync(Item("f", 1), Token).AsTask(), $"\"{_table}\"", "another program");
        await AssertFailsAsync<InvalidOperationException>(() => writer.InitAsync([Item("f", 1)], Token).AsTask(), $"\"{_table}\"", "another program");
    }

    [Fact]
    public async Task A_user_who_may_only_read_reads_and_is_told_that_he_may_not_write()
    {
        await using (var owner = Store().CreateWriter(Context))
        {
            await owner.InitAsync([Item("f", 1)], Token);
        }

        var role = "r" + _table;
        await server.ExecuteAsync($"CREATE ROLE \"{role}\" LOGIN; GRANT SELECT ON \"{_table}\" TO \"{role}\"");
        var store = Store(o => o.ConnectionString = server.ConnectionString.Replace("Username=halyard", $"Username={role}", StringComparison.Ordinal));
        await using var reader = store.CreateReader(Context);
        await using var writer = store.CreateWriter(Context);
        Assert.True(await reader.InitializedAsync(Token));
        Assert.NotNull(await reader.GetAsync(DataKind.Flag, "f", Token));
        await AssertFailsAsync<InvalidOperationException>(() => writer.UpsertAsync(Item("f", 2), Token).AsTask(), $"\"{_table}\"", "permission denied");
        await AssertFailsAsync<InvalidOperationException>(() => writer.InitAsync([Item("f", 2)], Token).AsTask(), $"\"{_table}\"", "permission denied");
        Assert.Equal(Json("f", 1), Encoding.UTF8.GetString((await reader.GetAsync(DataKind.Flag, "f", Token))!.Value.SerializedItem.Span));
    }

    [Fact]
    public async Task A_server_that_takes_no_writes_says_so()
    {
        await using (var owner = Store().CreateWriter(Context))
        {
            await owner.InitAsync([Item("f", 1)], Token);
        }

        var store = Store(o => o.ConnectionString = server.ConnectionString + ";Options=-c default_transaction_read_only=on");
        await using var reader = store.CreateReader(Context);
        await using var writer = store.CreateWriter(Context);
        Assert.NotNull(await reader.GetAsync(DataKind.Flag, "f", Token));
        await AssertFailsAsync<InvalidOperationException>(() => writer.UpsertAsync(Item("f", 2), Token).AsTask(), "read-only");
        await AssertFailsAsync<InvalidOperationException>(() => writer.InitAsync([Item("f", 2)], Token).AsTask(), "read-only");
    }

    [Fact]
    public async Task A_wrong_password_or_database_is_said_to_be_wrong_and_no_password_is_repeated()
    {
        await server.ExecuteAsync($"DROP ROLE IF EXISTS {PostgresServer.Guarded}; CREATE ROLE {PostgresServer.Guarded} LOGIN PASSWORD 'right'");
        await using var guarded = Store(o => o.ConnectionString = $"Host=127.0.0.1;Port={server.Port};Username={PostgresServer.Guarded};Password=hunter2;Database=postgres").CreateReader(Context);
        await AssertFailsAsync<IOException>(() => guarded.GetAsync(DataKind.Flag, "f", Token).AsTask(), "password authentication failed");
        await using var elsewhere = Store(o => o.ConnectionString = server.ConnectionString.Replace("Database=postgres", "Database=nowhere", StringComparison.Ordinal)).CreateReader(Context);
        await AssertFailsAsync<IOException>(() => elsewhere.GetAsync(DataKind.Flag, "f", Token).AsTask(), "\"nowhere\" does not exist");
    }

    [Fact]
    public async Task A_server_that_never_answers_costs_the_time_limits_and_no_more()
    {
        await using var silent = new SilentServer();
        var store = Store(o =>
        {
            o.ConnectionString = $"Host=127.0.0.1;Port={silent.Port};Username=u;Database=d";
            o.OperationTimeout = TimeSpan.FromMilliseconds(400);
            o.BulkTimeout = TimeSpan.FromMilliseconds(400);
        });
        await using var reader = store.CreateReader(Context);
        await using var writer = store.CreateWriter(Context);
        Func<Task>[] operations =
        [
            () => reader.GetAsync(DataKind.Flag, "f", Token).AsTask(),
            () => reader.AllAsync(DataKind.Flag, Token).AsTask(),
            () => reader.InitializedAsync(Token).AsTask(),
            () => writer.UpsertAsync(Item("f", 1), Token).AsTask(),
            () => writer.InitAsync([Item("f", 1)], Token).AsTask(),
        ];
        foreach (var operation in operations)
        {
            var clock = Stopwatch.StartNew();
            await AssertFailsAsync<TimeoutException>(operation, "0.4 s");
            Assert.InRange(clock.Elapsed, TimeSpan.FromMilliseconds(300), TimeSpan.FromSeconds(5));
        }
    }

    [Fact]
    public async Task A_shared_data_source_outlives_the_readers_and_writers_that_use_it()
    {
        await using var shared = new NpgsqlSlimDataSourceBuilder(server.ConnectionString).Build();
        var store = Store(o => (o.ConnectionString, o.DataSource) = (null, shared));
        await using (var writer = store.CreateWriter(Context))
        {
            await writer.InitAsync([Item("f", 1)], Token);
        }

        await using (var reader = store.CreateReader(Context))
        {
            Assert.NotNull(await reader.GetAsync(DataKind.Flag, "f", Token));
        }

        await using var connection = await shared.OpenConnectionAsync(Token);
        Assert.Equal(System.Data.ConnectionState.Open, connection.State);
    }

    [Fact]
    public async Task What_is_committed_is_notified_and_what_is_stale_is_not()
    {
        var store = Store(o => o.Prefix = "signals");
        await using var writer = store.CreateWriter(Context);
        await writer.InitAsync([], Token);
        var journal = new List<string>();
        await using var connection = new NpgsqlConnection(server.ConnectionString + ";Pooling=false");
        await connection.OpenAsync(Token);
        connection.Notification += (_, e) => journal.Add(e.Payload);
#pragma warning disable CA2100 // The channel is hexadecimal.
        await using (var listen = new NpgsqlCommand($"LISTEN {store.Channel}", connection))
#pragma warning restore CA2100
        {
            await listen.ExecuteNonQueryAsync(Token);
        }

        var longKey = new string('k', 8000);
        Assert.True(await writer.UpsertAsync(Item("f ü", 2), Token));
        Assert.False(await writer.UpsertAsync(Item("f ü", 1), Token));
        Assert.True(await writer.UpsertAsync(new(DataKind.Segment, longKey, new(1, true, default)), Token));
        await using (var other = Store(o => o.Prefix = "signals2").CreateWriter(Context))
        {
            await other.InitAsync([Item("f", 1)], Token);
        }

        await writer.InitAsync([Item("f", 9)], Token);
        while (journal.Count < 3)
        {
            Assert.True(await connection.WaitAsync(Limit, Token), "nothing came: " + string.Join(", ", journal));
        }

        Assert.Equal(["features f ü", "segments", ""], journal);
    }

    [Fact]
    public async Task A_server_killed_under_a_client_is_found_again_when_it_is_back()
    {
        await using var own = new PostgresServer();
        await own.InitializeAsync();
        var store = new PostgresStore(new PostgresStoreOptions { ConnectionString = own.ConnectionString, OperationTimeout = TimeSpan.FromSeconds(20) });
        await using var reader = store.CreateReader(Context);
        await using var writer = store.CreateWriter(Context);
        await writer.InitAsync([Item("f", 1)], Token).AsTask().WaitAsync(Limit, Token);
        Assert.NotNull(await reader.GetAsync(DataKind.Flag, "f", Token));

        await own.KillAsync();
        await AssertFailsAsync<IOException>(() => reader.GetAsync(DataKind.Flag, "f", Token).AsTask(), "127.0.0.1");
        await AssertFailsAsync<IOException>(() => writer.UpsertAsync(Item("f", 2), Token).AsTask());

        await own.StartAsync();
        Assert.NotNull(await reader.GetAsync(DataKind.Flag, "f", Token).AsTask().WaitAsync(Limit, Token));
        Assert.True(await writer.InitializedAsync(Token), "what was committed is on the disk");
        Assert.True(await writer.UpsertAsync(Item("f", 2), Token));

        // Its connections are broken, and nobody has noticed: a read does not fail for that.
        await own.KillAsync();
        await own.StartAsync();
        Assert.NotNull(await reader.GetAsync(DataKind.Flag, "f", Token).AsTask().WaitAsync(Limit, Token));
    }

    [Theory]
    [InlineData("exactly one", null, "halyard")]
    [InlineData("names no Host", "Database=d", "halyard")]
    [InlineData("not valid", "Host=h;Port=many", "halyard")]
    [InlineData("Table is \"\"", "Host=h", "")]
    [InlineData("50 bytes", "Host=h", "a-name-of-more-than-fifty-bytes-would-be-cut-by-the-server")]
    public void A_setting_that_cannot_be_is_named_before_anything_is_opened(string expected, string? connection, string table)
    {
        var store = new PostgresStore(new PostgresStoreOptions { ConnectionString = connection, Table = table });
        var error = Assert.Throws<ArgumentException>(() => store.CreateReader(Context));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    private static SerializedItem Item(string key, long version) => new(DataKind.Flag, key, new(version, false, Encoding.UTF8.GetBytes(Json(key, version))));

    private static string Json(string key, long version) => $$"""{"key":"{{key}}","version":{{version}}}""";

    private static async Task AssertFailsAsync<T>(Func<Task> operation, params string[] words)
        where T : Exception
    {
        var error = await Assert.ThrowsAsync<T>(() => operation().WaitAsync(Limit, Token));
        Assert.All(words, word => Assert.Contains(word, error.Message, StringComparison.Ordinal));
        Assert.DoesNotContain("hunter2", error.ToString(), StringComparison.Ordinal);
        Assert.InRange(error.Message.Length, 10, 300);
    }

    private PostgresStore Store(Action<PostgresStoreOptions>? configure = null)
    {
        var options = new PostgresStoreOptions { ConnectionString = server.ConnectionString, Table = _table };
        configure?.Invoke(options);
        return new(options);
    }
}
