using Halyard.Model;

namespace Halyard.DataComponents;

/// <summary>
/// The versions in which items go to a persistent store. A store keeps the higher of two versions, and compares the ones
/// written inside the items; so that is the version of a live item. FDv2 counts its events apart from that: the version of a
/// deletion may be far below the item's, and would be refused. So a tombstone is written above the item last written, and
/// an item that comes back above its tombstone. What comes in a version that is not newer than the item's before is given to
/// the store as it is, which refuses it: another writer may have stored that version. Thread-safe.
/// </summary>
internal sealed class StoreVersions
{
    private readonly Lock _gate = new();

    // Guarded by _gate. What was written last, where that is not the version of the item in memory: the version that the
    // store compares, the one inside the last live item, and the item that it was written for.
    private readonly Dictionary<(DataKind Kind, string Key), (long Stored, long Own, ItemDescriptor Item)> _written = [];

    /// <summary>The store is about to be replaced as a whole, by items in versions of their own.</summary>
    public void Forget()
    {
        lock (_gate)
        {
            _written.Clear();
        }
    }

    /// <summary>Takes a change of single items into account. Calls come in the order of the changes.</summary>
    /// <param name="write">The change.</param>
    /// <param name="before">The data that it changed.</param>
    /// <returns>The items to be written; without those that could not be understood.</returns>
    public PendingWrite[] Note(in DataWrite write, DataSnapshot before)
    {
        var items = write.Items;
        if (items.IsEmpty)
        {
            return [];
        }

        var writes = new List<PendingWrite>(items.Length);
        Dictionary<(DataKind, string), ItemDescriptor>? changed = items.Length > 1 ? new(items.Length) : null;
        lock (_gate)
        {
            foreach (var item in items)
            {
                if (item is MalformedItem)
                {
                    continue;
                }

                var key = (item.Kind, item.Key);
                if (changed is null || !changed.TryGetValue(key, out var held))
                {
                    held = DataWrite.Held(before, item.Kind, item.Key);
                }

                writes.Add(new(item, Next(item, held, write.IsGuarded)));
                changed?[key] = item;
            }
        }

        return [.. writes];
    }

    /// <summary>An item of memory as the store is to hold it when it is written as a whole.</summary>
    /// <remarks>
    /// A change may have come since memory was looked at. Its version is not lent to the item from before it: the store would
    /// then refuse the change, which is yet to be written.
    /// </remarks>
    public SerializedItem Serialized(ItemDescriptor item)
    {
        lock (_gate)
        {
            var isLast = _written.TryGetValue((item.Kind, item.Key), out var last) && ReferenceEquals(last.Item, item);
            return SerializedItem.InVersion(item, isLast ? last.Stored : item.OwnVersion);
        }
    }

    // Under the lock.
    private long Next(ItemDescriptor item, ItemDescriptor? held, bool isGuarded)
    {
        var key = (item.Kind, item.Key);
        var own = item.OwnVersion;
        if (held is null)
        {
            _written.Remove(key);
            return own;
        }

        var last = _written.TryGetValue(key, out var known) ? known : (Stored: held.OwnVersion, Own: held.OwnVersion, Item: held);
        if (own > last.Stored)
        {
            _written.Remove(key);
            return own;
        }

        // The door has compared the versions of a guarded item already. A trusted one must be newer by its own count.
        var isNews = item.IsTombstone ? !held.IsTombstone : held.IsTombstone || isGuarded || own > last.Own;
        if (!isNews || last.Stored == long.MaxValue)
        {
            // A deletion that is repeated takes the place of the one that may still be waiting to be written.
            _written[key] = last with { Item = item };
            return item.IsTombstone ? last.Stored : own;
        }

        _written[key] = (last.Stored + 1, item.IsTombstone ? last.Own : own, item);
        return last.Stored + 1;
    }
}
