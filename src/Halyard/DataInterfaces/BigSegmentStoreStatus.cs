namespace Halyard;

/// <summary>The state of the store of big segments.</summary>
/// <param name="Available">Whether it answered when it was last asked; false when none is configured.</param>
/// <param name="Stale">
/// Whether it answered that it has not been brought up to date lately, or never: memberships may be outdated. False
/// when it did not answer.
/// </param>
public sealed record BigSegmentStoreStatus(bool Available, bool Stale);
