using Halyard.Concurrency;
using Halyard.DataInterfaces;
using Halyard.Model;

namespace Halyard.DataSystems;

/// <summary>
/// A pushed data system whose store is the record: the source writes into it, and reads go through Lazy Load's cache to
/// it. What is pushed is in the cache at once. What something else writes there is seen when an item's time is over, also
/// that an item is gone; outdated items are served only while the store cannot be read. Thread-safe.
/// </summary>
/// <remarks>
/// Made of the two other systems: <see cref="BackgroundSync"/> brings the data, keeps the last pushed set in memory and
/// writes it through; <see cref="LazyLoad"/> is what is read. Between them stand the <see cref="RecordDestination"/>,
/// which hands pushed data to the cache, and the <see cref="WrittenReader"/>, which answers from memory what the store
/// does not have yet.
/// </remarks>
internal sealed class SystemOfRecord : ILazyDataSystem
{
    private readonly LazyLoad _store;
    private readonly BackgroundSync _sync;

    /// <param name="store">What is read; disposed with the system.</param>
    /// <param name="sync">What is pushed, not started; disposed with the system.</param>
    public SystemOfRecord(LazyLoad store, BackgroundSync sync)
    {
        _store = store;
        _sync = sync;
        // The disk may hold less than the store does, and more than an absent store.
        sync.OnDiskRead(data => store.Answers.StoreAllWritten(data, areFresh: false));
    }

    public string Identity => _sync.Identity;

    public bool FetchesOnDemand => true;

    public bool Initialized => _store.Initialized;

    public DataSnapshot Snapshot => _store.Snapshot;

    public long Now => _store.Now;

    public bool AllFresh => _store.AllFresh;

    public bool IsKnown(DataKind kind, string key) => _store.IsKnown(kind, key);

    public ValueTask FetchAsync(IReadOnlyList<MissedItem> misses, CancellationToken cancellationToken) =>
        _store.FetchAsync(misses, cancellationToken);

    public void Fetch(IReadOnlyList<MissedItem> misses, long began = 0) => _store.Fetch(misses, began);

    public ValueTask FetchAllAsync(CancellationToken cancellationToken) => _store.FetchAllAsync(cancellationToken);

    public void FetchAll() => _store.FetchAll();

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await _store.StartAsync(cancellationToken).ConfigureAwait(false);
        await _sync.StartAsync(cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        var ending = new Ending();
        await ending.StepAsync(_sync).ConfigureAwait(false);
        await ending.StepAsync(_store).ConfigureAwait(false);
        ending.ThrowIfFailed();
    }
}
