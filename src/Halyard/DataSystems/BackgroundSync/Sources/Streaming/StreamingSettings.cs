namespace Halyard.DataSystems.Sources.Streaming;

/// <summary>What a stream works with: the options of the moment it was built.</summary>
internal sealed record StreamingSettings(
    TimeSpan InitialReconnectDelay,
    TimeSpan MaxReconnectDelay,
    TimeSpan ReconnectDelayReset,
    TimeSpan ReadTimeout,
    string? PayloadFilter,
    UnexpectedStatusPolicy UnexpectedStatus,
    bool RetryTlsFailuresSlowly,
    long MaxEventBytes)
{
    /// <summary>The settings that the options ask for now.</summary>
    public static StreamingSettings Of(StreamingOptions options) => new(
        options.InitialReconnectDelay,
        options.MaxReconnectDelay,
        options.ReconnectDelayReset,
        options.ReadTimeout,
        options.PayloadFilter,
        options.UnexpectedStatus,
        options.RetryTlsFailuresSlowly,
        options.MaxEventBytes);
}
