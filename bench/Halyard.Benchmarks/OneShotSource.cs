namespace Halyard.Benchmarks;

/// <summary>A source that delivers one data set and falls silent.</summary>
internal sealed class OneShotSource(IDataSourceStatusReporter status, DataSet dataSet) : IDataSynchronizer
{
    public string Identity => "one shot";

    public Task StartAsync(IDataDestination destination, Bootstrap? bootstrap, CancellationToken cancellationToken)
    {
        destination.Init(dataSet);
        status.ReportValid();
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
