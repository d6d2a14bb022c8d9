using Halyard.Model;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Halyard;

/// <summary>Writes complete sets in one transaction where the server can, and single items by compare-and-set.</summary>
internal sealed partial class RedisDataWriter(RedisConnection connection) : ISerializedDataWriter
{
    // One HSET of ten thousand flags would hold up every other command of the server; a transaction takes many small ones.
    private const int ChunkItems = 256;
    private const int ChunkBytes = 1 << 20;
    private const int MaxUpsertAttempts = 100;

    // What the script answers when it has written nothing because it cannot tell which version is newer.
    private const int TooCloseToTell = 2;

    // A stored value that cannot be parsed has no version to defend and is replaced. The server's numbers are doubles:
    // from 2^53 on, two versions that look the same there may differ. Which look different do differ, and in that order.
    private const string UpsertScript = """
        local stored = redis.call('HGET', KEYS[1], ARGV[1])
        if stored then
          local ok, item = pcall(cjson.decode, stored)
          if ok and type(item) == 'table' and type(item.version) == 'number' then
            local version = tonumber(ARGV[2])
            if item.version == version and math.abs(version) >= 9007199254740992 then
              return 2
            end
            if item.version >= version then
              return 0
            end
          end
        end
        redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
        redis.pcall('PUBLISH', ARGV[4], ARGV[5])
        return 1
        """;

    private readonly SemaphoreSlim _initGate = new(1, 1);
    private int _withoutScripts;
    private int _withoutTransactions;

    // By kind, whether this writer left items in its hash: if the hash is gone, something was lost. Written with Volatile.
    private readonly bool[] _isFilled = new bool[2];

    public string Identity => "redis";

    public async ValueTask InitAsync(IReadOnlyList<SerializedItem> items, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(items);
        var chunks = IntoChunks(items);
        var database = await connection.DatabaseAsync(connection.Within(connection.BulkTimeout), cancellationToken).ConfigureAwait(false);
        await _initGate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!connection.CanReplaceAtOnce(database) || !await TryInitAtOnceAsync(database, chunks, cancellationToken).ConfigureAwait(false))
            {
                await InitInOrderAsync(database, items, chunks, cancellationToken).ConfigureAwait(false);
            }

            connection.Wrote();
            Volatile.Write(ref _isFilled[(int)DataKind.Flag], items.Any(static item => item.Kind == DataKind.Flag));
            Volatile.Write(ref _isFilled[(int)DataKind.Segment], items.Any(static item => item.Kind == DataKind.Segment));
        }
        finally
        {
            _initGate.Release();
        }
    }

    public async ValueTask<bool> UpsertAsync(SerializedItem item, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(item.Key, nameof(item));
        var hash = connection.Hash(item.Kind);
        var isWritten = await UpsertAsync(item, hash, cancellationToken).ConfigureAwait(false);
        connection.Wrote();
        Volatile.Write(ref _isFilled[(int)item.Kind], true);
        return isWritten;
    }

    private async Task<bool> UpsertAsync(SerializedItem item, RedisKey hash, CancellationToken cancellationToken)
    {
        var json = StoredItem.Json(item);
        var deadline = connection.Within(connection.OperationTimeout);
        var database = await connection.DatabaseAsync(deadline, cancellationToken).ConfigureAwait(false);
        if (Volatile.Read(ref _withoutScripts) == 0)
        {
            try
            {
                var written = await connection.BoundAsync(
                    database.ScriptEvaluateAsync(UpsertScript, [hash], [item.Key, item.Item.Version, json, connection.Channel, Message(item)]),
                    hash, deadline, cancellationToken).ConfigureAwait(false);
                if ((int)written != TooCloseToTell)
                {
                    return (int)written == 1;
                }
            }
            catch (Exception e) when (MeansNoScripts(e))
            {
                if (Interlocked.Exchange(ref _withoutScripts, 1) == 0)
                {
                    LogNoScripts(connection.Logger, e.Message);
                }
            }
        }

        var isWritten = await UpsertOptimisticallyAsync(database, hash, item.Key, item.Item.Version, json, cancellationToken).ConfigureAwait(false);
        if (isWritten)
        {
            _ = TellAsync(database, Message(item));
        }

        return isWritten;
    }

    public async ValueTask<bool> InitializedAsync(CancellationToken cancellationToken)
    {
        // A replica's answer could be older than the wipe that this question is asked to find.
        var deadline = connection.Within(connection.OperationTimeout);
        var database = await connection.DatabaseAsync(deadline, cancellationToken).ConfigureAwait(false);
        return await ExistsAsync(connection.Marker).ConfigureAwait(false)
            && (!Volatile.Read(ref _isFilled[(int)DataKind.Flag]) || await ExistsAsync(connection.Flags).ConfigureAwait(false))
            && (!Volatile.Read(ref _isFilled[(int)DataKind.Segment]) || await ExistsAsync(connection.Segments).ConfigureAwait(false));

        // Not all keys in one command, since a cluster may have them in different places.
        Task<bool> ExistsAsync(RedisKey key) =>
            connection.BoundAsync(database.KeyExistsAsync(key, CommandFlags.DemandMaster), key, deadline, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await connection.DisposeAsync().ConfigureAwait(false);
        _initGate.Dispose();
    }

    // Not known to the server, forbidden to this user, or switched off on either side.
    private static bool MeansNoScripts(Exception e) => RedisRefusal.Of(e)?.Message is { } message
        ? message.Contains("unknown command", StringComparison.OrdinalIgnoreCase)
            || message.StartsWith("NOPERM", StringComparison.Ordinal)
            || message.Contains("Lua", StringComparison.OrdinalIgnoreCase)
            || message.Contains("cjson", StringComparison.Ordinal)
            || message.Contains("disabled", StringComparison.OrdinalIgnoreCase)
        : e is RedisCommandException;

    private static string Message(SerializedItem item) => StoredItem.Namespace(item.Kind) + " " + item.Key;

    /// <summary>Tells listeners what was written. What they miss they find when their items' time is over.</summary>
    /// <returns>Whether this user may.</returns>
    private async Task<bool> TellAsync(IDatabase database, string message)
    {
        Task? telling = null;
        try
        {
            // Not by the library's own call, which would put its channel prefix before the name.
            telling = database.ExecuteAsync("PUBLISH", connection.Channel, message);
            await telling.WaitAsync(connection.OperationTimeout, connection.Time).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (e is RedisException or TimeoutException or ObjectDisposedException)
        {
            RedisConnection.Forget(telling ?? Task.CompletedTask);
            return false;
        }
    }

    private List<HashChunk> IntoChunks(IReadOnlyList<SerializedItem> items)
    {
        var chunks = new List<HashChunk>();
        var entries = new List<HashEntry>(Math.Min(items.Count, ChunkItems));
        var bytes = 0;
        var kind = DataKind.Flag;
        foreach (var item in items)
        {
            ArgumentException.ThrowIfNullOrEmpty(item.Key, nameof(items));
            var json = StoredItem.Json(item);
            if (entries.Count > 0 && (item.Kind != kind || entries.Count == ChunkItems || bytes + json.Length > ChunkBytes))
            {
                chunks.Add(new(connection.Hash(kind), [.. entries]));
                entries.Clear();
                bytes = 0;
            }

            kind = item.Kind;
            entries.Add(new(item.Key, json));
            bytes += json.Length;
        }

        if (entries.Count > 0)
        {
            chunks.Add(new(connection.Hash(kind), [.. entries]));
        }

        return chunks;
    }

    /// <summary>Replaces all items in one transaction.</summary>
    /// <returns>Whether the server takes such a transaction; if not, nothing is written.</returns>
    private async Task<bool> TryInitAtOnceAsync(IDatabase database, List<HashChunk> chunks, CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _withoutTransactions) != 0)
        {
            return false;
        }

        // In the transaction a refused message would take everything with it.
        var mayTell = await TellAsync(database, RedisConnection.Probe).ConfigureAwait(false);
        var transaction = connection.BeginTransaction(database);
        var parts = new List<Task>(chunks.Count + 4)
        {
            transaction.KeyDeleteAsync(connection.Flags),
            transaction.KeyDeleteAsync(connection.Segments),
        };
        foreach (var chunk in chunks)
        {
            parts.Add(transaction.HashSetAsync(chunk.Hash, chunk.Entries));
        }

        parts.Add(transaction.StringSetAsync(connection.Marker, ""));
        if (mayTell)
        {
            parts.Add(transaction.ExecuteAsync("PUBLISH", connection.Channel, ""));
        }

        try
        {
            if (!await connection.BoundAsync(transaction.ExecuteAsync(), connection.Marker, connection.BulkTimeout, cancellationToken).ConfigureAwait(false))
            {
                throw new InvalidOperationException($"Redis did not execute the transaction that writes all items under \"{connection.Prefix}\".");
            }
        }
        catch (Exception e)
        {
            Observe(parts);
            if (!RedisRefusal.IsOfTransaction(e))
            {
                throw;
            }

            // What the server has against a command it will say again, if it has that against the command alone.
            if (e.Message.Contains("CROSSSLOT", StringComparison.Ordinal))
            {
                Volatile.Write(ref _withoutTransactions, 1);
            }

            LogNoTransaction(connection.Logger, e.Message);
            return false;
        }

        // The parts are complete by now; awaiting them brings out the error of any one that the server refused.
        await Task.WhenAll(parts).ConfigureAwait(false);
        return true;
    }

    private static void Observe(List<Task> parts)
    {
        foreach (var part in parts)
        {
            RedisConnection.Forget(part);
        }
    }

    private async Task InitInOrderAsync(IDatabase database, IReadOnlyList<SerializedItem> items, List<HashChunk> chunks, CancellationToken cancellationToken)
    {
        foreach (var chunk in chunks)
        {
            await connection.BoundAsync(
                Completed(database.HashSetAsync(chunk.Hash, chunk.Entries)), chunk.Hash, connection.BulkTimeout, cancellationToken).ConfigureAwait(false);
        }

        await RemoveVanishedAsync(database, DataKind.Flag, items, cancellationToken).ConfigureAwait(false);
        await RemoveVanishedAsync(database, DataKind.Segment, items, cancellationToken).ConfigureAwait(false);

        await connection.BoundAsync(
            database.StringSetAsync(connection.Marker, ""), connection.Marker, connection.OperationTimeout, cancellationToken).ConfigureAwait(false);
        _ = TellAsync(database, "");
    }

    private async Task RemoveVanishedAsync(IDatabase database, DataKind kind, IReadOnlyList<SerializedItem> items, CancellationToken cancellationToken)
    {
        var hash = connection.Hash(kind);
        var kept = new HashSet<string>(StringComparer.Ordinal);
        foreach (var item in items)
        {
            if (item.Kind == kind)
            {
                kept.Add(item.Key);
            }
        }

        var stored = await connection.BoundAsync(
            database.HashKeysAsync(hash, CommandFlags.DemandMaster), hash, connection.BulkTimeout, cancellationToken).ConfigureAwait(false);
        foreach (var vanished in stored.Where(k => !kept.Contains(k.ToString())).Chunk(ChunkItems))
        {
            await connection.BoundAsync(
                database.HashDeleteAsync(hash, vanished), hash, connection.BulkTimeout, cancellationToken).ConfigureAwait(false);
        }
    }

    // Each step has the time of an operation: how many it takes is up to the other writers.
    private async Task<bool> UpsertOptimisticallyAsync(
        IDatabase database, RedisKey hash, string key, long version, ReadOnlyMemory<byte> json, CancellationToken cancellationToken)
    {
        for (var attempt = 1; attempt <= MaxUpsertAttempts; attempt++)
        {
            var stored = await connection.BoundAsync(
                database.HashGetAsync(hash, key, CommandFlags.DemandMaster), hash, connection.OperationTimeout, cancellationToken).ConfigureAwait(false);
            if (!stored.IsNull && ItemVersion.Find(((ReadOnlyMemory<byte>)stored).Span) >= version)
            {
                return false;
            }

            var transaction = connection.BeginTransaction(database);
            transaction.AddCondition(stored.IsNull ? Condition.HashNotExists(hash, key) : Condition.HashEqual(hash, key, stored));
            var set = transaction.HashSetAsync(hash, key, json);
            Observe([set]);
            if (await connection.BoundAsync(transaction.ExecuteAsync(), hash, connection.OperationTimeout, cancellationToken).ConfigureAwait(false))
            {
                await set.ConfigureAwait(false);
                return true;
            }

            // The watch covers the whole hash, so a write to any other item also ends an attempt: step aside at random.
            await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(1, 2 + Math.Min(attempt, 30))), connection.Time, cancellationToken).ConfigureAwait(false);
        }

        throw new TimeoutException($"Other writers kept changing the Redis key \"{hash}\"; gave up on the item \"{key}\" after {MaxUpsertAttempts} attempts.");
    }

    private static async Task<bool> Completed(Task task)
    {
        await task.ConfigureAwait(false);
        return true;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Redis runs no scripts here ({Reason}); items are written by optimistic transactions")]
    private static partial void LogNoScripts(ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "Redis refused to replace all items in one transaction ({Reason}); they are written one after the other, and readers may meet old and new ones together")]
    private static partial void LogNoTransaction(ILogger logger, string reason);

    private readonly record struct HashChunk(RedisKey Hash, HashEntry[] Entries);
}
