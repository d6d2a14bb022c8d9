using System.Runtime.CompilerServices;
using Halyard.Model;
using Npgsql;

namespace Halyard;

/// <summary>
/// Listens to the channel that Halyard's writers notify when they commit. A writer that only changes rows is not heard.
/// What a notification says is a hint: any user of the database may send one.
/// </summary>
internal sealed class PostgresChangeListener(PostgresTables tables)
{
    // After so long without a notification the server is asked for a sign of life; a dead connection tells nothing by itself.
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(30);

    public async IAsyncEnumerable<StoreChange> ListenAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var connection = await tables.OpenListenerAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            // Filled while the connection is being read, which is done here alone.
            var heard = new Queue<string>();
            connection.Notification += (_, notification) =>
            {
                if (notification.Channel == tables.Sql.Channel)
                {
                    heard.Enqueue(notification.Payload);
                }
            };
            await StartAsync(connection, cancellationToken).ConfigureAwait(false);
            yield return StoreChange.Everything;
            while (true)
            {
                while (heard.TryDequeue(out var payload))
                {
                    yield return Read(payload);
                }

                await WaitAsync(connection, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private static StoreChange Read(string payload)
    {
        foreach (var kind in (DataKind[])[DataKind.Flag, DataKind.Segment])
        {
            var space = StoredItem.Namespace(kind);
            if (payload == space)
            {
                return StoreChange.Of(kind);
            }

            if (payload.StartsWith(space + " ", StringComparison.Ordinal))
            {
                return StoreChange.Of(kind, payload[(space.Length + 1)..]);
            }
        }

        return StoreChange.Everything;
    }

    private static async Task<int> ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
#pragma warning disable CA2100 // Made of names that are hashes and numbers alone.
        var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        await using (command.ConfigureAwait(false))
        {
            return await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Listens, and makes sure of it: a pooler between may give each statement to another session.</summary>
    private async Task StartAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var echo = $"halyard_echo_{Guid.NewGuid():N}";
        var isEchoed = false;
        void Hear(object sender, NpgsqlNotificationEventArgs notification) => isEchoed |= notification.Channel == echo;
        connection.Notification += Hear;
        try
        {
            await tables.OnListenerAsync(
                async token =>
                {
                    await ExecuteAsync(connection, $"LISTEN {tables.Sql.Channel}; LISTEN {echo}; NOTIFY {echo}", token).ConfigureAwait(false);
                    while (!isEchoed)
                    {
                        await connection.WaitAsync(token).ConfigureAwait(false);
                    }

                    return await ExecuteAsync(connection, $"UNLISTEN {echo}", token).ConfigureAwait(false);
                },
                cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException e) when (!isEchoed)
        {
            throw new NotSupportedException("no notification arrives over this connection; through a pooler set ListenConnectionString to a direct one", e);
        }
        catch (Exception e) when (e.InnerException is PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction or PostgresErrorCodes.FeatureNotSupported } cause)
        {
            throw new NotSupportedException($"a standby passes no notifications on ({cause.MessageText})", e);
        }
        finally
        {
            connection.Notification -= Hear;
        }
    }

    private async Task WaitAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (!await connection.WaitAsync(Silence, cancellationToken).ConfigureAwait(false))
        {
            await tables.OnListenerAsync(token => ExecuteAsync(connection, "SELECT 1", token), cancellationToken).ConfigureAwait(false);
        }
    }
}
