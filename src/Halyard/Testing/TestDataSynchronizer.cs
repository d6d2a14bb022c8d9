namespace Halyard.Testing;

/// <summary>Feeds one client from a <see cref="TestData"/>, which calls it under its lock.</summary>
internal sealed class TestDataSynchronizer(TestData data, IDataSourceStatusReporter status) : IDataSynchronizer
{
    private IDataDestination? _destination;
    private bool _hasData;

    public string Identity => "test data";

    public Task StartAsync(IDataDestination destination, Bootstrap? bootstrap, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(destination);
        cancellationToken.ThrowIfCancellationRequested();
        if (Interlocked.CompareExchange(ref _destination, destination, null) is null)
        {
            data.Attach(this);
        }

        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        data.Detach(this);
        return ValueTask.CompletedTask;
    }

    /// <summary>Shows the state; the first Valid brings the data.</summary>
    public void Show(DataSourceState state, DataSourceError? error, Func<DataSet> snapshot)
    {
        var kind = error?.Kind ?? DataSourceErrorKind.Unknown;
        switch (state)
        {
            case DataSourceState.Valid:
                if (_hasData || Try(destination => destination.Init(snapshot())))
                {
                    _hasData = true;
                    status.ReportValid();
                }

                break;
            case DataSourceState.Interrupted:
                status.ReportInterrupted(kind, error?.Message ?? "The test data simulates an outage.", error?.StatusCode);
                break;
            case DataSourceState.Off:
                status.ReportOff(kind, error?.Message ?? "The test data simulates the end of the source.", error?.StatusCode);
                break;
            default:
                break;
        }
    }

    /// <summary>Writes changes, if the client has the data they belong to.</summary>
    public void Write(ChangeSet changes)
    {
        if (_hasData)
        {
            Try(destination => destination.Apply(changes));
        }
    }

    // One client's failure must not keep an update from the others.
    private bool Try(Action<IDataDestination> write)
    {
        try
        {
            write(_destination!);
            return true;
        }
        catch (Exception exception)
        {
            status.ReportInterrupted(DataSourceErrorKind.StoreError, $"The test data could not be stored: {exception.Message}");
            return false;
        }
    }
}
