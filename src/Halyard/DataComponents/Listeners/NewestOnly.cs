namespace Halyard.DataComponents.Listeners;

/// <summary>A backlog for events that each tell everything: the newest is enough.</summary>
internal sealed class NewestOnly<T> : IBacklog<T>
{
    private T _newest = default!;

    public void Add(T value) => _newest = value;

    public T Take() => _newest;
}
