namespace Halyard;

/// <summary>One context's membership in big segments. Thread-safe.</summary>
public interface IBigSegmentMembership
{
    /// <summary>Whether the context is in (true), out (false), or not listed (null).</summary>
    /// <param name="segmentReference">The segment's key and generation, as <c>key.gN</c>.</param>
    bool? Contains(string segmentReference);
}
