namespace Halyard;

/// <summary>
/// Announcements of flag changes, one for each change set, in order, after the data is visible. Listen with
/// <see cref="Changed"/> or with <c>await foreach</c>. Every listener has its own queue, so one that throws or blocks
/// reaches neither the writer nor another listener; a listener far behind gets changes merged. Thread-safe.
/// </summary>
public sealed class FlagChanges : IAsyncEnumerable<FlagChange>
{
    /// <summary>Raised for each change, in order, off the writer's thread.</summary>
    public event Action<FlagChange>? Changed { add => throw new NotImplementedException(); remove => throw new NotImplementedException(); }

    /// <summary>Enumerates the changes from now on, until cancelled or the client is disposed.</summary>
    public IAsyncEnumerator<FlagChange> GetAsyncEnumerator(CancellationToken cancellationToken = default) => throw new NotImplementedException();
}
