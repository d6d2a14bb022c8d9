namespace Halyard.Tests.Faults;

/// <summary>A client whose data comes from a source, and must go on coming.</summary>
internal abstract class ClientScenario(FaultyClock clock) : FaultScenario(clock)
{
    private Client? _client;

    protected Client Client => _client!;

    public override bool IsTold => base.IsTold || Client.DataSourceStatus.Current.LastError is not null;

    public override async Task StartAsync()
    {
        var options = new ClientOptions
        {
            SdkKey = "key",
            TimeProvider = Clock,
            StartTimeout = TimeSpan.FromHours(1),
            LoggerFactory = Clients.Clients.Factory(Logs),
        };
        Configure(options);
        _client = Client.Create(options);
        await _client.StartAsync(Token);
    }

    public override bool HasArrived(int version) =>
        Client.Store.GetFlag("a")?.Version >= version && Client.DataSourceStatus.Current.State == DataSourceState.Valid;

    public override ValueTask DisposeAsync() => Client.DisposeAsync();

    protected abstract void Configure(ClientOptions options);
}
