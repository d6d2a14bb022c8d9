namespace Halyard.DataSystems.Sources.Polling;

/// <summary>What a poller works with: the options of the moment it was built.</summary>
internal sealed record PollingSettings(
    TimeSpan Interval, string? PayloadFilter, UnexpectedStatusPolicy UnexpectedStatus, bool RetryTlsFailuresSlowly, long MaxBodyBytes);
