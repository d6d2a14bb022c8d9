using Halyard.DataInterfaces;

namespace Halyard.DataSystems.Offline;

/// <summary>The data system of a client that was told to open no connection: it never has data.</summary>
internal sealed class OfflineSystem : IDataSystem
{
    public string Identity => "offline";

    public bool Initialized => false;

    public DataSnapshot Snapshot => DataSnapshot.Empty;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
