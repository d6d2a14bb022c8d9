namespace Halyard.Evaluation;

/// <summary>What an evaluation learned of big segments: asked once for each context key.</summary>
internal struct MembershipCache
{
    private Entry? _entry;
    private Dictionary<string, Entry>? _others; // of a multi-context's further keys

    /// <summary>The entry of a context key, asked of the source on the first time.</summary>
    public Entry Get(string contextKey, IBigSegmentSource? source)
    {
        if (_entry is null)
        {
            return _entry = Ask(contextKey, source);
        }

        if (string.Equals(_entry.ContextKey, contextKey))
        {
            return _entry;
        }

        _others ??= new(StringComparer.Ordinal);
        if (!_others.TryGetValue(contextKey, out var other))
        {
            _others[contextKey] = other = Ask(contextKey, source);
        }

        return other;
    }

    private static Entry Ask(string contextKey, IBigSegmentSource? source)
    {
        if (source is null)
        {
            return new(contextKey, BigSegmentsStatus.NotConfigured, null, false);
        }

        try
        {
            return source.TryGet(contextKey, out var status, out var membership)
                ? new(contextKey, status, membership, false)
                : new(contextKey, BigSegmentsStatus.None, null, true);
        }
        catch (Exception)
        {
            // The source logs its own faults; the evaluation goes on without the membership.
            return new(contextKey, BigSegmentsStatus.StoreError, null, false);
        }
    }

    /// <param name="ContextKey">The context key asked for.</param>
    /// <param name="Status">How well the membership is known.</param>
    /// <param name="Membership">The membership; null when unknown.</param>
    /// <param name="Pending">Whether it has to be fetched first.</param>
    public sealed record Entry(string ContextKey, BigSegmentsStatus Status, IBigSegmentMembership? Membership, bool Pending);
}
