namespace Halyard.DataInterfaces;

/// <summary>A store with a life: what a client reads from.</summary>
internal interface IDataSystem : ISnapshotStore, IAsyncDisposable
{
    /// <summary>A short name for logs and status.</summary>
    string Identity { get; }

    /// <summary>Starts the work; a second call does nothing. Data may arrive long after it returns.</summary>
    Task StartAsync(CancellationToken cancellationToken);
}
