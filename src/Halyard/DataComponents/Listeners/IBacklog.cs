namespace Halyard.DataComponents.Listeners;

/// <summary>
/// Where events are merged for a listener that has fallen too far behind. Merging one more must cost in proportion to
/// that one, not to what has gathered: the writer pays it. Used by one thread at a time.
/// </summary>
internal interface IBacklog<T>
{
    void Add(T value);

    /// <summary>All that was added as one event; empties the backlog.</summary>
    T Take();
}
