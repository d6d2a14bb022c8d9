namespace Halyard.DataInterfaces;

/// <summary>Flag data that is kept up to date or fetched: a store with a start and an end. Thread-safe.</summary>
internal interface IDataSystem : ISnapshotStore, IAsyncDisposable
{
    /// <summary>A short name for logs and status.</summary>
    string Identity { get; }

    /// <summary>Starts the work; a second call does nothing. Data may arrive long after it returns.</summary>
    Task StartAsync(CancellationToken cancellationToken);
}
