namespace Halyard;

/// <summary>A change of one context's membership in one big segment.</summary>
/// <param name="ContextHash">The context, see <see cref="BigSegmentKeys.Hash"/>.</param>
/// <param name="SegmentReference">The segment, see <see cref="BigSegmentKeys.Reference"/>.</param>
/// <param name="IsMember">In (true), out whatever the segment's rules say (false), or no longer listed (null).</param>
public readonly record struct BigSegmentChange(string ContextHash, string SegmentReference, bool? IsMember);
