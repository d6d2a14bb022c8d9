using System.Buffers;
using Halyard.Model;
using Microsoft.Extensions.Logging;

namespace Halyard;

/// <summary>
/// Writes complete sets in transactions, in the given order, and single items by check-and-set. Consul's transactions
/// are small: between two of them readers see whole items, some old and some new.
/// </summary>
internal sealed partial class ConsulDataWriter(ConsulKeyValue store) : ISerializedDataWriter
{
    // Consul's limits: 64 operations (more in later versions), and 512 KiB for a transaction's body as for a value. A
    // value in Base64 that would fill a body alone is put by itself, where it counts as it is.
    private const int MaxOperations = 64;
    private const int MaxBodyBytes = 500_000;
    private const int MaxUpsertAttempts = 100;

    private readonly SemaphoreSlim _initGate = new(1, 1);

    public string Identity => "consul";

    public async ValueTask InitAsync(IReadOnlyList<SerializedItem> items, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(items);
        await _initGate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            // A transaction must not set a key twice; the last one given counts. Positions keep the given order.
            var positions = new Dictionary<string, int>(items.Count, StringComparer.Ordinal);
            for (var i = 0; i < items.Count; i++)
            {
                ArgumentException.ThrowIfNullOrEmpty(items[i].Key, nameof(items));
                positions[store.Folder(items[i].Kind) + items[i].Key] = i;
            }

            var vanished = new List<string>();
            await CollectVanishedAsync(DataKind.Flag, positions, vanished, cancellationToken).ConfigureAwait(false);
            await CollectVanishedAsync(DataKind.Segment, positions, vanished, cancellationToken).ConfigureAwait(false);

            var batch = new Batch(store);
            for (var i = 0; i < items.Count; i++)
            {
                var key = store.Folder(items[i].Kind) + items[i].Key;
                if (positions[key] == i)
                {
                    await SetAsync(batch, items[i], cancellationToken).ConfigureAwait(false);
                }
            }

            foreach (var key in vanished)
            {
                await batch.AddAsync(ConsulJson.Operation("delete"u8, key), cancellationToken).ConfigureAwait(false);
            }

            await batch.AddAsync(ConsulJson.Operation("set"u8, store.Marker, ReadOnlyMemory<byte>.Empty), cancellationToken).ConfigureAwait(false);
            await batch.SendAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _initGate.Release();
        }
    }

    public async ValueTask<bool> UpsertAsync(SerializedItem item, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(item.Key, nameof(item));
        var key = store.Folder(item.Kind) + item.Key;
        var json = StoredItem.Json(item);
        for (var attempt = 1; attempt <= MaxUpsertAttempts; attempt++)
        {
            // Each step has the time of an operation: how many it takes is up to the other writers.
            var stored = await store.FindAsync(key, cancellationToken).ConfigureAwait(false);

            // A stored value that cannot be parsed has no version to defend and is replaced.
            if (stored is { } entry && ItemVersion.Find(entry.Value) >= item.Item.Version)
            {
                return false;
            }

            switch (await store.PutAsync(key, json, stored?.ModifyIndex ?? 0, store.OperationTimeout, cancellationToken).ConfigureAwait(false))
            {
                case true:
                    return true;
                case null:
                    LogTooLarge(store.Logger, item.Key, store.Folder(item.Kind));
                    return false;
            }

            // Another writer was faster: step aside at random.
            await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(1, 2 + Math.Min(attempt, 30))), store.Time, cancellationToken).ConfigureAwait(false);
        }

        throw new TimeoutException($"Other writers kept changing the Consul key \"{key}\"; gave up after {MaxUpsertAttempts} attempts.");
    }

    // Not from a server that has lost touch with the others: its answer could be older than the wipe that this question
    // is asked to find.
    public ValueTask<bool> InitializedAsync(CancellationToken cancellationToken) => store.HasMarkerAsync("consistent", cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await store.DisposeAsync().ConfigureAwait(false);
        _initGate.Dispose();
    }

    private async Task SetAsync(Batch batch, SerializedItem item, CancellationToken cancellationToken)
    {
        var key = store.Folder(item.Kind) + item.Key;
        var json = StoredItem.Json(item);
        var operation = ConsulJson.Operation("set"u8, key, json);
        if (operation.Length + 2 <= MaxBodyBytes)
        {
            await batch.AddAsync(operation, cancellationToken).ConfigureAwait(false);
            return;
        }

        // After what comes before it in the order.
        await batch.SendAsync(cancellationToken).ConfigureAwait(false);
        if (await store.PutAsync(key, json, null, store.BulkTimeout, cancellationToken).ConfigureAwait(false) is null)
        {
            LogTooLarge(store.Logger, item.Key, store.Folder(item.Kind));
        }
    }

    private async Task CollectVanishedAsync(
        DataKind kind, Dictionary<string, int> kept, List<string> vanished, CancellationToken cancellationToken)
    {
        var folder = store.Folder(kind);
        var answer = await store.GetAsync(folder, "keys", store.BulkTimeout, cancellationToken).ConfigureAwait(false);
        if (answer.IsFound)
        {
            vanished.AddRange(store.Read(answer, static body => ConsulJson.Keys(body)).Where(key => key.Length > folder.Length && !kept.ContainsKey(key)));
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The item \"{Key}\" in \"{Folder}\" was too large to store in Consul and was dropped")]
    private static partial void LogTooLarge(ILogger logger, string key, string folder);

    /// <summary>Operations that go together, as many as a transaction takes.</summary>
    private sealed class Batch(ConsulKeyValue store)
    {
        private readonly ArrayBufferWriter<byte> _body = new(1 << 16);
        private int _count;

        public async Task AddAsync(byte[] operation, CancellationToken cancellationToken)
        {
            if (_count == MaxOperations || (_count > 0 && _body.WrittenCount + operation.Length + 2 > MaxBodyBytes))
            {
                await SendAsync(cancellationToken).ConfigureAwait(false);
            }

            _body.Write(_count == 0 ? "["u8 : ","u8);
            _body.Write(operation);
            _count++;
        }

        public async Task SendAsync(CancellationToken cancellationToken)
        {
            if (_count == 0)
            {
                return;
            }

            _body.Write("]"u8);
            await store.TransactAsync(_body.WrittenMemory, store.BulkTimeout, cancellationToken).ConfigureAwait(false);
            _body.ResetWrittenCount();
            _count = 0;
        }
    }
}
