using System.Collections.Concurrent;
using Halyard.DataInterfaces;
using Halyard.DataModel.Json.Reading;
using Halyard.Model;
using Halyard.Telemetry;
using Microsoft.Extensions.Logging;

namespace Halyard.DataComponents;

/// <summary>
/// Reads items from a store of serialized ones. Accepts every form in which stores and writers mark a deleted item: the
/// store's own mark, <c>"deleted":true</c> with or without a key, and the JSON <c>null</c>. Thread-safe; takes no lock.
/// </summary>
internal sealed partial class JsonDeserializer(ISerializedDataReader reader, ILogger logger) : IDataReader
{
    // By key, the hash of the malformed text that was reported last, so that each text is reported once.
    private readonly ConcurrentDictionary<(DataKind Kind, string Key), ulong> _reported = new();

    // Changed with Interlocked alone.
    private long _bytesRead;

    public string Identity => reader.Identity;

    public IStoreChangeSource? Changes => reader as IStoreChangeSource;

    public long BytesRead => Interlocked.Read(ref _bytesRead);

    public int LargestBatch => reader.LargestBatch;

    public async ValueTask<ReadItem> GetAsync(DataKind kind, string key, CancellationToken cancellationToken)
    {
        var serialized = await reader.GetAsync(kind, key, cancellationToken).ConfigureAwait(false);
        return serialized is { } item ? Deserialize(kind, key, item) : ReadItem.Absent;
    }

    public async ValueTask<ReadItem[]> GetManyAsync(DataKind kind, string[] keys, CancellationToken cancellationToken)
    {
        var serialized = await reader.GetManyAsync(kind, keys, cancellationToken).ConfigureAwait(false);
        if (serialized.Length != keys.Length)
        {
            throw new InvalidOperationException($"The reader {reader.Identity} gave {serialized.Length} answers for {keys.Length} keys.");
        }

        var items = new ReadItem[keys.Length];
        for (var i = 0; i < keys.Length; i++)
        {
            items[i] = serialized[i] is { } item ? Deserialize(kind, keys[i], item) : ReadItem.Absent;
        }

        return items;
    }

    public async ValueTask<ReadItems> AllAsync(DataKind kind, CancellationToken cancellationToken)
    {
        var serialized = await reader.AllAsync(kind, cancellationToken).ConfigureAwait(false);
        var items = new List<ItemDescriptor>(serialized.Count);
        List<string>? malformed = null;
        foreach (var (key, text) in serialized)
        {
            // A store may hold an item with an empty key, which no flag or segment can have.
            if (string.IsNullOrEmpty(key))
            {
                continue;
            }

            var read = Deserialize(kind, key, text);
            if (read.Item is { } item)
            {
                items.Add(item);
            }
            else
            {
                (malformed ??= []).Add(key);
            }
        }

        return new ReadItems(items, malformed ?? []);
    }

    public ValueTask<bool> InitializedAsync(CancellationToken cancellationToken) => reader.InitializedAsync(cancellationToken);

    public ValueTask DisposeAsync() => reader.DisposeAsync();

    private ReadItem Deserialize(DataKind kind, string key, SerializedItemDescriptor serialized)
    {
        var text = serialized.SerializedItem.Span;
        Interlocked.Add(ref _bytesRead, text.Length);
        try
        {
            var item = serialized.Deleted || IsNull(text) ? ReadTombstone(kind, key, serialized) : ReadText(kind, key, serialized);
            if (!_reported.IsEmpty)
            {
                _reported.TryRemove((kind, key), out _);
            }

            return ReadItem.Of(item);
        }
        catch (MalformedDataException e)
        {
            // FNV-1a is enough: the text is compared only with the malformed text before it.
            var hash = 14695981039346656037UL;
            foreach (var b in text)
            {
                hash = (hash ^ b) * 1099511628211UL;
            }

            if (!_reported.TryGetValue((kind, key), out var last) || last != hash)
            {
                _reported[(kind, key)] = hash;
                HalyardMetrics.MalformedItems.Add(1);
                LogMalformed(logger, KindName(kind), key, reader.Identity, serialized.Version, e.Message);
            }

            return ReadItem.Malformed;
        }
    }

    private static ItemDescriptor ReadText(DataKind kind, string key, SerializedItemDescriptor serialized)
    {
        var item = ModelReader.ReadItem(kind, key, serialized.SerializedItem.Span);

        // If a store keeps the version beside the text, that one counts, because writers compare it.
        return serialized.Version <= 0 || serialized.Version == item.Version ? item : item switch
        {
            ItemDescriptor<Flag> { Item: { } flag } => ItemDescriptor<Flag>.Of(key, serialized.Version, flag),
            ItemDescriptor<Segment> { Item: { } segment } => ItemDescriptor<Segment>.Of(key, serialized.Version, segment),
            _ => ItemDescriptor.Tombstone(kind, key, serialized.Version),
        };
    }

    private static ItemDescriptor ReadTombstone(DataKind kind, string key, SerializedItemDescriptor serialized)
    {
        var version = serialized.Version;
        if (version <= 0 && !serialized.SerializedItem.IsEmpty)
        {
            // The item is known to be deleted, so JSON without a version takes nothing away.
            version = ItemVersion.Find(serialized.SerializedItem.Span) ?? 0;
        }

        return ItemDescriptor.Tombstone(kind, key, version);
    }

    private static bool IsNull(ReadOnlySpan<byte> text) => text.Trim(" \t\r\n"u8).SequenceEqual("null"u8);

    private static string KindName(DataKind kind) => kind == DataKind.Flag ? "Flag" : "Segment";

    [LoggerMessage(1, LogLevel.Error, "{Kind} \"{Key}\" in store {Store} (version {Version}) is malformed and not used; the last good one stays: {Fault}")]
    private static partial void LogMalformed(ILogger logger, string kind, string key, string store, long version, string fault);
}
