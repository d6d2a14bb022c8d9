namespace Halyard.DataInterfaces;

/// <summary>Something an evaluation needed and the snapshot did not hold: an item's key, or a context key's membership.</summary>
internal readonly record struct MissedItem(MissKind Kind, string Key);
