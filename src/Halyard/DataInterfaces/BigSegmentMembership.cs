namespace Halyard;

/// <summary>A context's membership in big segments as two lists; for stores. Immutable.</summary>
public sealed class BigSegmentMembership : IBigSegmentMembership
{
    private readonly Dictionary<string, bool> _segments;

    private BigSegmentMembership(Dictionary<string, bool> segments) => _segments = segments;

    /// <summary>Makes a membership; null when both lists are empty. A segment in both lists includes the context.</summary>
    /// <param name="included">References of the segments that the context is in.</param>
    /// <param name="excluded">References of the segments that the context is out of, whatever their rules say.</param>
    public static BigSegmentMembership? Of(IEnumerable<string>? included, IEnumerable<string>? excluded)
    {
        var segments = new Dictionary<string, bool>(StringComparer.Ordinal);
        foreach (var reference in excluded ?? [])
        {
            segments[reference] = false;
        }

        foreach (var reference in included ?? [])
        {
            segments[reference] = true;
        }

        return segments.Count == 0 ? null : new(segments);
    }

    /// <inheritdoc/>
    public bool? Contains(string segmentReference) => _segments.TryGetValue(segmentReference, out var isMember) ? isMember : null;
}
