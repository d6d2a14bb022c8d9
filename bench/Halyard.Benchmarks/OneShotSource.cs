namespace Halyard.Benchmarks;

/// <summary>A source that delivers one data set and leaves the rest to whoever holds it.</summary>
internal sealed class OneShotSource(IDataSourceStatusReporter status, DataSet dataSet) : IDataSynchronizer
{
    public string Identity => "one shot";

    /// <summary>The way into the client's data, once it has started.</summary>
    public IDataDestination Destination { get; private set; } = null!;

    public Task StartAsync(IDataDestination destination, Bootstrap? bootstrap, CancellationToken cancellationToken)
    {
        Destination = destination;
        destination.Init(dataSet);
        status.ReportValid();
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
