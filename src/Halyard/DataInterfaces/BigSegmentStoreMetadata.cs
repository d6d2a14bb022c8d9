namespace Halyard;

/// <summary>How up to date a store of big segments is.</summary>
/// <param name="SynchronizedOn">When its writer last knew it to be complete.</param>
public sealed record BigSegmentStoreMetadata(DateTimeOffset SynchronizedOn);
