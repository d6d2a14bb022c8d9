namespace Halyard.DataSystems.Sources.Streaming;

/// <summary>What a stream works with: the options of the moment it was built.</summary>
internal sealed record StreamingSettings(
    TimeSpan InitialReconnectDelay,
    TimeSpan MaxReconnectDelay,
    TimeSpan ReconnectDelayReset,
    TimeSpan ReadTimeout,
    string? PayloadFilter,
    UnexpectedStatusPolicy UnexpectedStatus,
    bool RetryTlsFailuresSlowly);
