namespace Halyard;

/// <summary>Gives a client data that stays as it is, so that several evaluations see one moment.</summary>
internal sealed class FixedData : IDataSynchronizer
{
    private readonly DataSet _data;
    private readonly IDataSourceStatusReporter _status;

    private FixedData(DataSet data, IDataSourceStatusReporter status) => (_data, _status) = (data, status);

    public string Identity => "fixed data";

    /// <summary>Opens a client that evaluates over the data.</summary>
    public static Task<Client> OpenAsync(DataSet data, CancellationToken cancellationToken) => Client.StartAsync(
        new ClientOptions { SdkKey = "fixed", DataSystem = DataSystem.FromSynchronizer(source => new FixedData(data, source.Status)) },
        cancellationToken);

    public Task StartAsync(IDataDestination destination, Bootstrap? bootstrap, CancellationToken cancellationToken)
    {
        destination.Init(_data);
        _status.ReportValid();
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync() => default;
}
