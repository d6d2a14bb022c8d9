namespace Halyard;

/// <summary>How the writing of a persistent store goes. A moment's state; immutable.</summary>
/// <param name="Store">What the store calls itself, such as <c>redis</c>.</param>
/// <param name="StoreDown">Whether the last write failed. What changes meanwhile is kept in memory and written when the store can be written again.</param>
/// <param name="Since">Since when that has been so.</param>
/// <param name="Pending">How many items are still to be written, or being written; a write of everything counts as one.</param>
/// <param name="LastError">The message of the last failure; null when there was none.</param>
public sealed record WriteThroughStatus(string Store, bool StoreDown, DateTimeOffset Since, int Pending, string? LastError);
