using Halyard.DataInterfaces;
using Halyard.Model;
using Microsoft.Extensions.Logging;

namespace Halyard.DataSystems;

/// <summary>
/// A pushed data system with a store to read from until its first data has arrived: up to then items are fetched as
/// asked for, from then on memory is all that is read, and the store's reader is closed. Thread-safe.
/// </summary>
internal sealed class StoreFirst : ILazyDataSystem
{
    private readonly BackgroundSync _sync;
    private readonly ILogger _logger;
    private readonly Lock _gate = new();

    // Null once it is closed and pushed data is there; written by the closing alone.
    private volatile ILazyDataSystem? _store;

    // Guarded by _gate.
    private Task? _closing;

    /// <param name="store">The store; disposed with the system, or as soon as it is not needed any more.</param>
    /// <param name="sync">The pushed data, not started; disposed with the system.</param>
    /// <param name="logger">The log.</param>
    public StoreFirst(ILazyDataSystem store, BackgroundSync sync, ILogger logger)
    {
        _store = store;
        _sync = sync;
        _logger = logger;
        // Not on the thread that writes the first data: closing connections takes time.
        sync.OnFirstData(() => _ = Task.Run(CloseStoreAsync));
    }

    public string Identity => _sync.Identity;

    public bool FetchesOnDemand => Pulled is not null;

    public bool Initialized => _sync.Initialized || Pulled is { Initialized: true };

    public DataSnapshot Snapshot =>
        _sync.Snapshot is { Initialized: true } pushed ? pushed : Pulled?.Snapshot ?? _sync.Snapshot;

    // Once memory is all that is read nothing is judged by its age, and any number will do.
    public long Now => _store?.Now ?? 0;

    public bool AllFresh => Pulled?.AllFresh ?? true;

    // _store becomes null only after pushed data is there. So _store is read first: a null means that the data is there.
    private ILazyDataSystem? Pulled => _store is { } store && !_sync.Initialized ? store : null;

    public bool IsKnown(DataKind kind, string key) => Pulled?.IsKnown(kind, key) ?? true;

    public ValueTask FetchAsync(IReadOnlyList<MissedItem> misses, CancellationToken cancellationToken) =>
        Pulled?.FetchAsync(misses, cancellationToken) ?? default;

    public void Fetch(IReadOnlyList<MissedItem> misses, long began = 0) => Pulled?.Fetch(misses, began);

    public ValueTask FetchAllAsync(CancellationToken cancellationToken) => Pulled?.FetchAllAsync(cancellationToken) ?? default;

    public void FetchAll() => Pulled?.FetchAll();

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (_store is { } store)
        {
            await store.StartAsync(cancellationToken).ConfigureAwait(false);
        }

        await _sync.StartAsync(cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await _sync.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            await CloseStoreAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Closes the store; whoever waits for one of its answers is released. Never fails; every call waits for the end.</summary>
    private Task CloseStoreAsync()
    {
        lock (_gate)
        {
            return _closing ??= CloseOnceAsync();
        }
    }

    private async Task CloseOnceAsync()
    {
        var store = _store!;
        try
        {
            await store.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            StoreFirstLog.DisposalFailed(_logger, e, store.Identity);
        }

        if (_sync.Initialized)
        {
            // Memory is all that is read from now on; the cache of the store is let go.
            _store = null;
        }
    }
}
