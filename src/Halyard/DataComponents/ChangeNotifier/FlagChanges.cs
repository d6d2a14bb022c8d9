using Halyard.DataComponents;
using Halyard.DataComponents.Listeners;
using Microsoft.Extensions.Logging;

namespace Halyard;

/// <summary>
/// Announcements of flag changes, one for each change set, in order, after the data is visible. Listen with
/// <see cref="Changed"/> or with <c>await foreach</c>. Every listener has its own queue, so one that throws or blocks
/// reaches neither the writer nor another listener; a listener far behind gets changes merged. Thread-safe.
/// </summary>
public sealed class FlagChanges : IFlagChanges
{
    private readonly ListenerHub<FlagChange> _pump;
    private readonly Lock _publishing = new();

    private volatile DataSnapshot? _overrides;

    // Of the overrides that it was asked for last.
    private volatile OverrideReferences? _references;

    /// <param name="logger">Told once of each handler that throws.</param>
    /// <param name="limit">How many changes wait for one listener before further ones are merged.</param>
    internal FlagChanges(ILogger? logger = null, int limit = ListenerHub<FlagChange>.DefaultLimit) =>
        _pump = new(nameof(FlagChanges), static () => new FlagChangeBacklog(), logger, limit);

    /// <summary>Raised for each change, in order, off the writer's thread.</summary>
    public event Action<FlagChange>? Changed
    {
        add => _pump.Add(value);
        remove => _pump.Remove(value);
    }

    /// <summary>Whether anybody listens; without a listener a change need not be worked out.</summary>
    internal bool HasListeners => _pump.HasListeners;

    /// <inheritdoc cref="ListenerHub{T}.Load"/>
    internal (int Waiting, long Merged) Load => _pump.Load;

    /// <summary>What is laid over the data; null for nothing. A change of the data touches what depends on it here too.</summary>
    internal DataSnapshot? Overrides
    {
        set => _overrides = value;
    }

    /// <summary>
    /// Enumerates the changes from this call on, until cancelled or the client is disposed. Dispose the enumerator, as
    /// <c>await foreach</c> does; until then changes wait for it.
    /// </summary>
    /// <exception cref="OperationCanceledException">From the enumerator: the token was cancelled.</exception>
    public IAsyncEnumerator<FlagChange> GetAsyncEnumerator(CancellationToken cancellationToken = default) =>
        _pump.Enumerate(cancellationToken);

    /// <summary>The references of the overrides; null when they have none. Never changed once made, so that any thread may read it.</summary>
    internal DependencyTracker? OverrideDependencies()
    {
        if (_overrides is not { } overrides)
        {
            return null;
        }

        var known = _references;
        if (known?.Overrides != overrides)
        {
            var tracker = DependencyTracker.Of(overrides);
            _references = known = new(overrides, tracker.TrackedItems == 0 ? null : tracker);
        }

        return known.Tracker;
    }

    /// <summary>Announces a change. Returns at once, whatever the listeners do.</summary>
    internal void Publish(FlagChange change)
    {
        // The data and the overrides announce their changes independently, and every listener hears both in one order.
        lock (_publishing)
        {
            _pump.Publish(change);
        }
    }

    /// <summary>Ends the announcements: listeners get what waits for them, enumerations end.</summary>
    internal void Complete() => _pump.Complete();

    private sealed record OverrideReferences(DataSnapshot Overrides, DependencyTracker? Tracker);
}
