namespace Halyard;

/// <summary>
/// What an <see cref="ISerializedDataReader"/> implements beside it when its store can say that something was written.
/// Lazy Load then reads again what it holds of that, and announces what has changed. Thread-safe.
/// </summary>
/// <remarks>
/// What is heard is a hint and never the data: too much costs a read, too little is made up for by the items' time.
/// </remarks>
public interface IStoreChangeSource
{
    /// <summary>
    /// Listens until cancelled. The first change is <see cref="StoreChange.Everything"/>, given as soon as nothing that is
    /// written from then on can be missed. One enumeration runs at a time; when it has ended, however it ended, another
    /// one is begun after a while.
    /// </summary>
    /// <exception cref="NotSupportedException">From the enumerator: this store, or this user of it, cannot listen. It is tried again rarely.</exception>
    /// <exception cref="Exception">From the enumerator: whatever the store throws when it is lost. It is tried again soon.</exception>
    IAsyncEnumerable<StoreChange> ListenAsync(CancellationToken cancellationToken);
}
