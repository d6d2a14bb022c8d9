using Halyard.Model;

namespace Halyard.Cli;

/// <summary>Gives a client in this process what the repository serves, so that the server evaluates what it tells others.</summary>
/// <param name="repository">What is served.</param>
/// <param name="status">What is told once there is data.</param>
internal sealed class RepositorySynchronizer(FlagRepository repository, IDataSourceStatusReporter status) : IDataSynchronizer
{
    private IDataDestination? _destination;

    public string Identity => "served data";

    public Task StartAsync(IDataDestination destination, Bootstrap? bootstrap, CancellationToken cancellationToken)
    {
        if (Interlocked.CompareExchange(ref _destination, destination, null) is null)
        {
            repository.Follow(Begin, Carry);
        }

        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        repository.Leave(Begin, Carry);
        return default;
    }

    private void Begin(RepositorySnapshot snapshot)
    {
        _destination!.Init(new(
            [.. Live(snapshot, DataKind.Flag).Cast<ItemDescriptor<Flag>>()], [.. Live(snapshot, DataKind.Segment).Cast<ItemDescriptor<Segment>>()]));
        status.ReportValid();
    }

    private void Carry(RepositoryChange change)
    {
        if (repository.IsComplete)
        {
            _destination!.Apply(new(ChangeSetKind.Partial, [.. change.Items.Select(Read)], default));
        }
    }

    private static IEnumerable<ItemDescriptor> Live(RepositorySnapshot snapshot, DataKind kind) =>
        snapshot.Of(kind).Values.Where(static item => !item.IsTombstone).Select(Read);

    private static ItemDescriptor Read(RepositoryItem item) => item.Json is { } json
        ? ItemDescriptor.FromJson(item.Kind, item.Key, json)
        : ItemDescriptor.Tombstone(item.Kind, item.Key, item.Version);
}
