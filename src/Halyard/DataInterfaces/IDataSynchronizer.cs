namespace Halyard;

/// <summary>
/// Keeps a destination in step with a source until it is disposed. Reports every change of its state to the status
/// reporter it was made with, and recovers by itself from everything that is recoverable.
/// </summary>
public interface IDataSynchronizer : IAsyncDisposable
{
    /// <summary>A short name for logs and status, such as <c>streaming</c>.</summary>
    string Identity { get; }

    /// <summary>
    /// Starts the work and returns at once or soon; data arrives in the background. A second call does nothing.
    /// </summary>
    /// <param name="destination">Where to write.</param>
    /// <param name="bootstrap">Data the destination holds already, or null; lets a source ask for changes only.</param>
    /// <param name="cancellationToken">Ends the start, not the work that follows; disposal ends that.</param>
    Task StartAsync(IDataDestination destination, Bootstrap? bootstrap, CancellationToken cancellationToken);
}
