namespace Halyard;

/// <summary>
/// Opens stores of big segments. The stores of Halyard's packages are factories of big segments as well as
/// <see cref="IPersistentStore"/>s. Thread-safe.
/// </summary>
public interface IBigSegmentStoreFactory
{
    /// <summary>Opens a store for reading; for <see cref="BigSegmentsOptions"/>. Does not wait for it.</summary>
    /// <exception cref="ArgumentException">A setting is missing or wrong; the message says which.</exception>
    IBigSegmentStore OpenBigSegments(PersistentStoreContext context);
}
