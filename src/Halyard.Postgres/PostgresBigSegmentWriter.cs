using System.Globalization;
using Npgsql;

namespace Halyard;

/// <summary>Writes big segments; the changes of one call in one transaction and one trip.</summary>
internal sealed class PostgresBigSegmentWriter(PostgresTables tables) : IBigSegmentWriter
{
    public async ValueTask ApplyAsync(IReadOnlyList<BigSegmentChange> changes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(changes);
        foreach (var change in changes)
        {
            ArgumentException.ThrowIfNullOrEmpty(change.ContextHash, nameof(changes));
            ArgumentException.ThrowIfNullOrEmpty(change.SegmentReference, nameof(changes));
        }

        if (changes.Count == 0)
        {
            return;
        }

        await tables.WriteAsync(
            async (connection, token) =>
            {
                // A batch is one transaction by itself.
                var batch = new NpgsqlBatch(connection);
                await using (batch.ConfigureAwait(false))
                {
                    foreach (var change in changes)
                    {
                        batch.BatchCommands.Add(CommandOf(change));
                    }

                    return await batch.ExecuteNonQueryAsync(token).ConfigureAwait(false);
                }
            },
            tables.BulkTimeout,
            cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask SetSynchronizedOnAsync(DateTimeOffset time, CancellationToken cancellationToken) =>
        await tables.WriteAsync(
            async (connection, token) =>
            {
                var command = new NpgsqlCommand(tables.Sql.SetSynchronized, connection);
                await using (command.ConfigureAwait(false))
                {
                    command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = tables.Sql.Prefix });
                    command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = time.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture) });
                    return await command.ExecuteNonQueryAsync(token).ConfigureAwait(false);
                }
            },
            tables.OperationTimeout,
            cancellationToken).ConfigureAwait(false);

    public ValueTask DisposeAsync() => tables.DisposeAsync();

    private NpgsqlBatchCommand CommandOf(BigSegmentChange change)
    {
        var command = new NpgsqlBatchCommand(change.IsMember is null ? tables.Sql.DropMember : tables.Sql.ListMember);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = tables.Sql.Prefix });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = change.ContextHash });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = change.SegmentReference });
        if (change.IsMember is { } isMember)
        {
            command.Parameters.Add(new NpgsqlParameter<bool> { TypedValue = isMember });
        }

        return command;
    }
}
