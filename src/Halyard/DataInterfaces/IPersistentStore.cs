namespace Halyard;

/// <summary>Describes a persistent store, and opens it for reading or writing. Opens no connection by itself.</summary>
public interface IPersistentStore
{
    /// <summary>Opens a reader. Does not wait for the store: a store that is down fails the reads, not this.</summary>
    /// <exception cref="ArgumentException">A setting is missing or wrong; the message says which.</exception>
    ISerializedDataReader CreateReader(PersistentStoreContext context);

    /// <summary>Opens a writer. Does not wait for the store: a store that is down fails the writes, not this.</summary>
    /// <exception cref="ArgumentException">A setting is missing or wrong; the message says which.</exception>
    ISerializedDataWriter CreateWriter(PersistentStoreContext context);
}
