using Halyard.Model;

namespace Halyard.DataSystems.Sources.Files;

/// <summary>An item as it was loaded.</summary>
/// <param name="Content">The hash of what the file says of it.</param>
/// <param name="Item">The item, with the version of the load in which it last changed.</param>
/// <param name="IsMisplaced">Whether something beyond its members was wrong with it.</param>
internal readonly record struct LoadedItem(UInt128 Content, ItemDescriptor Item, bool IsMisplaced);
