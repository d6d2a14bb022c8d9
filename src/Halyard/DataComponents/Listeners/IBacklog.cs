namespace Halyard.DataComponents.Listeners;

/// <summary>
/// Where events are merged for a listener that has fallen too far behind. The cost of merging one more must
/// depend on that one alone, not on what has gathered, because the writer pays for it. Used by one thread at a time.
/// </summary>
internal interface IBacklog<T>
{
    void Add(T value);

    /// <summary>All that was added as one event; empties the backlog.</summary>
    T Take();
}
