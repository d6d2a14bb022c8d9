using Halyard.Model;

namespace Halyard;

/// <summary>The pushed data system: a synchronizer writes through the change notifier into memory, reads pass through to memory.</summary>
internal sealed class BackgroundSync : IDataSystem
{
    /// <param name="synchronizer">The source; disposed with the system.</param>
    /// <param name="changes">Where changes are announced.</param>
    public BackgroundSync(IDataSynchronizer synchronizer, FlagChanges changes) => throw new NotImplementedException();

    public string Identity => throw new NotImplementedException();

    public DataSnapshot Snapshot => throw new NotImplementedException();

    public bool Initialized => throw new NotImplementedException();

    public ItemDescriptor<Flag>? GetFlag(string key) => throw new NotImplementedException();

    public ItemDescriptor<Segment>? GetSegment(string key) => throw new NotImplementedException();

    public IReadOnlyCollection<ItemDescriptor<Flag>> AllFlags() => throw new NotImplementedException();

    public IReadOnlyCollection<ItemDescriptor<Segment>> AllSegments() => throw new NotImplementedException();

    public Task StartAsync(CancellationToken cancellationToken) => throw new NotImplementedException();

    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
