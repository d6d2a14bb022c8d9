using Halyard.DataComponents;
using Halyard.Model;

namespace Halyard.DataSystems;

/// <summary>
/// Stores pushed data in memory, and what is then in force there in the cache that is read: a listener that hears of a
/// change reads it. Its one writer is the door, which calls in order.
/// </summary>
internal sealed class RecordDestination(MemoryStore memory, StoreAnswers cache) : IDataDestination
{
    public string Identity => memory.Identity;

    public void Init(DataSet dataSet)
    {
        memory.Init(dataSet);
        cache.StoreAllWritten(memory.Snapshot, areFresh: true);
    }

    public bool Upsert(DataKind kind, string key, ItemDescriptor item)
    {
        if (!memory.Upsert(kind, key, item))
        {
            return false;
        }

        Take(kind, key);
        return true;
    }

    public void Apply(ChangeSet changeSet)
    {
        memory.Apply(changeSet);
        if (changeSet.Kind == ChangeSetKind.Full)
        {
            cache.StoreAllWritten(memory.Snapshot, areFresh: true);
        }
        else if (!changeSet.Items.IsDefault)
        {
            foreach (var item in changeSet.Items)
            {
                Take(item.Kind, item.Key);
            }
        }
    }

    // What could not be understood leaves the last good item in force, or none; a deletion is none.
    private void Take(DataKind kind, string key)
    {
        var now = memory.Snapshot;
        if (DataWrite.Held(now, kind, key) is { } held && (!held.IsTombstone || now.Quarantine.Find(kind, key) is null))
        {
            cache.StoreWritten(held);
        }
        else
        {
            cache.StoreMalformed(kind, key);
        }
    }
}
