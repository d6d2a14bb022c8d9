using Halyard.Evaluation;

namespace Halyard.BigSegments;

/// <summary>The big segments of one read: what was fetched for it and, for other contexts, what the source knows. Not thread-safe.</summary>
internal sealed class BigSegmentRead(BigSegmentSource source) : IBigSegmentSource
{
    private readonly List<KnownMembership> _fetched = [];

    public void Add(KnownMembership known) => _fetched.Add(known);

    public bool TryGet(string contextKey, out BigSegmentsStatus status, out IBigSegmentMembership? membership)
    {
        foreach (var known in _fetched)
        {
            if (known.ContextKey == contextKey)
            {
                status = source.StatusOf(known);
                membership = known.Membership;
                return true;
            }
        }

        return source.TryGet(contextKey, out status, out membership);
    }
}
