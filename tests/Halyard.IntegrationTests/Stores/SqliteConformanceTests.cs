using System.Text;
using Halyard.Model;
using Microsoft.Data.Sqlite;

namespace Halyard.IntegrationTests;

public sealed class SqliteConformanceTests : StoreConformance, IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("halyard-sqlite-");

    protected override int LargeItemBytes => 2_000_000;

    protected override int ManyItems => 100_000;

    protected override StoreVoice OwnWrites => StoreVoice.Tells;

    private string File => Path.Combine(_folder.FullName, "flags.db");

    /// <summary>Makes the file: one that nobody has written yet is no empty store but a missing one.</summary>
    public async ValueTask InitializeAsync()
    {
        await using var writer = Store("").CreateWriter(Context);
        Assert.False(await writer.InitializedAsync(Token));
    }

    public ValueTask DisposeAsync()
    {
        _folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    protected override IPersistentStore Store(string prefix) => new SqliteStore(File) { Prefix = prefix };

    protected override string[] Layout(string prefix) =>
    [
        """items|0|f|7|0|{"key":"f","version":7,"name":"Grüße" }""",
        "items|0|gone|8|1|",
        """items|1|s|3|0|{"key":"s","version":3}""",
        "meta|inited|",
    ];

    protected override async Task<string[]> RawAsync(string prefix)
    {
        await using var connection = await ConnectAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = """
            SELECT 'items|' || kind || '|' || key || '|' || version || '|' || deleted || '|' || CAST(json AS TEXT) FROM items WHERE prefix=$prefix
            UNION ALL SELECT 'meta|' || name || '|' || value FROM meta WHERE prefix=$prefix
            """;
        command.Parameters.AddWithValue("$prefix", prefix);
        await using var row = await command.ExecuteReaderAsync(Token);
        var lines = new List<string>();
        while (await row.ReadAsync(Token))
        {
            lines.Add(row.GetString(0));
        }

        return [.. lines.Order(StringComparer.Ordinal)];
    }

    protected override async Task WriteRawAsync(string prefix, DataKind kind, string key, long version, string text)
    {
        await using var connection = await ConnectAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "INSERT OR REPLACE INTO items(prefix, kind, key, version, deleted, json) VALUES($prefix, $kind, $key, $version, 0, $json)";
        command.Parameters.AddWithValue("$prefix", prefix);
        command.Parameters.AddWithValue("$kind", (int)kind);
        command.Parameters.AddWithValue("$key", key);
        command.Parameters.AddWithValue("$version", version);
        command.Parameters.AddWithValue("$json", Encoding.UTF8.GetBytes(text));
        await command.ExecuteNonQueryAsync(Token);
    }

    private async Task<SqliteConnection> ConnectAsync()
    {
        var connection = new SqliteConnection($"Data Source={File};Pooling=False;Default Timeout=30");
        await connection.OpenAsync(Token);
        return connection;
    }
}
