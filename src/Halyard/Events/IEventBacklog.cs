namespace Halyard;

/// <summary>
/// Where events are merged for a listener that has fallen too far behind. Merging one more must cost in proportion to
/// that one, not to what has gathered: the writer pays it. Used by one thread at a time.
/// </summary>
internal interface IEventBacklog<T>
{
    void Add(T value);

    /// <summary>All that was added as one event; empties the backlog.</summary>
    T Take();
}

/// <summary>A backlog for events that each tell everything: the newest is enough.</summary>
internal sealed class NewestOnly<T> : IEventBacklog<T>
{
    private T _newest = default!;

    public void Add(T value) => _newest = value;

    public T Take() => _newest;
}
