using System.Collections.Concurrent;
using Halyard.DataInterfaces;
using Halyard.DataModel.Json.Reading;
using Halyard.DataModel.Json.Tokens;
using Halyard.Model;
using Halyard.Telemetry;
using Microsoft.Extensions.Logging;

namespace Halyard.DataComponents;

/// <summary>
/// Reads items from a store of serialized ones. Accepts every form in which stores and writers mark a deleted item: the
/// store's own mark, <c>"deleted":true</c> with or without a key, and the JSON <c>null</c>. Thread-safe; a good item takes no
/// lock.
/// </summary>
internal sealed partial class JsonDeserializer(
    ISerializedDataReader reader, ILogger logger, QuarantineLedger? ledger = null, TimeProvider? time = null, ClientMetrics? metrics = null) : IDataReader
{
    private readonly ClientMetrics _metrics = metrics ?? ClientMetrics.Unnamed;

    // Whoever is given a malformed item finds it in the ledger, also when somebody else has just read the same text.
    private readonly Lock _gate = new();

    // By key, the hash of the malformed text that was reported last, so that each text is reported once. Written within
    // _gate, read without.
    private readonly ConcurrentDictionary<(DataKind Kind, string Key), ulong> _reported = new();

    // Changed with Interlocked alone.
    private long _bytesRead;

    // A store may hold any number of malformed texts. Guarded by itself.
    private readonly LineBudget _budget = new(time ?? TimeProvider.System);

    private readonly SlowPatternLog _patterns = new(logger);

    // Set before the first read.
    private Func<DataKind, string, ItemDescriptor?>? _held;

    public string Identity => reader.Identity;

    public IStoreChangeSource? Changes => reader as IStoreChangeSource;

    public long BytesRead => Interlocked.Read(ref _bytesRead);

    public int LargestBatch => reader.LargestBatch;

    public void ReuseFrom(Func<DataKind, string, ItemDescriptor?> held) => _held = held;

    public async ValueTask<ReadItem> GetAsync(DataKind kind, string key, CancellationToken cancellationToken)
    {
        var serialized = await reader.GetAsync(kind, key, cancellationToken).ConfigureAwait(false);
        return Read(kind, key, serialized);
    }

    public bool CanGet => reader.CanGet;

    public ReadItem Get(DataKind kind, string key, TimeSpan limit) => Read(kind, key, reader.Get(kind, key, limit));

    public async ValueTask<ReadItem[]> GetManyAsync(DataKind kind, string[] keys, CancellationToken cancellationToken)
    {
        return Read(kind, keys, await reader.GetManyAsync(kind, keys, cancellationToken).ConfigureAwait(false));
    }

    public ReadItem[] GetMany(DataKind kind, string[] keys, TimeSpan limit) => Read(kind, keys, reader.GetMany(kind, keys, limit));

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

        Keep(kind, malformed ?? []);
        return new ReadItems(items, malformed ?? []);
    }

    public ValueTask<bool> InitializedAsync(CancellationToken cancellationToken) => reader.InitializedAsync(cancellationToken);

    public ValueTask DisposeAsync()
    {
        // What a store holds that is not read any more is nobody's concern.
        ledger?.KeepStored(DataKind.Flag, []);
        ledger?.KeepStored(DataKind.Segment, []);
        return reader.DisposeAsync();
    }

    private ReadItem Read(DataKind kind, string key, SerializedItemDescriptor? serialized)
    {
        if (serialized is { } item)
        {
            return Deserialize(kind, key, item);
        }

        Recovered(kind, key);
        return ReadItem.Absent;
    }

    private ReadItem[] Read(DataKind kind, string[] keys, SerializedItemDescriptor?[] serialized)
    {
        if (serialized.Length != keys.Length)
        {
            throw new InvalidOperationException($"The reader {reader.Identity} gave {serialized.Length} answers for {keys.Length} keys.");
        }

        var items = new ReadItem[keys.Length];
        for (var i = 0; i < keys.Length; i++)
        {
            items[i] = Read(kind, keys[i], serialized[i]);
        }

        return items;
    }

    // Of a kind that was read as a whole only these keys are malformed. What is malformed again later is told again.
    private void Keep(DataKind kind, List<string> malformed)
    {
        if (_reported.IsEmpty)
        {
            return;
        }

        var keys = malformed.ToHashSet(StringComparer.Ordinal);
        lock (_gate)
        {
            foreach (var key in _reported.Keys)
            {
                if (key.Kind == kind && !keys.Contains(key.Key))
                {
                    _reported.TryRemove(key, out _);
                }
            }

            ledger?.KeepStored(kind, keys);
        }
    }

    // The key has a good item again, or none.
    private void Recovered(DataKind kind, string key)
    {
        if (_reported.IsEmpty || !_reported.ContainsKey((kind, key)))
        {
            return;
        }

        lock (_gate)
        {
            if (_reported.TryRemove((kind, key), out _))
            {
                ledger?.RemoveStored(kind, key);
            }
        }
    }

    private ReadItem Deserialize(DataKind kind, string key, SerializedItemDescriptor serialized)
    {
        var text = serialized.SerializedItem.Span;
        Interlocked.Add(ref _bytesRead, text.Length);
        var hash = _held is null || serialized.Deleted ? 0 : TextHash.Of(text, serialized.Version);
        if (hash != 0 && _held!(kind, key) is { } held && held.TextHash == hash)
        {
            // Most of what is read again has not changed. A copy, since the cache keeps its marks in it.
            Recovered(kind, key);
            var same = held.Copy();
            same.TextHash = hash;
            return ReadItem.Of(same);
        }

        try
        {
            var item = serialized.Deleted || IsNull(text) ? ReadTombstone(kind, key, serialized) : ReadText(kind, key, serialized);
            item.TextHash = hash;
            Recovered(kind, key);
            _patterns.Note([item]);
            return ReadItem.Of(item);
        }
        catch (MalformedDataException e)
        {
            hash = hash != 0 ? hash : TextHash.Of(text, serialized.Version);
            bool isNew;
            lock (_gate)
            {
                isNew = !_reported.TryGetValue((kind, key), out var last) || last != hash;
                if (isNew)
                {
                    _reported[(kind, key)] = hash;
                    ledger?.AddStored(MalformedItem.Of(
                        kind, key, serialized.Version > 0 ? serialized.Version : ItemVersion.Find(text), AtRoot(kind, key, e), text: []));
                }
            }

            if (isNew)
            {
                _metrics.Add(_metrics.Instruments.MalformedItems);
                Log(kind, key, serialized.Version, e.Message);
            }

            return ReadItem.Malformed;
        }
    }

    // A store's items are documents of their own; people are told the place as in a data set.
    private static MalformedDataException AtRoot(DataKind kind, string key, MalformedDataException fault)
    {
        var root = JsonPath.Member(kind == DataKind.Flag ? "flags" : "segments", key);
        var path = fault.Path.Length == 0 ? root : fault.Path[0] == '[' ? root + fault.Path : $"{root}.{fault.Path}";
        return new(fault.Message, path, fault);
    }

    private void Log(DataKind kind, string key, long version, string fault)
    {
        LineBudget.Answer answer;
        lock (_budget)
        {
            answer = _budget.Take();
        }

        if (answer == LineBudget.Answer.Line)
        {
            LogMalformed(logger, KindName(kind), key, reader.Identity, version, fault);
        }
        else if (answer == LineBudget.Answer.LastLine)
        {
            LogTooMany(logger, LineBudget.LinesAMinute, reader.Identity);
        }
    }

    private static ItemDescriptor ReadText(DataKind kind, string key, SerializedItemDescriptor serialized)
    {
        var item = ModelReader.ReadItem(kind, key, serialized.SerializedItem.Span);

        // If a store keeps the version beside the text, that one counts, because writers compare it.
        return serialized.Version <= 0 ? item : item.WithVersion(serialized.Version);
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

    [LoggerMessage(2, LogLevel.Error, "More than {Limit} items of store {Store} were found malformed within a minute; further ones are counted without a line each")]
    private static partial void LogTooMany(ILogger logger, int limit, string store);

    [LoggerMessage(1, LogLevel.Error, "{Kind} \"{Key}\" in store {Store} (version {Version}) is malformed and not used; the last good one stays: {Fault}")]
    private static partial void LogMalformed(ILogger logger, string kind, string key, string store, long version, string fault);
}
