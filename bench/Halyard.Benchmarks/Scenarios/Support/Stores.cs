using Halyard.DataComponents;
using Microsoft.Extensions.Logging.Abstractions;

namespace Halyard.Benchmarks.Scenarios;

/// <summary>Stores with data, and clients that fetch from them.</summary>
internal static class Stores
{
    /// <summary>Writes the whole data set.</summary>
    public static async Task FillAsync(IPersistentStore store, DataSet data, CancellationToken cancellationToken)
    {
        var memory = new MemoryStore();
        memory.Init(data);
        await using var writer = store.CreateWriter(new(NullLoggerFactory.Instance, TimeProvider.System));
        await writer.InitAsync([.. DependencyOrder.Of(memory.Snapshot).Select(SerializedItem.Of)], cancellationToken);
    }

    /// <summary>A client with nothing read yet.</summary>
    public static Task<Client> StartAsync(IPersistentStore store, TimeSpan ttl) =>
        Client.StartAsync(new() { DataSystem = new LazyLoadOptions(store) { Ttl = ttl } });
}
