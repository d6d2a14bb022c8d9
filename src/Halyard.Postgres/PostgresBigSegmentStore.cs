using System.Globalization;
using Npgsql;

namespace Halyard;

/// <summary>Big segments: a row for each context and segment, and the time of synchronization in a row beside the items.</summary>
internal sealed class PostgresBigSegmentStore(PostgresTables tables) : IBigSegmentStore
{
    public async ValueTask<BigSegmentStoreMetadata?> GetMetadataAsync(CancellationToken cancellationToken)
    {
        var text = await tables.ReadAsync(
            async (connection, token) =>
            {
                var command = new NpgsqlCommand(tables.Sql.Synchronized, connection);
                await using (command.ConfigureAwait(false))
                {
                    command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = tables.Sql.Prefix });
                    return await command.ExecuteScalarAsync(token).ConfigureAwait(false) as string;
                }
            },
            tables.OperationTimeout,
            cancellationToken).ConfigureAwait(false);
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var milliseconds)
            && BigSegmentTime.TryOf(milliseconds, out var time)
            ? new(time)
            : throw new InvalidDataException($"The PostgreSQL table {tables.Sql.Names.QuotedItems} holds no time in Unix milliseconds as {PostgresSql.SynchronizedOn}.");
    }

    public async ValueTask<IBigSegmentMembership?> GetMembershipAsync(string contextHash, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(contextHash);
        return await tables.ReadAsync(
            async (connection, token) =>
            {
                var command = new NpgsqlCommand(tables.Sql.Membership, connection);
                await using (command.ConfigureAwait(false))
                {
                    command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = tables.Sql.Prefix });
                    command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = contextHash });
                    List<string> included = [], excluded = [];
                    var row = await command.ExecuteReaderAsync(token).ConfigureAwait(false);
                    await using (row.ConfigureAwait(false))
                    {
                        while (await row.ReadAsync(token).ConfigureAwait(false))
                        {
                            (row.GetBoolean(1) ? included : excluded).Add(row.GetString(0));
                        }
                    }

                    return BigSegmentMembership.Of(included, excluded);
                }
            },
            tables.OperationTimeout,
            cancellationToken).ConfigureAwait(false);
    }

    public ValueTask DisposeAsync() => tables.DisposeAsync();
}
