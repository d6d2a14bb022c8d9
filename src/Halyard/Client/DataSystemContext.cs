using Halyard.Http;
using Halyard.Telemetry;

namespace Halyard;

/// <summary>What a client gives its data system to be built with.</summary>
/// <param name="Options">The client's options, validated.</param>
/// <param name="Status">Where states are reported.</param>
/// <param name="Changes">Where flag changes are announced.</param>
/// <param name="InstanceId">One random id for each client, sent with every request.</param>
internal sealed record DataSystemContext(ClientOptions Options, DataSourceStatusManager Status, FlagChanges Changes, string InstanceId)
{
    /// <summary>Where the environment's id is noted.</summary>
    public ServiceEnvironment Environment { get; init; } = new();

    /// <summary>What counts.</summary>
    public ClientMetrics Metrics { get; init; } = ClientMetrics.Unnamed;

    /// <summary>What counts the bytes that arrive.</summary>
    public ByteCount Received { get; init; } = new();

    /// <summary>Where attempts to open streams are noted for diagnostics; null when nobody asks.</summary>
    public StreamInits? StreamInits { get; init; }
}
