using System.Diagnostics;
using Halyard.Model;

namespace Halyard;

/// <summary>
/// Reads serialized items from a persistent store. Thread-safe. Every method may throw when the store fails; the
/// caller keeps the last known data and tries again.
/// </summary>
public interface ISerializedDataReader : IAsyncDisposable
{
    /// <summary>A short name for logs and status, such as <c>redis</c>.</summary>
    string Identity { get; }

    /// <summary>
    /// How many items of a kind <see cref="GetManyAsync"/> reads in one request; 1, the default, for a store that is asked
    /// for each alone. Must not change.
    /// </summary>
    int LargestBatch => 1;

    /// <summary>Reads one item; null when the store has none of that key.</summary>
    ValueTask<SerializedItemDescriptor?> GetAsync(DataKind kind, string key, CancellationToken cancellationToken);

    /// <summary>
    /// Whether <see cref="Get"/> may be called now. False, the default, for a store that is read by awaiting alone; it may
    /// change, for instance when a connection is there. Must neither block nor throw.
    /// </summary>
    bool CanGet => false;

    /// <summary>
    /// Reads one item on the calling thread, which saves a caller that blocks anyway several changes of threads. Needs
    /// neither the thread pool nor the caller's synchronization context. Called only after <see cref="CanGet"/> has said yes.
    /// </summary>
    /// <param name="kind">The kind.</param>
    /// <param name="key">The item's key.</param>
    /// <param name="limit">The longest time to block, whatever happens.</param>
    /// <returns>What <see cref="GetAsync"/> would give.</returns>
    /// <exception cref="TimeoutException">The store did not answer in time.</exception>
    SerializedItemDescriptor? Get(DataKind kind, string key, TimeSpan limit) =>
        throw new NotSupportedException($"The reader {Identity} is read by awaiting alone.");

    /// <summary>
    /// Reads several items in one request. It is called only if <see cref="LargestBatch"/> is more than 1, with at most so
    /// many keys, each once.
    /// </summary>
    /// <returns>For each key, in the order of the keys, what <see cref="GetAsync"/> would give.</returns>
    ValueTask<SerializedItemDescriptor?[]> GetManyAsync(DataKind kind, IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
        throw new NotSupportedException($"The reader {Identity} reads one item at a time.");

    /// <summary>
    /// Reads several items on the calling thread, as <see cref="Get"/> reads one. Called only after <see cref="CanGet"/> has
    /// said yes, and as <see cref="GetManyAsync"/> is. A reader that can ask for all of them at once does; the default asks for one after
    /// the other.
    /// </summary>
    /// <param name="kind">The kind.</param>
    /// <param name="keys">The keys, each once.</param>
    /// <param name="limit">The longest time to block, whatever happens.</param>
    /// <returns>For each key, in the order of the keys, what <see cref="GetAsync"/> would give.</returns>
    /// <exception cref="TimeoutException">The store did not answer in time.</exception>
    SerializedItemDescriptor?[] GetMany(DataKind kind, IReadOnlyList<string> keys, TimeSpan limit)
    {
        ArgumentNullException.ThrowIfNull(keys);
        var began = Stopwatch.GetTimestamp();
        var items = new SerializedItemDescriptor?[keys.Count];
        for (var i = 0; i < items.Length; i++)
        {
            var left = limit - Stopwatch.GetElapsedTime(began);
            items[i] = left > TimeSpan.Zero
                ? Get(kind, keys[i], left)
                : throw new TimeoutException($"The reader {Identity} read {i} of {items.Length} items in {limit.TotalSeconds:0.###} s.");
        }

        return items;
    }

    /// <summary>Reads all items of a kind, in one request if the store can.</summary>
    ValueTask<IReadOnlyDictionary<string, SerializedItemDescriptor>> AllAsync(DataKind kind, CancellationToken cancellationToken);

    /// <summary>Whether a complete data set has been written: the store's marker exists.</summary>
    ValueTask<bool> InitializedAsync(CancellationToken cancellationToken);
}
