namespace Halyard;

/// <summary>An item as a persistent store holds it.</summary>
/// <param name="Version">The version; 0 when the store keeps it inside the JSON alone, "parse to find out".</param>
/// <param name="Deleted">Whether the store knows the item to be deleted; false also when only the JSON says so.</param>
/// <param name="SerializedItem">The item's JSON as UTF-8; may be empty when <paramref name="Deleted"/>.</param>
public readonly record struct SerializedItemDescriptor(long Version, bool Deleted, ReadOnlyMemory<byte> SerializedItem);
