using Halyard.DataInterfaces;
using Halyard.Model;

namespace Halyard.DataSystems;

/// <summary>
/// Hides what a store holds until its marker says that a whole data set was written. The sources beside the store will
/// deliver a whole one anyway, and until then half of one is worse than none. Once seen, the marker is not asked for
/// again. Thread-safe.
/// </summary>
/// <param name="reader">The store; disposed with the gate.</param>
internal sealed class MarkerGate(IDataReader reader) : IDataReader
{
    private volatile bool _isOpen;

    public string Identity => reader.Identity;

    public int LargestBatch => reader.LargestBatch;

    public async ValueTask<ReadItem> GetAsync(DataKind kind, string key, CancellationToken cancellationToken) =>
        _isOpen || await InitializedAsync(cancellationToken).ConfigureAwait(false)
            ? await reader.GetAsync(kind, key, cancellationToken).ConfigureAwait(false)
            : ReadItem.Pending;

    public async ValueTask<ReadItem[]> GetManyAsync(DataKind kind, string[] keys, CancellationToken cancellationToken) =>
        _isOpen || await InitializedAsync(cancellationToken).ConfigureAwait(false)
            ? await reader.GetManyAsync(kind, keys, cancellationToken).ConfigureAwait(false)
            : [.. Enumerable.Repeat(ReadItem.Pending, keys.Length)];

    public async ValueTask<ReadItems> AllAsync(DataKind kind, CancellationToken cancellationToken) =>
        _isOpen || await InitializedAsync(cancellationToken).ConfigureAwait(false)
            ? await reader.AllAsync(kind, cancellationToken).ConfigureAwait(false)
            : ReadItems.Pending;

    public async ValueTask<bool> InitializedAsync(CancellationToken cancellationToken)
    {
        if (await reader.InitializedAsync(cancellationToken).ConfigureAwait(false))
        {
            _isOpen = true;
        }

        return _isOpen;
    }

    public ValueTask DisposeAsync() => reader.DisposeAsync();
}
