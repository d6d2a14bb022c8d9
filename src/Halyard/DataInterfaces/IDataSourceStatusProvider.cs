namespace Halyard;

/// <summary>The data source's status, as those see it who depend on <see cref="IHalyardClient"/>. Thread-safe.</summary>
public interface IDataSourceStatusProvider
{
    /// <inheritdoc cref="DataSourceStatusManager.Current"/>
    DataSourceStatus Current { get; }

    /// <inheritdoc cref="DataSourceStatusManager.Changed"/>
    event Action<DataSourceStatus>? Changed;

    /// <inheritdoc cref="DataSourceStatusManager.WaitForAsync"/>
    Task<bool> WaitForAsync(DataSourceState state, TimeSpan timeout, CancellationToken cancellationToken = default);
}
