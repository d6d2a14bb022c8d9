using Halyard.Model;

namespace Halyard;

/// <summary>An item as a persistent store holds it.</summary>
/// <param name="Version">The version; 0 when the store keeps it inside the JSON alone, "parse to find out".</param>
/// <param name="Deleted">Whether the store knows the item to be deleted; false also when only the JSON says so.</param>
/// <param name="SerializedItem">The item's JSON as UTF-8; may be empty when <paramref name="Deleted"/>.</param>
public readonly record struct SerializedItemDescriptor(long Version, bool Deleted, ReadOnlyMemory<byte> SerializedItem);

/// <summary>
/// Reads serialized items from a persistent store. Thread-safe. Every method may throw when the store fails; the
/// caller keeps the last known data and tries again.
/// </summary>
public interface ISerializedDataReader : IAsyncDisposable
{
    /// <summary>A short name for logs and status, such as <c>redis</c>.</summary>
    string Identity { get; }

    /// <summary>
    /// How many items of a kind <see cref="GetManyAsync"/> reads in one trip; 1, the default, for a store that is asked
    /// for each by itself. Constant.
    /// </summary>
    int LargestBatch => 1;

    /// <summary>Reads one item; null when the store has none of that key.</summary>
    ValueTask<SerializedItemDescriptor?> GetAsync(DataKind kind, string key, CancellationToken cancellationToken);

    /// <summary>
    /// Reads several items in one trip; called only where <see cref="LargestBatch"/> is more than 1, and with no more
    /// keys than that, each once.
    /// </summary>
    /// <returns>For each key, in the order of the keys, what <see cref="GetAsync"/> would give.</returns>
    ValueTask<SerializedItemDescriptor?[]> GetManyAsync(DataKind kind, IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
        throw new NotSupportedException($"The reader {Identity} reads one item at a time.");

    /// <summary>Reads all items of a kind, in one trip where the store can.</summary>
    ValueTask<IReadOnlyDictionary<string, SerializedItemDescriptor>> AllAsync(DataKind kind, CancellationToken cancellationToken);

    /// <summary>Whether a complete data set has been written: the store's marker exists.</summary>
    ValueTask<bool> InitializedAsync(CancellationToken cancellationToken);
}
