namespace Halyard.DataInterfaces;

/// <summary>Fetches data once, before the synchronizers begin.</summary>
internal interface IDataInitializer : IAsyncDisposable
{
    /// <summary>Fetches and writes; called once.</summary>
    /// <param name="destination">Where to write.</param>
    /// <param name="held">The state of the data held.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <returns>Null when data was written or confirmed; otherwise why not, or the order that came with the data.</returns>
    Task<SourceFailure?> FetchAsync(IDataDestination destination, Selector held, CancellationToken cancellationToken);
}
