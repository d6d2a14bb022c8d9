using Halyard.Model;
using StackExchange.Redis;

namespace Halyard;

/// <summary>Reads over one shared, pipelined connection; values stay UTF-8 bytes.</summary>
internal sealed class RedisDataReader(RedisConnection connection) : ISerializedDataReader, IStoreChangeSource
{
    private readonly RedisChangeListener _listener = new(connection);

    public string Identity => "redis";

    // What a client holds of a store is mostly read again in one trip. With many more the first items would wait for the last.
    public int LargestBatch => 128;

    public async ValueTask<SerializedItemDescriptor?> GetAsync(DataKind kind, string key, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        var hash = connection.Hash(kind);
        var deadline = connection.Within(connection.OperationTimeout);
        var database = await connection.DatabaseAsync(deadline, cancellationToken).ConfigureAwait(false);
        var value = await connection.BoundAsync(
            database.HashGetAsync(hash, key, connection.ReadFlags), hash, deadline, cancellationToken).ConfigureAwait(false);
        return Item(value);
    }

    public bool CanGet => connection.IsConnected;

    public SerializedItemDescriptor? Get(DataKind kind, string key, TimeSpan limit)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        var hash = connection.Hash(kind);
        var flags = connection.ReadFlags;
        return Item(connection.Ask(hash, database => database.HashGetAsync(hash, key, flags), Shorter(limit, connection.OperationTimeout)));
    }

    public async ValueTask<SerializedItemDescriptor?[]> GetManyAsync(DataKind kind, IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(keys);
        var hash = connection.Hash(kind);
        var deadline = connection.Within(connection.BulkTimeout);
        var database = await connection.DatabaseAsync(deadline, cancellationToken).ConfigureAwait(false);
        var values = await connection.BoundAsync(
            database.HashGetAsync(hash, Fields(keys), connection.ReadFlags), hash, deadline, cancellationToken).ConfigureAwait(false);
        return Items(values);
    }

    public SerializedItemDescriptor?[] GetMany(DataKind kind, IReadOnlyList<string> keys, TimeSpan limit)
    {
        ArgumentNullException.ThrowIfNull(keys);
        var hash = connection.Hash(kind);
        var (fields, flags) = (Fields(keys), connection.ReadFlags);
        return Items(connection.Ask(hash, database => database.HashGetAsync(hash, fields, flags), Shorter(limit, connection.BulkTimeout)));
    }

    public async ValueTask<IReadOnlyDictionary<string, SerializedItemDescriptor>> AllAsync(DataKind kind, CancellationToken cancellationToken)
    {
        var hash = connection.Hash(kind);
        var deadline = connection.Within(connection.BulkTimeout);
        var database = await connection.DatabaseAsync(deadline, cancellationToken).ConfigureAwait(false);
        var entries = await connection.BoundAsync(
            database.HashGetAllAsync(hash, connection.ReadFlags), hash, deadline, cancellationToken).ConfigureAwait(false);
        var items = new Dictionary<string, SerializedItemDescriptor>(entries.Length, StringComparer.Ordinal);
        foreach (var entry in entries)
        {
            items[entry.Name.ToString()] = new(0, false, (ReadOnlyMemory<byte>)entry.Value);
        }

        return items;
    }

    public async ValueTask<bool> InitializedAsync(CancellationToken cancellationToken)
    {
        var deadline = connection.Within(connection.OperationTimeout);
        var database = await connection.DatabaseAsync(deadline, cancellationToken).ConfigureAwait(false);
        return await connection.BoundAsync(
            database.KeyExistsAsync(connection.Marker, connection.ReadFlags), connection.Marker, deadline, cancellationToken).ConfigureAwait(false);
    }

    public IAsyncEnumerable<StoreChange> ListenAsync(CancellationToken cancellationToken) => _listener.ListenAsync(cancellationToken);

    public ValueTask DisposeAsync() => connection.DisposeAsync();

    private static TimeSpan Shorter(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private static RedisValue[] Fields(IReadOnlyList<string> keys)
    {
        var fields = new RedisValue[keys.Count];
        for (var i = 0; i < fields.Length; i++)
        {
            fields[i] = keys[i];
        }

        return fields;
    }

    private static SerializedItemDescriptor?[] Items(RedisValue[] values) =>
        Array.ConvertAll<RedisValue, SerializedItemDescriptor?>(values, static value => Item(value));

    private static SerializedItemDescriptor? Item(RedisValue value) =>
        value.IsNull ? null : new SerializedItemDescriptor(0, false, (ReadOnlyMemory<byte>)value);
}
