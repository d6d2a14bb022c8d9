namespace Halyard;

/// <summary>The state of the store of big segments, as those see it who depend on <see cref="IHalyardClient"/>. Thread-safe.</summary>
public interface IBigSegmentStoreStatusProvider
{
    /// <inheritdoc cref="BigSegmentStoreStatusManager.Current"/>
    BigSegmentStoreStatus Current { get; }

    /// <inheritdoc cref="BigSegmentStoreStatusManager.Changed"/>
    event Action<BigSegmentStoreStatus>? Changed;

    /// <inheritdoc cref="BigSegmentStoreStatusManager.GetAsync"/>
    ValueTask<BigSegmentStoreStatus> GetAsync(CancellationToken cancellationToken = default);
}
