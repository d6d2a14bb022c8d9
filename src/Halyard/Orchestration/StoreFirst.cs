using Halyard.Model;
using Microsoft.Extensions.Logging;

namespace Halyard;

/// <summary>
/// A pushed data system with a store to read from until its first data has arrived: up to then items are fetched as
/// asked for, from then on memory is all that is read. Thread-safe.
/// </summary>
/// <param name="store">The store; disposed with the system.</param>
/// <param name="gate">What the store is read through: without its marker nothing is known to be missing.</param>
/// <param name="sync">The pushed data; disposed with the system.</param>
internal sealed class StoreFirst(ILazyDataSystem store, MarkerGate gate, IDataSystem sync) : ILazyDataSystem
{
    public string Identity => sync.Identity;

    public bool IsPulling => !sync.Initialized;

    public bool Initialized => sync.Initialized || store.Initialized;

    public DataSnapshot Snapshot => sync.Snapshot is { Initialized: true } pushed ? pushed : store.Snapshot;

    public long Now => store.Now;

    public bool AllFresh => !IsPulling || store.AllFresh;

    public bool IsKnown(DataKind kind, string key) => !IsPulling || (gate.IsOpen && store.IsKnown(kind, key));

    public ItemDescriptor<Flag>? GetFlag(string key) => IsPulling ? store.GetFlag(key) : sync.GetFlag(key);

    public ItemDescriptor<Segment>? GetSegment(string key) => IsPulling ? store.GetSegment(key) : sync.GetSegment(key);

    public IReadOnlyCollection<ItemDescriptor<Flag>> AllFlags() => IsPulling ? store.AllFlags() : sync.AllFlags();

    public IReadOnlyCollection<ItemDescriptor<Segment>> AllSegments() => IsPulling ? store.AllSegments() : sync.AllSegments();

    public ValueTask FetchAsync(IReadOnlyList<MissedItem> misses, CancellationToken cancellationToken) =>
        IsPulling ? store.FetchAsync(misses, cancellationToken) : default;

    public void Fetch(IReadOnlyList<MissedItem> misses)
    {
        if (IsPulling)
        {
            store.Fetch(misses);
        }
    }

    public ValueTask FetchAllAsync(CancellationToken cancellationToken) => IsPulling ? store.FetchAllAsync(cancellationToken) : default;

    public void FetchAll()
    {
        if (IsPulling)
        {
            store.FetchAll();
        }
    }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await store.StartAsync(cancellationToken).ConfigureAwait(false);
        await sync.StartAsync(cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await sync.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            await store.DisposeAsync().ConfigureAwait(false);
        }
    }
}

/// <summary>
/// Logs what is amiss with the store while it is read: the status is that of the sources, which are what the client
/// waits for.
/// </summary>
internal sealed class StoreReadReport(string store, ILogger logger) : IDataSourceStatusReporter
{
    private int _isDown;

    public void ReportValid() => Volatile.Write(ref _isDown, 0);

    public void ReportInterrupted(DataSourceErrorKind kind, string message, int? statusCode = null)
    {
        if (Interlocked.Exchange(ref _isDown, 1) == 0)
        {
            ChainLog.StoreUnreadable(logger, store, message);
        }
    }

    public void ReportUnexpected(DataSourceErrorKind kind, string message, int? statusCode = null) => ReportInterrupted(kind, message, statusCode);

    public void ReportOff(DataSourceErrorKind kind, string message, int? statusCode = null) => ReportInterrupted(kind, message, statusCode);
}
