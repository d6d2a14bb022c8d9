using System.Collections.Concurrent;
using Halyard.DataInterfaces;
using Halyard.Model;

namespace Halyard.Tests.LazyLoading;

/// <summary>
/// A source in memory that counts what it is asked, and fails or waits on demand. It goes on in the context it was
/// called in, so that it needs the thread pool only where a test makes it.
/// </summary>
internal sealed class FakeDataReader : IDataReader
{
    private int _gets;
    private long _items;
    private int _alls;
    private int _initializedAsks;

    public ConcurrentDictionary<(DataKind, string), long> Versions { get; } = new();

    public ConcurrentDictionary<(DataKind, string), bool> Malformed { get; } = new();

    public volatile Exception? Failure;

    /// <summary>When set, an answer waits for it.</summary>
    public volatile Func<string, CancellationToken, Task>? Before;

    /// <summary>When set, what has been read arrives only after it.</summary>
    public volatile Func<string, Task>? After;

    /// <summary>When set, reads of the kind fail though the store answers.</summary>
    public DataKind? UnreadableKind { get; set; }

    public bool Marker { get; set; } = true;

    public string Identity => "fake";

    public int LargestBatch { get; set; } = 1;

    /// <summary>When set, items can be read on the caller's thread, which is what this does first, for each key and with the time it has.</summary>
    public volatile Action<string, TimeSpan>? Here;

    /// <summary>The threads on which that was done.</summary>
    public ConcurrentQueue<int> ThreadsHere { get; } = new();

    /// <summary>The keys of each trip for several items that was made so.</summary>
    public ConcurrentQueue<string[]> BatchesHere { get; } = new();

    public bool CanGet => Here is not null;

    /// <summary>Where this source says what was written; null when it does not.</summary>
    public IStoreChangeSource? Changes { get; init; }

    /// <summary>What each item costs of the budget for reading again.</summary>
    public long BytesPerItem { get; set; } = 1;

    public long BytesRead => Volatile.Read(ref _items) * BytesPerItem;

    /// <summary>The keys of each trip for several items.</summary>
    public ConcurrentQueue<string[]> Batches { get; } = new();

    public int Gets => Volatile.Read(ref _gets);

    public int Alls => Volatile.Read(ref _alls);

    public int InitializedAsks => Volatile.Read(ref _initializedAsks);

    public int Attempts => Gets + Alls + InitializedAsks;

    public void Put(string flagKey, long version = 1) => Versions[(DataKind.Flag, flagKey)] = version;

    public async ValueTask<ReadItem> GetAsync(DataKind kind, string key, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _gets);
        await Enter(kind, key, cancellationToken).ConfigureAwait(true);
        var read = Read(kind, key);
        await Leave(key).ConfigureAwait(true);
        return read;
    }

    public ReadItem Get(DataKind kind, string key, TimeSpan limit)
    {
        ThreadsHere.Enqueue(Environment.CurrentManagedThreadId);
        Here!(key, limit);
        return Read(kind, key);
    }

    public ReadItem[] GetMany(DataKind kind, string[] keys, TimeSpan limit)
    {
        BatchesHere.Enqueue(keys);
        return Array.ConvertAll(keys, key =>
        {
            Here!(key, limit);
            return Read(kind, key);
        });
    }

    public async ValueTask<ReadItem[]> GetManyAsync(DataKind kind, string[] keys, CancellationToken cancellationToken)
    {
        Batches.Enqueue(keys);
        foreach (var key in keys)
        {
            await Enter(kind, key, cancellationToken).ConfigureAwait(true);
        }

        return Array.ConvertAll(keys, key => Read(kind, key));
    }

    public async ValueTask<ReadItems> AllAsync(DataKind kind, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _alls);
        await Enter(kind, "*", cancellationToken).ConfigureAwait(true);
        var live = Versions.Where(pair => pair.Key.Item1 == kind && !Malformed.ContainsKey(pair.Key));
        var read = new ReadItems(
            [.. live.Select(pair => Item(kind, pair.Key.Item2, pair.Value))],
            [.. Malformed.Keys.Where(key => key.Item1 == kind).Select(key => key.Item2)]);
        await Leave("*").ConfigureAwait(true);
        return read;
    }

    public async ValueTask<bool> InitializedAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _initializedAsks);
        await Enter(null, "$inited", cancellationToken).ConfigureAwait(true);
        return Marker;
    }

    public ValueTask DisposeAsync() => default;

    private ReadItem Read(DataKind kind, string key) =>
        Malformed.ContainsKey((kind, key)) ? ReadItem.Malformed
        : Versions.TryGetValue((kind, key), out var version) ? ReadItem.Of(Item(kind, key, version))
        : ReadItem.Absent;

    private async Task Enter(DataKind? kind, string key, CancellationToken cancellationToken)
    {
        if (Before is { } before)
        {
            await before(key, cancellationToken).ConfigureAwait(true);
        }

        if (Failure is { } failure)
        {
            throw failure;
        }

        Interlocked.Increment(ref _items);
        if (kind is not null && kind == UnreadableKind)
        {
            throw new InvalidOperationException("WRONGTYPE");
        }
    }

    private async Task Leave(string key)
    {
        if (After is { } after)
        {
            await after(key).ConfigureAwait(true);
        }
    }

    private static ItemDescriptor Item(DataKind kind, string key, long version) => kind == DataKind.Flag
        ? ItemDescriptor<Flag>.Of(key, version, new Flag { Key = key, Version = version })
        : ItemDescriptor<Segment>.Of(key, version, new Segment { Key = key, Version = version });
}
