using Halyard.Model;
using Npgsql;

namespace Halyard.IntegrationTests;

[Collection(PostgresCollection.Name)]
public sealed class PostgresConformanceTests(PostgresServer server) : StoreConformance, IAsyncLifetime
{
    protected override int LargeItemBytes => 2_000_000;

    protected override int ManyItems => 100_000;

    // Rows change in silence; it is Halyard's writers that notify.
    protected override StoreVoice ForeignWrites => StoreVoice.Silent;

    /// <summary>Makes the tables: one that nobody has made yet is no empty store but a missing one.</summary>
    public async ValueTask InitializeAsync()
    {
        await using var writer = Store("").CreateWriter(Context);
        Assert.False(await writer.InitializedAsync(Token));
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    protected override IPersistentStore Store(string prefix) => new PostgresStore(server.ConnectionString, prefix);

    protected override Task<IPersistentStore?> ReadOnlyAsync(string prefix) => Task.FromResult<IPersistentStore?>(
        new PostgresStore(server.ConnectionString + ";Options=-c default_transaction_read_only=on", prefix));

    protected override string[] Layout(string prefix) =>
    [
        $"{prefix}|$inited||0|false|",
        $$"""{{prefix}}|features|f|7|false|{"key":"f","version":7,"name":"Grüße" }""",
        $$"""{{prefix}}|features|gone|8|true|{"key":"gone","version":8,"deleted":true}""",
        $$"""{{prefix}}|segments|s|3|false|{"key":"s","version":3}""",
    ];

    protected override async Task<string[]> RawAsync(string prefix)
    {
        var lines = await server.LinesAsync(
            $"SELECT prefix || '|' || kind || '|' || key || '|' || version || '|' || deleted || '|' || item FROM halyard WHERE prefix LIKE '{prefix}%'");
        return [.. lines.Order(StringComparer.Ordinal)];
    }

    protected override async Task WriteRawAsync(string prefix, DataKind kind, string key, long version, string text)
    {
        await using var connection = new NpgsqlConnection(server.ConnectionString);
        await connection.OpenAsync(Token);
        await using var command = new NpgsqlCommand(
            "INSERT INTO halyard VALUES ($1, $2, $3, $4, false, $5) ON CONFLICT (prefix, kind, key) DO UPDATE SET version = $4, deleted = false, item = $5",
            connection);
        foreach (var value in new object[] { prefix, kind == DataKind.Flag ? "features" : "segments", key, version, text })
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }

        await command.ExecuteNonQueryAsync(Token);
    }
}
