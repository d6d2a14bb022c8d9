using Halyard.Model;
using Npgsql;
using NpgsqlTypes;

namespace Halyard;

/// <summary>Writes a complete set in one transaction, and a single item by one statement.</summary>
internal sealed class PostgresDataWriter(PostgresTables tables) : ISerializedDataWriter
{
    public string Identity => "postgres";

    public async ValueTask InitAsync(IReadOnlyList<SerializedItem> items, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(items);

        // A copy must not hold a key twice; the last one given counts.
        var last = new Dictionary<(DataKind Kind, string Key), int>(items.Count);
        for (var i = 0; i < items.Count; i++)
        {
            ArgumentException.ThrowIfNullOrEmpty(items[i].Key, nameof(items));
            last[(items[i].Kind, items[i].Key)] = i;
        }

        await tables.WriteAsync(
            async (connection, token) =>
            {
                var transaction = await connection.BeginTransactionAsync(token).ConfigureAwait(false);
                await using (transaction.ConfigureAwait(false))
                {
                    await RunAsync(connection, tables.Sql.LockForInit, withPrefix: false, token).ConfigureAwait(false);
                    await RunAsync(connection, tables.Sql.Clear, withPrefix: true, token).ConfigureAwait(false);
                    await CopyAsync(connection, items, last, token).ConfigureAwait(false);
                    await RunAsync(connection, tables.Sql.Mark, withPrefix: true, token).ConfigureAwait(false);
                    await RunAsync(connection, tables.Sql.Notify, withPrefix: false, token).ConfigureAwait(false);
                    await transaction.CommitAsync(token).ConfigureAwait(false);
                    return true;
                }
            },
            tables.BulkTimeout,
            cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<bool> UpsertAsync(SerializedItem item, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(item.Key, nameof(item));
        var space = StoredItem.Namespace(item.Kind);
        var json = StoredItem.Json(item);
        return await tables.WriteAsync(
            async (connection, token) =>
            {
                var command = new NpgsqlCommand(tables.Sql.Upsert, connection);
                await using (command.ConfigureAwait(false))
                {
                    command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = tables.Sql.Prefix });
                    command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = space });
                    command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = item.Key });
                    command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = item.Item.Version });
                    command.Parameters.Add(new NpgsqlParameter<bool> { TypedValue = item.Item.Deleted });
                    command.Parameters.Add(new NpgsqlParameter<ReadOnlyMemory<byte>> { TypedValue = json, NpgsqlDbType = NpgsqlDbType.Text });
                    command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = PostgresSql.PayloadOf(item.Kind, item.Key) });
                    var row = await command.ExecuteReaderAsync(token).ConfigureAwait(false);
                    await using (row.ConfigureAwait(false))
                    {
                        return await row.ReadAsync(token).ConfigureAwait(false);
                    }
                }
            },
            tables.OperationTimeout,
            cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<bool> InitializedAsync(CancellationToken cancellationToken) =>
        await tables.WriteAsync(
            (connection, token) => PostgresDataReader.HasMarkerAsync(tables.Sql, connection, token), tables.OperationTimeout, cancellationToken).ConfigureAwait(false);

    public ValueTask DisposeAsync() => tables.DisposeAsync();

    private async Task RunAsync(NpgsqlConnection connection, string sql, bool withPrefix, CancellationToken cancellationToken)
    {
#pragma warning disable CA2100 // Of the store's own statements; values go in as parameters.
        var command = new NpgsqlCommand(sql, connection) { CommandTimeout = Seconds(tables.BulkTimeout) };
#pragma warning restore CA2100
        await using (command.ConfigureAwait(false))
        {
            if (withPrefix)
            {
                command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = tables.Sql.Prefix });
            }

            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task CopyAsync(
        NpgsqlConnection connection, IReadOnlyList<SerializedItem> items, Dictionary<(DataKind Kind, string Key), int> last, CancellationToken cancellationToken)
    {
        var copy = await connection.BeginBinaryImportAsync(tables.Sql.Copy, cancellationToken).ConfigureAwait(false);
        await using (copy.ConfigureAwait(false))
        {
            copy.Timeout = TimeSpan.FromSeconds(Seconds(tables.BulkTimeout));
            for (var i = 0; i < items.Count; i++)
            {
                var item = items[i];
                if (last[(item.Kind, item.Key)] != i)
                {
                    continue;
                }

                await copy.StartRowAsync(cancellationToken).ConfigureAwait(false);
                await copy.WriteAsync(tables.Sql.Prefix, NpgsqlDbType.Text, cancellationToken).ConfigureAwait(false);
                await copy.WriteAsync(StoredItem.Namespace(item.Kind), NpgsqlDbType.Text, cancellationToken).ConfigureAwait(false);
                await copy.WriteAsync(item.Key, NpgsqlDbType.Text, cancellationToken).ConfigureAwait(false);
                await copy.WriteAsync(item.Item.Version, NpgsqlDbType.Bigint, cancellationToken).ConfigureAwait(false);
                await copy.WriteAsync(item.Item.Deleted, NpgsqlDbType.Boolean, cancellationToken).ConfigureAwait(false);
                await copy.WriteAsync(StoredItem.Json(item), NpgsqlDbType.Text, cancellationToken).ConfigureAwait(false);
            }

            await copy.CompleteAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    // The driver's own limit must not end what the store's would let go on.
    private static int Seconds(TimeSpan timeout) => (int)Math.Ceiling(timeout.TotalSeconds) + 1;
}
