using Halyard.AnalyticsEvents;
using Halyard.DataComponents;
using Halyard.DataInterfaces;
using Halyard.DataSystems;
using Halyard.Http;
using Microsoft.Extensions.Logging;

namespace Halyard;

/// <summary>What the parts of a data system are made with.</summary>
/// <param name="Options">The client's options.</param>
/// <param name="Status">Where states are reported.</param>
/// <param name="Changes">Where flag changes are announced.</param>
/// <param name="InstanceId">One random id for each client, sent with every request.</param>
internal sealed record DataSystemContext(ClientOptions Options, DataSourceStatusManager Status, FlagChanges Changes, string InstanceId)
{
    public TimeProvider TimeProvider => Options.TimeProvider;

    /// <summary>Where the environment's id is noted.</summary>
    public ServiceEnvironment Environment { get; init; } = new();

    /// <summary>Where attempts to open streams are noted for diagnostics; null when nobody asks.</summary>
    public StreamInits? StreamInits { get; init; }

    /// <summary>The connections that several sources share, which whoever set it disposes; null when each has its own.</summary>
    public ServiceHttpClient? SharedHttp { get; init; }

    /// <summary>What a source sends its requests with, and disposes.</summary>
    public ServiceHttpClient Http(ILogger logger) => SharedHttp?.Lend() ?? ServiceHttpClient.Create(Options, InstanceId, logger, Environment);

    public ILogger Logger(string part) => Options.LoggerFactory.CreateLogger("Halyard." + part);

    /// <summary>The pushed data system around a source; it writes through to a store if the client's options name one.</summary>
    /// <param name="synchronizer">The source; disposed with the system.</param>
    /// <param name="writeTo">The store to write through to, in place of the one of the client's options.</param>
    public BackgroundSync CreateBackgroundSync(IDataSynchronizer synchronizer, WriteThroughOptions? writeTo = null) =>
        new(synchronizer, Changes, createWriter: (writeTo ?? Options.WriteThrough) is { } options ? memory => CreateWriter(memory, options) : null);

    private PersistentStoreWriter CreateWriter(ISnapshotStore memory, WriteThroughOptions options) => new(
        memory,
        options.Store.CreateWriter(new PersistentStoreContext(Options.LoggerFactory, TimeProvider)),
        options,
        TimeProvider,
        Logger("WriteThrough"));
}
