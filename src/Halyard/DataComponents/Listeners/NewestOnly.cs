namespace Halyard.DataComponents.Listeners;

/// <summary>A backlog that keeps the newest event alone, for events that each hold the whole state.</summary>
internal sealed class NewestOnly<T> : IBacklog<T>
{
    private T _newest = default!;

    public void Add(T value) => _newest = value;

    public T Take() => _newest;
}
