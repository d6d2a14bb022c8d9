namespace Halyard;

/// <summary>Announcements of flag changes, as those see them who depend on <see cref="IHalyardClient"/>: by the event, or with <c>await foreach</c>. Thread-safe.</summary>
public interface IFlagChanges : IAsyncEnumerable<FlagChange>
{
    /// <inheritdoc cref="FlagChanges.Changed"/>
    event Action<FlagChange>? Changed;
}
