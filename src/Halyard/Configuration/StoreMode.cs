namespace Halyard;

/// <summary>What a persistent store is to a system of pushed data.</summary>
public enum StoreMode
{
    /// <summary>A copy: memory is all that is read, and the store is kept in step with it.</summary>
    CopyOfMemory,

    /// <summary>
    /// The record: what is pushed is written to the store, and reads go through a cache to the store, so that they see what
    /// else was written there when an item's time is over. It is how clients of FDv1 use a store, for those who share one
    /// with them; it needs sources of FDv1.
    /// </summary>
    SystemOfRecord,
}
