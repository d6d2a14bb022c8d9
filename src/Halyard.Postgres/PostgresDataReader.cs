using System.Numerics;
using Halyard.Model;
using Npgsql;

namespace Halyard;

/// <summary>Reads rows; the JSON stays UTF-8 bytes.</summary>
internal sealed class PostgresDataReader(PostgresTables tables) : ISerializedDataReader, IStoreChangeSource
{
    private const int Largest = 32;

    // By the power of two that is the number of keys: few statements, which the driver can prepare where it is told to.
    private readonly string[] _getMany = [.. Enumerable.Range(0, BitOperations.Log2(Largest) + 1).Select(power => tables.Sql.GetMany(1 << power))];

    public string Identity => "postgres";

    public int LargestBatch => Largest;

    public async ValueTask<SerializedItemDescriptor?> GetAsync(DataKind kind, string key, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        return (await GetManyAsync(kind, [key], cancellationToken).ConfigureAwait(false))[0];
    }

    public async ValueTask<SerializedItemDescriptor?[]> GetManyAsync(DataKind kind, IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(keys);
        if (keys.Count is 0 or > Largest)
        {
            throw new ArgumentException($"One trip reads 1 to {Largest} keys, not {keys.Count}.", nameof(keys));
        }

        var space = StoredItem.Namespace(kind);
        return await tables.ReadAsync(
            async (connection, token) =>
            {
                var places = (int)BitOperations.RoundUpToPowerOf2((uint)keys.Count);
                var command = new NpgsqlCommand(_getMany[BitOperations.Log2((uint)places)], connection);
                await using (command.ConfigureAwait(false))
                {
                    command.Parameters.Add(Text(tables.Sql.Prefix));
                    command.Parameters.Add(Text(space));
                    for (var i = 0; i < places; i++)
                    {
                        command.Parameters.Add(Text(keys[Math.Min(i, keys.Count - 1)]));
                    }

                    var found = await RowsAsync(command, token).ConfigureAwait(false);
                    var items = new SerializedItemDescriptor?[keys.Count];
                    for (var i = 0; i < items.Length; i++)
                    {
                        items[i] = found.TryGetValue(keys[i], out var item) ? item : null;
                    }

                    return items;
                }
            },
            tables.OperationTimeout,
            cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<IReadOnlyDictionary<string, SerializedItemDescriptor>> AllAsync(DataKind kind, CancellationToken cancellationToken)
    {
        var space = StoredItem.Namespace(kind);
        return await tables.ReadAsync(
            async (connection, token) =>
            {
                var command = new NpgsqlCommand(tables.Sql.All, connection);
                await using (command.ConfigureAwait(false))
                {
                    command.Parameters.Add(Text(tables.Sql.Prefix));
                    command.Parameters.Add(Text(space));
                    return await RowsAsync(command, token).ConfigureAwait(false);
                }
            },
            tables.BulkTimeout,
            cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<bool> InitializedAsync(CancellationToken cancellationToken) =>
        await tables.ReadAsync((connection, token) => HasMarkerAsync(tables.Sql, connection, token), tables.OperationTimeout, cancellationToken).ConfigureAwait(false);

    public IAsyncEnumerable<StoreChange> ListenAsync(CancellationToken cancellationToken) =>
        new PostgresChangeListener(tables).ListenAsync(cancellationToken);

    public ValueTask DisposeAsync() => tables.DisposeAsync();

    public static async Task<bool> HasMarkerAsync(PostgresSql sql, NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand(sql.Initialized, connection);
        await using (command.ConfigureAwait(false))
        {
            command.Parameters.Add(Text(sql.Prefix));
            return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is not null;
        }
    }

    private static NpgsqlParameter<string> Text(string value) => new() { TypedValue = value };

    private static async Task<Dictionary<string, SerializedItemDescriptor>> RowsAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        var items = new Dictionary<string, SerializedItemDescriptor>(StringComparer.Ordinal);
        var row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                items[row.GetString(0)] = new(row.GetInt64(1), row.GetBoolean(2), row.GetFieldValue<byte[]>(3));
            }
        }

        return items;
    }
}
