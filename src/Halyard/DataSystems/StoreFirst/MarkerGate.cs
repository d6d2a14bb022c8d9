using Halyard.DataInterfaces;
using Halyard.Model;

namespace Halyard.DataSystems;

/// <summary>
/// Hides what a store holds until its marker says that a whole data set was written. The sources beside the store will
/// deliver a whole one anyway, and until then half of one is worse than none. Once seen, the marker is not asked for
/// again; while it is absent, the reads of items ask for it at a bounded pace, however many they are. Thread-safe.
/// </summary>
internal sealed class MarkerGate : IDataReader
{
    private readonly IDataReader _reader;
    private readonly TimeProvider _timeProvider;
    private readonly long _pace;
    private volatile bool _isOpen;

    // Until when the marker's absence needs no new look. Read and written with Volatile.
    private long _absentUntil = long.MinValue;

    /// <param name="reader">The store; disposed with the gate.</param>
    /// <param name="pace">How long an absent marker is not asked for again; zero for every read to ask.</param>
    /// <param name="timeProvider">The clock.</param>
    public MarkerGate(IDataReader reader, TimeSpan pace, TimeProvider timeProvider)
    {
        _reader = reader;
        _timeProvider = timeProvider;
        _pace = (long)(pace.TotalSeconds * timeProvider.TimestampFrequency);
    }

    public string Identity => _reader.Identity;

    public int LargestBatch => _reader.LargestBatch;

    public void ReuseFrom(Func<DataKind, string, ItemDescriptor?> held) => _reader.ReuseFrom(held);

    public async ValueTask<ReadItem> GetAsync(DataKind kind, string key, CancellationToken cancellationToken) =>
        _isOpen || await OpensAsync(cancellationToken).ConfigureAwait(false)
            ? await _reader.GetAsync(kind, key, cancellationToken).ConfigureAwait(false)
            : ReadItem.Pending;

    public bool CanGet => _isOpen && _reader.CanGet;

    public ReadItem Get(DataKind kind, string key, TimeSpan limit) => _reader.Get(kind, key, limit);

    public async ValueTask<ReadItem[]> GetManyAsync(DataKind kind, string[] keys, CancellationToken cancellationToken) =>
        _isOpen || await OpensAsync(cancellationToken).ConfigureAwait(false)
            ? await _reader.GetManyAsync(kind, keys, cancellationToken).ConfigureAwait(false)
            : [.. Enumerable.Repeat(ReadItem.Pending, keys.Length)];

    public ReadItem[] GetMany(DataKind kind, string[] keys, TimeSpan limit) => _reader.GetMany(kind, keys, limit);

    public async ValueTask<ReadItems> AllAsync(DataKind kind, CancellationToken cancellationToken) =>
        _isOpen || await OpensAsync(cancellationToken).ConfigureAwait(false)
            ? await _reader.AllAsync(kind, cancellationToken).ConfigureAwait(false)
            : ReadItems.Pending;

    /// <summary>Asks the store for its marker, whatever is known: whoever asks this may want to know whether it answers.</summary>
    public async ValueTask<bool> InitializedAsync(CancellationToken cancellationToken)
    {
        var asked = _timeProvider.GetTimestamp();
        if (await _reader.InitializedAsync(cancellationToken).ConfigureAwait(false))
        {
            _isOpen = true;
        }
        else
        {
            Volatile.Write(ref _absentUntil, asked + _pace);
        }

        return _isOpen;
    }

    public ValueTask DisposeAsync() => _reader.DisposeAsync();

    private ValueTask<bool> OpensAsync(CancellationToken cancellationToken) =>
        _timeProvider.GetTimestamp() < Volatile.Read(ref _absentUntil) ? new(false) : InitializedAsync(cancellationToken);
}
